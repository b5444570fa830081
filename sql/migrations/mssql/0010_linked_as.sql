-- As whom each link was made: the schedule asks other systems on behalf of that person, as they were then.
-- The same columns as sql/migrations/sqlite/0010_linked_as.sql; a test compares them.

-- linked_tid is NULL where nothing is known of them. Older links were made by an ADMIN at least.
ALTER TABLE dbo.WorkspaceExternalLink ADD linked_tid NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE dbo.WorkspaceExternalLink ADD linked_as_guest BIT NOT NULL
    CONSTRAINT DF_WorkspaceExternalLink_linked_as_guest DEFAULT 0;
ALTER TABLE dbo.WorkspaceExternalLink ADD linked_role NVARCHAR(50) NOT NULL
    CONSTRAINT DF_WorkspaceExternalLink_linked_role DEFAULT N'ADMIN';
GO

UPDATE dbo.WorkspaceExternalLink
SET linked_tid = (SELECT u.tid FROM dbo.UserAccount AS u WHERE u.id = WorkspaceExternalLink.linked_by);
GO
