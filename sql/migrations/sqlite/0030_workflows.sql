-- Workflows: templates, whose published versions never change, and their instances, which are tasks.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0030_workflows.sql; a test compares them.

-- latest_version: of those that are published, NULL before the first. list_key: folded name, U+001F, id.
CREATE TABLE WorkflowTemplate (
    id             TEXT    NOT NULL,
    workspace_id   TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    name_key       TEXT    NOT NULL,
    list_key       TEXT    NOT NULL,
    description    TEXT    NULL,
    latest_version INTEGER NULL,
    created_by     TEXT    NOT NULL,
    created_at     TEXT    NOT NULL,
    updated_at     TEXT    NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WorkflowTemplate PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_WorkflowTemplate_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_WorkflowTemplate_name ON WorkflowTemplate (workspace_id, name_key);
CREATE INDEX IX_WorkflowTemplate_list ON WorkflowTemplate (workspace_id, list_key);

-- A DRAFT is written over; once PUBLISHED, a version changes no more but to RETIRED, from which no instance is made.
-- graph: as it was sent, in JSON; graph_hash: its SHA-256, of a form that does not depend on spaces or order of members.
CREATE TABLE WorkflowTemplateVersion (
    workspace_id     TEXT    NOT NULL,
    template_id      TEXT    NOT NULL,
    template_version INTEGER NOT NULL,
    status           TEXT    NOT NULL DEFAULT 'DRAFT',
    graph            TEXT    NOT NULL,
    graph_hash       TEXT    NOT NULL,
    created_by       TEXT    NOT NULL,
    created_at       TEXT    NOT NULL,
    published_by     TEXT    NULL,
    published_at     TEXT    NULL,
    CONSTRAINT PK_WorkflowTemplateVersion PRIMARY KEY (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowTemplateVersion_WorkflowTemplate FOREIGN KEY (workspace_id, template_id) REFERENCES WorkflowTemplate (workspace_id, id),
    CONSTRAINT CK_WorkflowTemplateVersion_status CHECK (status IN ('DRAFT', 'PUBLISHED', 'RETIRED')),
    CONSTRAINT CK_WorkflowTemplateVersion_published CHECK ((status = 'DRAFT' AND published_at IS NULL) OR (status <> 'DRAFT' AND published_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_WorkflowTemplateVersion_draft ON WorkflowTemplateVersion (workspace_id, template_id) WHERE status = 'DRAFT';

-- A published version's graph, row by row, from which instances are made by one statement. ordinal: 0 first, a node after
-- all that it waits for. due_offset_seconds: from when the instance is made. trigger_rule ANY_DONE: one parent that is
-- done lets it go; otherwise all are.
CREATE TABLE WorkflowNode (
    workspace_id          TEXT    NOT NULL,
    template_id           TEXT    NOT NULL,
    template_version      INTEGER NOT NULL,
    ordinal               INTEGER NOT NULL,
    node_id               TEXT    NOT NULL,
    title                 TEXT    NOT NULL,
    description           TEXT    NULL,
    task_type_id          TEXT    NOT NULL,
    assignee_id           TEXT    NULL,
    assignee_user_type_id TEXT    NULL,
    due_offset_seconds    INTEGER NULL,
    trigger_rule          TEXT    NOT NULL DEFAULT 'ALL_DONE',
    indegree              INTEGER NOT NULL,
    CONSTRAINT PK_WorkflowNode PRIMARY KEY (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT FK_WorkflowNode_WorkflowTemplateVersion FOREIGN KEY (workspace_id, template_id, template_version) REFERENCES WorkflowTemplateVersion (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowNode_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES TaskType (workspace_id, id),
    CONSTRAINT CK_WorkflowNode_trigger_rule CHECK (trigger_rule IN ('ALL_DONE', 'ANY_DONE'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_WorkflowNode_node ON WorkflowNode (workspace_id, template_id, template_version, node_id);

CREATE TABLE WorkflowEdge (
    workspace_id     TEXT    NOT NULL,
    template_id      TEXT    NOT NULL,
    template_version INTEGER NOT NULL,
    from_ordinal     INTEGER NOT NULL,
    to_ordinal       INTEGER NOT NULL,
    CONSTRAINT PK_WorkflowEdge PRIMARY KEY (workspace_id, template_id, template_version, from_ordinal, to_ordinal),
    CONSTRAINT FK_WorkflowEdge_from FOREIGN KEY (workspace_id, template_id, template_version, from_ordinal) REFERENCES WorkflowNode (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT FK_WorkflowEdge_to FOREIGN KEY (workspace_id, template_id, template_version, to_ordinal) REFERENCES WorkflowNode (workspace_id, template_id, template_version, ordinal),
    CONSTRAINT CK_WorkflowEdge_order CHECK (from_ordinal < to_ordinal)
) STRICT, WITHOUT ROWID;

-- The guard row of its tasks' states where several end at once, and of its own. list_key: when it was made, '/', id.
CREATE TABLE WorkflowInstance (
    id               TEXT    NOT NULL,
    workspace_id     TEXT    NOT NULL,
    template_id      TEXT    NOT NULL,
    template_version INTEGER NOT NULL,
    project_id       TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    state            TEXT    NOT NULL DEFAULT 'RUNNING',
    correlation_key  TEXT    NULL,
    list_key         TEXT    NOT NULL,
    created_by       TEXT    NOT NULL,
    created_at       TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL,
    ended_at         TEXT    NULL,
    version          INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WorkflowInstance PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_WorkflowInstance_WorkflowTemplateVersion FOREIGN KEY (workspace_id, template_id, template_version) REFERENCES WorkflowTemplateVersion (workspace_id, template_id, template_version),
    CONSTRAINT FK_WorkflowInstance_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id),
    CONSTRAINT CK_WorkflowInstance_state CHECK (state IN ('RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_WorkflowInstance_correlation ON WorkflowInstance (workspace_id, correlation_key) WHERE correlation_key IS NOT NULL;
CREATE INDEX IX_WorkflowInstance_list ON WorkflowInstance (workspace_id, list_key);
CREATE INDEX IX_WorkflowInstance_project ON WorkflowInstance (workspace_id, project_id, list_key);
CREATE INDEX IX_WorkflowInstance_template ON WorkflowInstance (workspace_id, template_id, list_key);
CREATE INDEX IX_WorkflowInstance_state ON WorkflowInstance (workspace_id, state, list_key);

-- Of a task that a workflow made. No foreign key: SQLite adds none to a table that is there, and an instance goes only
-- with its workspace.
ALTER TABLE Task ADD COLUMN workflow_instance_id TEXT NULL;
ALTER TABLE Task ADD COLUMN node_id TEXT NULL;
ALTER TABLE Task ADD COLUMN trigger_rule TEXT NOT NULL DEFAULT 'ALL_DONE';
CREATE UNIQUE INDEX UQ_Task_node ON Task (workspace_id, workflow_instance_id, node_id) WHERE workflow_instance_id IS NOT NULL;
CREATE INDEX IX_Task_instance ON Task (workspace_id, workflow_instance_id, state) WHERE workflow_instance_id IS NOT NULL;
