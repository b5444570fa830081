-- Filters that people keep, for themselves or for everybody in the workspace, and a walk along a project's tasks.
-- The same as sql/migrations/mssql/0031_task_filters.sql; a test compares them.

-- definition: JSON of the grammar of filters, checked when it is written and again when it is used.
CREATE TABLE SavedFilter (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    owner_id     TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    definition   TEXT    NOT NULL,
    is_shared    INTEGER NOT NULL,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_SavedFilter PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_SavedFilter_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_SavedFilter_owner ON SavedFilter (workspace_id, owner_id, list_key);
CREATE INDEX IX_SavedFilter_shared ON SavedFilter (workspace_id, list_key) WHERE is_shared = 1;

-- Its tasks in the order that filtered lists have. Nothing that changes is in it: it is written once a task.
CREATE INDEX IX_Task_project ON Task (workspace_id, project_id, doc_no) WHERE deleted_at IS NULL;
