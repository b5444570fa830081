-- What changed in a workspace, for whoever follows it: a sequence without gaps, in the order of commit.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0006_events.sql; a test compares them.

-- The guard row of the sequence, as it is of the audit log's.
ALTER TABLE dbo.WorkspaceHead ADD event_seq BIGINT NOT NULL CONSTRAINT DF_WorkspaceHead_event_seq DEFAULT 0;
GO

-- An event says what changed, not to what: whoever may see the object reads it. minimum_rank: the rank of the
-- lowest role that is told (app/core/permissions.py).
CREATE TABLE dbo.Event (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    seq          BIGINT           NOT NULL,
    type         NVARCHAR(100)    NOT NULL,
    actor_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    object_type  NVARCHAR(50)     NOT NULL,
    object_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    minimum_rank INT              NOT NULL,
    at           DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_Event PRIMARY KEY (workspace_id, seq),
    CONSTRAINT FK_Event_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO
