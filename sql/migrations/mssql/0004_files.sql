-- Files of a workspace, and the outbox: what is to be done elsewhere, written in the transaction that wants it.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0004_files.sql; a test compares them.

-- blob_ready: 0 while a job has yet to bring the store in line with the workspace.
ALTER TABLE dbo.Workspace ADD blob_ready BIT NOT NULL CONSTRAINT DF_Workspace_blob_ready DEFAULT 0;
GO

-- A job waits until run_at and is deleted when it is done. Whoever takes it up moves run_at on, so that it comes
-- back by itself when its worker dies; attempts is the fence between the two. No foreign key: a job that removes
-- the folder of a purged workspace outlives it.
CREATE TABLE dbo.Job (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    kind         NVARCHAR(30)     NOT NULL,
    target_id    UNIQUEIDENTIFIER NOT NULL,
    run_at       DATETIME2(6)     NOT NULL,
    attempts     INT              NOT NULL CONSTRAINT DF_Job_attempts DEFAULT 0,
    last_error   NVARCHAR(100)    NULL,
    created_at   DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_Job PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT CK_Job_kind CHECK (kind IN (N'folder', N'file'))
);
CREATE CLUSTERED INDEX IX_Job_due ON dbo.Job (run_at, id);
CREATE INDEX IX_Job_workspace ON dbo.Job (workspace_id);
GO

-- uploaded_at: NULL while the bytes are on their way, or when they never came. deleted_at: the blob has yet to go.
-- list_key: folded name, U+001F, id. The blob's path is made of the two ids.
CREATE TABLE dbo.WorkspaceFile (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(255)    NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_type NVARCHAR(255)    NOT NULL,
    size         BIGINT           NOT NULL,
    sha256       CHAR(64)         NULL,
    created_at   DATETIME2(6)     NOT NULL,
    uploaded_by  NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    uploaded_at  DATETIME2(6)     NULL,
    deleted_at   DATETIME2(6)     NULL,
    CONSTRAINT PK_WorkspaceFile PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WorkspaceFile_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_WorkspaceFile_sha256 CHECK (uploaded_at IS NULL OR sha256 IS NOT NULL)
);
CREATE UNIQUE CLUSTERED INDEX UQ_WorkspaceFile_id ON dbo.WorkspaceFile (workspace_id, id);
CREATE INDEX IX_WorkspaceFile_list ON dbo.WorkspaceFile (workspace_id, list_key) WHERE uploaded_at IS NOT NULL AND deleted_at IS NULL;
GO

-- The workspaces that are there already get their folders too.
INSERT INTO dbo.Job (id, workspace_id, kind, target_id, run_at, created_at)
SELECT NEWID(), id, N'folder', id, SYSUTCDATETIME(), SYSUTCDATETIME() FROM dbo.Workspace;
GO
