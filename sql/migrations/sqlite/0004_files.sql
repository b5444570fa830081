-- Files of a workspace, and the outbox: what is to be done elsewhere, written in the transaction that wants it.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0004_files.sql; a test compares them.

-- blob_ready: 0 while a job has yet to bring the store in line with the workspace.
ALTER TABLE Workspace ADD COLUMN blob_ready INTEGER NOT NULL DEFAULT 0 CHECK (blob_ready IN (0, 1));

-- A job waits until run_at and is deleted when it is done. Whoever takes it up moves run_at on, so that it comes
-- back by itself when its worker dies; attempts is the fence between the two. No foreign key: a job that removes
-- the folder of a purged workspace outlives it.
CREATE TABLE Job (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    target_id    TEXT    NOT NULL,
    run_at       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT    NULL,
    created_at   TEXT    NOT NULL,
    CONSTRAINT PK_Job PRIMARY KEY (id),
    CONSTRAINT CK_Job_kind CHECK (kind IN ('folder', 'file'))
) STRICT;
CREATE INDEX IX_Job_due ON Job (run_at, id);
CREATE INDEX IX_Job_workspace ON Job (workspace_id);

-- uploaded_at: NULL while the bytes are on their way, or when they never came. deleted_at: the blob has yet to go.
-- list_key: folded name, U+001F, id. The blob's path is made of the two ids.
CREATE TABLE WorkspaceFile (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    sha256       TEXT    NULL,
    created_at   TEXT    NOT NULL,
    uploaded_by  TEXT    NOT NULL,
    uploaded_at  TEXT    NULL,
    deleted_at   TEXT    NULL,
    CONSTRAINT PK_WorkspaceFile PRIMARY KEY (id),
    CONSTRAINT FK_WorkspaceFile_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_WorkspaceFile_sha256 CHECK (uploaded_at IS NULL OR sha256 IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX UQ_WorkspaceFile_id ON WorkspaceFile (workspace_id, id);
CREATE INDEX IX_WorkspaceFile_list ON WorkspaceFile (workspace_id, list_key) WHERE uploaded_at IS NOT NULL AND deleted_at IS NULL;

-- The workspaces that are there already get their folders too. An id need not be random, only new.
INSERT INTO Job (id, workspace_id, kind, target_id, run_at, created_at)
SELECT id, id, 'folder', id, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
FROM Workspace;
