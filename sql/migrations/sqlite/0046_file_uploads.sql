-- Uploads in two steps: the bytes go to the store past the service, which then looks at them. The same tables, columns,
-- keys and indexes as sql/migrations/mssql/0046_file_uploads.sql; a test compares them.

-- Beside a row of WorkspaceFile of the same id, whose uploaded_at is NULL until the bytes are known to be those announced.
-- reason: why it FAILED, a code. The row stays until nothing can come through the link any more.
CREATE TABLE FileUpload (
    file_id      TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT NULL,
    begun_by     TEXT NOT NULL,
    begun_at     TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    CONSTRAINT PK_FileUpload PRIMARY KEY (file_id),
    CONSTRAINT FK_FileUpload_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_FileUpload_state CHECK (state IN ('OPEN', 'VERIFYING', 'DONE', 'FAILED', 'CANCELLED'))
) STRICT;
CREATE UNIQUE INDEX UQ_FileUpload_file ON FileUpload (workspace_id, file_id);
