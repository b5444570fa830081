-- Who had archived a workspace that the platform has suspended since: when the platform lets go, it is archived again.
-- The same column as sql/migrations/sqlite/0027_archived_by.sql; a test compares them.

ALTER TABLE dbo.Workspace ADD archived_by NVARCHAR(20) NULL CONSTRAINT CK_Workspace_archived_by CHECK (archived_by IN (N'workspace', N'organization'));
GO
