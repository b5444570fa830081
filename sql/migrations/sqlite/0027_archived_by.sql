-- Who had archived a workspace that the platform has suspended since: when the platform lets go, it is archived again.
-- The same column as sql/migrations/mssql/0027_archived_by.sql; a test compares them.

ALTER TABLE Workspace ADD COLUMN archived_by TEXT NULL CONSTRAINT CK_Workspace_archived_by CHECK (archived_by IN ('workspace', 'organization'));
