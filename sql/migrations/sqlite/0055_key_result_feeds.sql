-- Key results that are fed: by the tables of connectors, or by the tasks of a project.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.

-- One of each key result whose source is not 'manual': how it was last fed. project_id: of which the tasks count, as set_by
-- may see them. status: WAITING until it was looked at; FALLBACK where something stands for what could not be read, FAILED
-- where there is nothing to take, and the key result stays as it was; error says why of both. selection_id: what was asked
-- of the source. fetched_at: how old what was taken is, NULL of a static value. fed_at: when it was last looked at.
CREATE TABLE KeyResultFeed (
    workspace_id  TEXT NOT NULL,
    key_result_id TEXT NOT NULL,
    project_id    TEXT NULL,
    set_by        TEXT NOT NULL,
    status        TEXT NOT NULL DEFAULT 'WAITING',
    error         TEXT NULL,
    fallback      TEXT NULL,
    selection_id  TEXT NULL,
    fetched_at    TEXT NULL,
    fed_at        TEXT NULL,
    CONSTRAINT PK_KeyResultFeed PRIMARY KEY (workspace_id, key_result_id),
    CONSTRAINT FK_KeyResultFeed_KeyResult FOREIGN KEY (workspace_id, key_result_id) REFERENCES KeyResult (workspace_id, id),
    CONSTRAINT FK_KeyResultFeed_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id),
    CONSTRAINT CK_KeyResultFeed_status CHECK (
        (status IN ('WAITING', 'OK') AND error IS NULL AND fallback IS NULL)
        OR (status = 'FALLBACK' AND error IS NOT NULL AND fallback IN ('LAST_GOOD', 'STATIC'))
        OR (status = 'FAILED' AND error IS NOT NULL AND fallback IS NULL)
    )
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_KeyResultFeed_project ON KeyResultFeed (workspace_id, project_id, key_result_id) WHERE project_id IS NOT NULL;

-- Nothing is fed before now, so what happened before is nothing to it.
INSERT INTO EventConsumer (workspace_id, name, seq, taken_at)
SELECT h.workspace_id, 'key_results', h.event_seq, '1970-01-01T00:00:00.000000Z'
FROM WorkspaceHead AS h
WHERE h.event_seq > 0;
