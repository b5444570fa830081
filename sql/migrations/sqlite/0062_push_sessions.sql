-- A browser is told as long as it is signed in: what its person subscribed there goes with the session, however that ends.
-- NULL where somebody subscribed with tokens.
-- The same column, key and index as sql/migrations/mssql/0062_push_sessions.sql; a test compares them.

ALTER TABLE PushSubscription ADD COLUMN browser_session_id TEXT NULL
    CONSTRAINT FK_PushSubscription_BrowserSession REFERENCES BrowserSession (id) ON DELETE CASCADE;
CREATE INDEX IX_PushSubscription_session ON PushSubscription (browser_session_id) WHERE browser_session_id IS NOT NULL;
