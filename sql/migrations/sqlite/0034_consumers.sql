-- Those who read the event log by themselves: how far each has come in each workspace, and which workspaces have
-- something new. The same as sql/migrations/mssql/0034_consumers.sql; a test compares them.

-- Its row is the guard of one consumer's work in one workspace. There is none before the first event was read.
CREATE TABLE EventConsumer (
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    seq          INTEGER NOT NULL DEFAULT 0,
    taken_at     TEXT    NOT NULL,
    CONSTRAINT PK_EventConsumer PRIMARY KEY (workspace_id, name),
    CONSTRAINT FK_EventConsumer_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;

-- Set by the statement that numbers events, so that nobody has to look at workspaces where nothing happens.
ALTER TABLE WorkspaceHead ADD COLUMN has_news INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IX_WorkspaceHead_news ON WorkspaceHead (workspace_id) WHERE has_news = 1;

-- What happened before there were consumers is told to nobody now.
INSERT INTO EventConsumer (workspace_id, name, seq, taken_at)
SELECT h.workspace_id, c.name, h.event_seq, '1970-01-01T00:00:00.000000Z'
FROM WorkspaceHead AS h CROSS JOIN (SELECT 'webhooks' AS name UNION ALL SELECT 'notifications') AS c
WHERE h.event_seq > 0;
