-- Erasure: what a job has yet to look for, and indexes to find what is told of a person on every chain.
-- The same columns and indexes as sql/migrations/mssql/0021_erasure.sql; a test compares them.

-- What is to be found no more: names and addresses, as a JSON array. NULL unless it is an erasure; it goes with the row.
ALTER TABLE AccountClosing ADD COLUMN traces TEXT NULL;

CREATE INDEX IX_PlatformAuditLog_by ON PlatformAuditLog (actor_id, redacted);
CREATE INDEX IX_PlatformAuditLog_about ON PlatformAuditLog (target_id, redacted);
