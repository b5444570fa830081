-- pushed_since: a JSON array of the keys, as list_key of Notification, of what a browser was told of after pushed_key. Until
-- that alone nothing is committed any more, whichever process writes it. Refusals of addresses are found by their age.
-- The same column and index as sql/migrations/mssql/0060_what_was_pushed.sql; a test compares them.

ALTER TABLE PushSubscription ADD COLUMN pushed_since TEXT NULL;
CREATE INDEX IX_MailBlock_refused ON MailBlock (blocked_at) WHERE reason = 'refused';
