-- A browser is told as long as it is signed in: what its person subscribed there goes with the session, however that ends.
-- NULL where somebody subscribed with tokens.
-- The same column, key and index as sql/migrations/sqlite/0062_push_sessions.sql; a test compares them.

ALTER TABLE dbo.PushSubscription ADD browser_session_id UNIQUEIDENTIFIER NULL
    CONSTRAINT FK_PushSubscription_BrowserSession REFERENCES dbo.BrowserSession (id) ON DELETE CASCADE;
GO
CREATE INDEX IX_PushSubscription_session ON dbo.PushSubscription (browser_session_id) WHERE browser_session_id IS NOT NULL;
GO
