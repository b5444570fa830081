-- Workflows: templates, whose published versions never change, and their instances, which are tasks.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0030_workflows.sql; a test compares them.

-- latest_version: of those that are published, NULL before the first. list_key: folded name, U+001F, id.
CREATE TABLE dbo.WorkflowTemplate (
    id             UNIQUEIDENTIFIER NOT NULL,
    workspace_id   UNIQUEIDENTIFIER NOT NULL,
    name           NVARCHAR(200)    NOT NULL,
    name_key       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key       NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description    NVARCHAR(MAX)    NULL,
    latest_version INT              NULL,
    created_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at     DATETIME2(6)     NOT NULL,
    updated_at     DATETIME2(6)     NOT NULL,
    version        INT              NOT NULL CONSTRAINT DF_WorkflowTemplate_version DEFAULT 1,
    CONSTRAINT PK_WorkflowTemplate PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_WorkflowTemplate_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
CREATE UNIQUE INDEX UQ_WorkflowTemplate_name ON dbo.WorkflowTemplate (workspace_id, name_key);
CREATE INDEX IX_WorkflowTemplate_list ON dbo.WorkflowTemplate (workspace_id, list_key);
GO

-- A DRAFT is written over; once PUBLISHED, a version changes no more but to RETIRED, from which no instance is made.
-- graph: as it was sent, in JSON; graph_hash: its SHA-256, of a form that does not depend on spaces or order of members.
CREATE TABLE dbo.WorkflowTemplateVersion (
    workspace_id     UNIQUEIDENTIFIER NOT NULL,
    template_id      UNIQUEIDENTIFIER NOT NULL,
    template_version INT              NOT NULL,
    status           NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_WorkflowTemplateVersion_status DEFAULT N'DRAFT',
    graph            NVARCHAR(MAX)    NOT NULL,
    graph_hash       CHAR(64)         NOT NULL,
    created_by       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at       DATETIME2(6)     NOT NULL,
    published_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    published_at     DATETIME2(6)     NULL,
    CONSTRAINT PK_WorkflowTemplateVersion PRIMARY KEY (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowTemplateVersion_WorkflowTemplate FOREIGN KEY (workspace_id, template_id) REFERENCES dbo.WorkflowTemplate (workspace_id, id),
    CONSTRAINT CK_WorkflowTemplateVersion_status CHECK (status IN (N'DRAFT', N'PUBLISHED', N'RETIRED')),
    CONSTRAINT CK_WorkflowTemplateVersion_published CHECK ((status = N'DRAFT' AND published_at IS NULL) OR (status <> N'DRAFT' AND published_at IS NOT NULL))
);
CREATE UNIQUE INDEX UQ_WorkflowTemplateVersion_draft ON dbo.WorkflowTemplateVersion (workspace_id, template_id) WHERE status = N'DRAFT';
GO

-- A published version's graph, row by row, from which instances are made by one statement. ordinal: 0 first, a node after
-- all that it waits for. due_offset_seconds: from when the instance is made. trigger_rule ANY_DONE: one parent that is
-- done lets it go; otherwise all are.
CREATE TABLE dbo.WorkflowNode (
    workspace_id          UNIQUEIDENTIFIER NOT NULL,
    template_id           UNIQUEIDENTIFIER NOT NULL,
    template_version      INT              NOT NULL,
    ordinal               INT              NOT NULL,
    node_id               NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    title                 NVARCHAR(300)    NOT NULL,
    description           NVARCHAR(MAX)    NULL,
    task_type_id          UNIQUEIDENTIFIER NOT NULL,
    assignee_id           NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    assignee_user_type_id UNIQUEIDENTIFIER NULL,
    due_offset_seconds    INT              NULL,
    trigger_rule          NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_WorkflowNode_trigger_rule DEFAULT N'ALL_DONE',
    indegree              INT              NOT NULL,
    CONSTRAINT PK_WorkflowNode PRIMARY KEY (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT FK_WorkflowNode_WorkflowTemplateVersion FOREIGN KEY (workspace_id, template_id, template_version) REFERENCES dbo.WorkflowTemplateVersion (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowNode_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES dbo.TaskType (workspace_id, id),
    CONSTRAINT CK_WorkflowNode_trigger_rule CHECK (trigger_rule IN (N'ALL_DONE', N'ANY_DONE'))
);
CREATE UNIQUE INDEX UQ_WorkflowNode_node ON dbo.WorkflowNode (workspace_id, template_id, template_version, node_id);
GO

CREATE TABLE dbo.WorkflowEdge (
    workspace_id     UNIQUEIDENTIFIER NOT NULL,
    template_id      UNIQUEIDENTIFIER NOT NULL,
    template_version INT              NOT NULL,
    from_ordinal     INT              NOT NULL,
    to_ordinal       INT              NOT NULL,
    CONSTRAINT PK_WorkflowEdge PRIMARY KEY (workspace_id, template_id, template_version, from_ordinal, to_ordinal),
    CONSTRAINT FK_WorkflowEdge_from FOREIGN KEY (workspace_id, template_id, template_version, from_ordinal) REFERENCES dbo.WorkflowNode (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT FK_WorkflowEdge_to FOREIGN KEY (workspace_id, template_id, template_version, to_ordinal) REFERENCES dbo.WorkflowNode (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT CK_WorkflowEdge_order CHECK (from_ordinal < to_ordinal)
);
GO

-- The guard row of its tasks' states where several end at once, and of its own. list_key: when it was made, '/', id.
CREATE TABLE dbo.WorkflowInstance (
    id               UNIQUEIDENTIFIER NOT NULL,
    workspace_id     UNIQUEIDENTIFIER NOT NULL,
    template_id      UNIQUEIDENTIFIER NOT NULL,
    template_version INT              NOT NULL,
    project_id       UNIQUEIDENTIFIER NOT NULL,
    name             NVARCHAR(200)    NOT NULL,
    state            NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_WorkflowInstance_state DEFAULT N'RUNNING',
    correlation_key  NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    list_key         NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at       DATETIME2(6)     NOT NULL,
    updated_at       DATETIME2(6)     NOT NULL,
    ended_at         DATETIME2(6)     NULL,
    version          INT              NOT NULL CONSTRAINT DF_WorkflowInstance_version DEFAULT 1,
    CONSTRAINT PK_WorkflowInstance PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_WorkflowInstance_WorkflowTemplateVersion FOREIGN KEY (workspace_id, template_id, template_version) REFERENCES dbo.WorkflowTemplateVersion (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowInstance_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id),
    CONSTRAINT CK_WorkflowInstance_state CHECK (state IN (N'RUNNING', N'PAUSED', N'COMPLETED', N'CANCELLED'))
);
CREATE UNIQUE INDEX UQ_WorkflowInstance_correlation ON dbo.WorkflowInstance (workspace_id, correlation_key) WHERE correlation_key IS NOT NULL;
CREATE INDEX IX_WorkflowInstance_list ON dbo.WorkflowInstance (workspace_id, list_key);
CREATE INDEX IX_WorkflowInstance_project ON dbo.WorkflowInstance (workspace_id, project_id, list_key);
CREATE INDEX IX_WorkflowInstance_template ON dbo.WorkflowInstance (workspace_id, template_id, list_key);
CREATE INDEX IX_WorkflowInstance_state ON dbo.WorkflowInstance (workspace_id, state, list_key);
GO

-- Of a task that a workflow made. No foreign key: SQLite adds none to a table that is there, and an instance goes only
-- with its workspace.
ALTER TABLE dbo.Task ADD workflow_instance_id UNIQUEIDENTIFIER NULL;
GO
ALTER TABLE dbo.Task ADD node_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL;
GO
ALTER TABLE dbo.Task ADD trigger_rule NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_Task_trigger_rule DEFAULT N'ALL_DONE';
GO
CREATE UNIQUE INDEX UQ_Task_node ON dbo.Task (workspace_id, workflow_instance_id, node_id) WHERE workflow_instance_id IS NOT NULL;
CREATE INDEX IX_Task_instance ON dbo.Task (workspace_id, workflow_instance_id, state) WHERE workflow_instance_id IS NOT NULL;
