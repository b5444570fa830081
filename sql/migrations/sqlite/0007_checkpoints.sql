-- The heads of audit logs, signed, so that a log that was cut or rewritten can be told from what it was.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0007_checkpoints.sql; a test compares them.

-- jws: what was signed, as it was handed out (README, "The audit log").
CREATE TABLE AuditCheckpoint (
    workspace_id TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    entry_hash   TEXT    NOT NULL,
    signed_at    TEXT    NOT NULL,
    jws          TEXT    NOT NULL,
    CONSTRAINT PK_AuditCheckpoint PRIMARY KEY (workspace_id, seq),
    CONSTRAINT FK_AuditCheckpoint_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
