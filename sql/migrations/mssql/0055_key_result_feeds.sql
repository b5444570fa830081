-- Key results that are fed: by the tables of connectors, or by the tasks of a project.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.

-- One of each key result whose source is not 'manual': how it was last fed. project_id: of which the tasks count, as set_by
-- may see them. status: WAITING until it was looked at; FALLBACK where something stands for what could not be read, FAILED
-- where there is nothing to take, and the key result stays as it was; error says why of both. selection_id: what was asked
-- of the source. fetched_at: how old what was taken is, NULL of a static value. fed_at: when it was last looked at.
CREATE TABLE dbo.KeyResultFeed (
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    key_result_id UNIQUEIDENTIFIER NOT NULL,
    project_id    UNIQUEIDENTIFIER NULL,
    set_by        NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status        NVARCHAR(20)     NOT NULL CONSTRAINT DF_KeyResultFeed_status DEFAULT N'WAITING',
    error         NVARCHAR(50)     NULL,
    fallback      NVARCHAR(20)     NULL,
    selection_id  UNIQUEIDENTIFIER NULL,
    fetched_at    DATETIME2(6)     NULL,
    fed_at        DATETIME2(6)     NULL,
    CONSTRAINT PK_KeyResultFeed PRIMARY KEY (workspace_id, key_result_id),
    CONSTRAINT FK_KeyResultFeed_KeyResult FOREIGN KEY (workspace_id, key_result_id) REFERENCES dbo.KeyResult (workspace_id, id),
    CONSTRAINT FK_KeyResultFeed_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id),
    CONSTRAINT CK_KeyResultFeed_status CHECK (
        (status IN (N'WAITING', N'OK') AND error IS NULL AND fallback IS NULL)
        OR (status = N'FALLBACK' AND error IS NOT NULL AND fallback IN (N'LAST_GOOD', N'STATIC'))
        OR (status = N'FAILED' AND error IS NOT NULL AND fallback IS NULL)
    )
);
CREATE INDEX IX_KeyResultFeed_project ON dbo.KeyResultFeed (workspace_id, project_id, key_result_id) WHERE project_id IS NOT NULL;
GO

-- Nothing is fed before now, so what happened before is nothing to it.
INSERT INTO dbo.EventConsumer (workspace_id, name, seq, taken_at)
SELECT h.workspace_id, N'key_results', h.event_seq, N'1970-01-01T00:00:00.000000'
FROM dbo.WorkspaceHead AS h
WHERE h.event_seq > 0;
GO
