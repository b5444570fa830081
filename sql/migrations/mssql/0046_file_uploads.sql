-- Uploads in two steps: the bytes go to the store past the service, which then looks at them. The same tables, columns,
-- keys and indexes as sql/migrations/sqlite/0046_file_uploads.sql; a test compares them.

-- Beside a row of WorkspaceFile of the same id, whose uploaded_at is NULL until the bytes are known to be those announced.
-- reason: why it FAILED, a code. The row stays until nothing can come through the link any more.
CREATE TABLE dbo.FileUpload (
    file_id      UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    state        NVARCHAR(10) NOT NULL,
    reason       NVARCHAR(20) NULL,
    begun_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    begun_at     DATETIME2(6) NOT NULL,
    expires_at   DATETIME2(6) NOT NULL,
    CONSTRAINT PK_FileUpload PRIMARY KEY NONCLUSTERED (file_id),
    CONSTRAINT FK_FileUpload_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_FileUpload_state CHECK (state IN (N'OPEN', N'VERIFYING', N'DONE', N'FAILED', N'CANCELLED'))
);
GO
CREATE UNIQUE CLUSTERED INDEX UQ_FileUpload_file ON dbo.FileUpload (workspace_id, file_id);
GO
