-- What changed in a workspace, for whoever follows it: a sequence without gaps, in the order of commit.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0006_events.sql; a test compares them.

-- The guard row of the sequence, as it is of the audit log's.
ALTER TABLE WorkspaceHead ADD COLUMN event_seq INTEGER NOT NULL DEFAULT 0;

-- An event says what changed, not to what: whoever may see the object reads it. minimum_rank: the rank of the
-- lowest role that is told (app/core/permissions.py).
CREATE TABLE Event (
    workspace_id TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    actor_id     TEXT    NOT NULL,
    object_type  TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    minimum_rank INTEGER NOT NULL,
    at           TEXT    NOT NULL,
    CONSTRAINT PK_Event PRIMARY KEY (workspace_id, seq),
    CONSTRAINT FK_Event_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
