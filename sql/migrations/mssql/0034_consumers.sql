-- Those who read the event log by themselves: how far each has come in each workspace, and which workspaces have
-- something new. The same as sql/migrations/sqlite/0034_consumers.sql; a test compares them.

-- Its row is the guard of one consumer's work in one workspace. There is none before the first event was read.
CREATE TABLE dbo.EventConsumer (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seq          BIGINT           NOT NULL CONSTRAINT DF_EventConsumer_seq DEFAULT 0,
    taken_at     DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_EventConsumer PRIMARY KEY (workspace_id, name),
    CONSTRAINT FK_EventConsumer_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO

-- Set by the statement that numbers events, so that nobody has to look at workspaces where nothing happens.
ALTER TABLE dbo.WorkspaceHead ADD has_news BIT NOT NULL CONSTRAINT DF_WorkspaceHead_has_news DEFAULT 0;
GO
CREATE INDEX IX_WorkspaceHead_news ON dbo.WorkspaceHead (workspace_id) WHERE has_news = 1;
GO

-- What happened before there were consumers is told to nobody now.
INSERT INTO dbo.EventConsumer (workspace_id, name, seq, taken_at)
SELECT h.workspace_id, c.name, h.event_seq, N'1970-01-01T00:00:00.000000'
FROM dbo.WorkspaceHead AS h CROSS JOIN (SELECT N'webhooks' AS name UNION ALL SELECT N'notifications') AS c
WHERE h.event_seq > 0;
GO
