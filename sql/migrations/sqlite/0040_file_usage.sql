-- What a workspace has in files, and what it may have. The same tables, columns, keys and indexes as
-- sql/migrations/mssql/0040_file_usage.sql; a test compares them.

-- is_counted: the file takes room, from when that was taken until the file is deleted or given up.
ALTER TABLE WorkspaceFile ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 0;
UPDATE WorkspaceFile SET is_counted = 1 WHERE uploaded_at IS NOT NULL AND deleted_at IS NULL;

-- Its guard row is the workspace's. There is none before the first file or limit. max_: as its organisation or the
-- platform says; own_max_: as its OWNERs say. The lower one holds; NULL is none.
CREATE TABLE WorkspaceUsage (
    workspace_id       TEXT    NOT NULL,
    files              INTEGER NOT NULL DEFAULT 0,
    file_bytes         INTEGER NOT NULL DEFAULT 0,
    max_files          INTEGER NULL,
    max_file_bytes     INTEGER NULL,
    own_max_files      INTEGER NULL,
    own_max_file_bytes INTEGER NULL,
    version            INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WorkspaceUsage PRIMARY KEY (workspace_id),
    CONSTRAINT FK_WorkspaceUsage_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_WorkspaceUsage_counts CHECK (files >= 0 AND file_bytes >= 0)
) STRICT;

INSERT INTO WorkspaceUsage (workspace_id, files, file_bytes)
SELECT f.workspace_id, COUNT(*), SUM(f.size) FROM WorkspaceFile AS f WHERE f.is_counted = 1 GROUP BY f.workspace_id;
