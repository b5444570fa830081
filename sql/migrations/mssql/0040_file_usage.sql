-- What a workspace has in files, and what it may have. The same tables, columns, keys and indexes as
-- sql/migrations/sqlite/0040_file_usage.sql; a test compares them.

-- is_counted: the file takes room, from when that was taken until the file is deleted or given up.
ALTER TABLE dbo.WorkspaceFile ADD is_counted BIT NOT NULL CONSTRAINT DF_WorkspaceFile_is_counted DEFAULT 0;
GO
UPDATE dbo.WorkspaceFile SET is_counted = 1 WHERE uploaded_at IS NOT NULL AND deleted_at IS NULL;
GO

-- Its guard row is the workspace's. There is none before the first file or limit. max_: as its organisation or the
-- platform says; own_max_: as its OWNERs say. The lower one holds; NULL is none.
CREATE TABLE dbo.WorkspaceUsage (
    workspace_id       UNIQUEIDENTIFIER NOT NULL,
    files              BIGINT NOT NULL CONSTRAINT DF_WorkspaceUsage_files DEFAULT 0,
    file_bytes         BIGINT NOT NULL CONSTRAINT DF_WorkspaceUsage_file_bytes DEFAULT 0,
    max_files          BIGINT NULL,
    max_file_bytes     BIGINT NULL,
    own_max_files      BIGINT NULL,
    own_max_file_bytes BIGINT NULL,
    version            INT    NOT NULL CONSTRAINT DF_WorkspaceUsage_version DEFAULT 1,
    CONSTRAINT PK_WorkspaceUsage PRIMARY KEY (workspace_id),
    CONSTRAINT FK_WorkspaceUsage_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_WorkspaceUsage_counts CHECK (files >= 0 AND file_bytes >= 0)
);
GO

INSERT INTO dbo.WorkspaceUsage (workspace_id, files, file_bytes)
SELECT f.workspace_id, COUNT(*), SUM(f.size) FROM dbo.WorkspaceFile AS f WHERE f.is_counted = 1 GROUP BY f.workspace_id;
GO
