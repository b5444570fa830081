-- The heads of audit logs, signed, so that a log that was cut or rewritten can be told from what it was.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0007_checkpoints.sql; a test compares them.

-- jws: what was signed, as it was handed out (README, "The audit log").
CREATE TABLE dbo.AuditCheckpoint (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    seq          BIGINT           NOT NULL,
    entry_hash   CHAR(64)         NOT NULL,
    signed_at    DATETIME2(6)     NOT NULL,
    jws          NVARCHAR(MAX)    NOT NULL,
    CONSTRAINT PK_AuditCheckpoint PRIMARY KEY (workspace_id, seq),
    CONSTRAINT FK_AuditCheckpoint_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO
