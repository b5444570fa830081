-- Filters that people keep, for themselves or for everybody in the workspace, and a walk along a project's tasks.
-- The same as sql/migrations/sqlite/0031_task_filters.sql; a test compares them.

-- definition: JSON of the grammar of filters, checked when it is written and again when it is used.
CREATE TABLE dbo.SavedFilter (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    owner_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    definition   NVARCHAR(MAX)    NOT NULL,
    is_shared    BIT              NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_SavedFilter_version DEFAULT 1,
    CONSTRAINT PK_SavedFilter PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_SavedFilter_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
CREATE INDEX IX_SavedFilter_owner ON dbo.SavedFilter (workspace_id, owner_id, list_key);
CREATE INDEX IX_SavedFilter_shared ON dbo.SavedFilter (workspace_id, list_key) WHERE is_shared = 1;
GO

-- Its tasks in the order that filtered lists have. Nothing that changes is in it: it is written once a task.
CREATE INDEX IX_Task_project ON dbo.Task (workspace_id, project_id, doc_no) WHERE deleted_at IS NULL;
GO
