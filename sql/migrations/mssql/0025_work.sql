-- Projects, boards and tasks, and the three views that say who may see and do what to them.
-- The same tables, columns, keys, indexes and views as sql/migrations/sqlite/0025_work.sql; a test compares them.

-- kind 'event': what people of user types work at together; otherwise a project like any other. next_number: what the
-- next task is called; its row is the guard of the numbers. list_key: folded name, U+001F, id.
CREATE TABLE dbo.Project (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    kind         NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    project_key  NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description  NVARCHAR(MAX)    NULL,
    visibility   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status       NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_Project_status DEFAULT N'ACTIVE',
    next_number  INT              NOT NULL CONSTRAINT DF_Project_next_number DEFAULT 1,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_Project_version DEFAULT 1,
    deleted_at   DATETIME2(6)     NULL,
    CONSTRAINT PK_Project PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Project_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_Project_kind CHECK (kind IN (N'project', N'event')),
    CONSTRAINT CK_Project_visibility CHECK (visibility IN (N'workspace', N'members')),
    CONSTRAINT CK_Project_status CHECK (status IN (N'ACTIVE', N'ARCHIVED'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_Project_id ON dbo.Project (workspace_id, id);
CREATE INDEX IX_Project_list ON dbo.Project (workspace_id, kind, status, list_key) WHERE deleted_at IS NULL;
CREATE INDEX IX_Project_trash ON dbo.Project (workspace_id, list_key) WHERE deleted_at IS NOT NULL;
GO

-- Every key that a project has or had, in upper case: an old one goes on resolving, and is never another project's.
CREATE TABLE dbo.ProjectKey (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    project_key  NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    CONSTRAINT PK_ProjectKey PRIMARY KEY (workspace_id, project_key),
    CONSTRAINT FK_ProjectKey_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id)
);
GO

-- member_key repeats WorkspaceMember.member_key, so that a project's members by name are one index range.
CREATE TABLE dbo.ProjectMember (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    member_key   NVARCHAR(410) COLLATE Latin1_General_100_BIN2 NOT NULL,
    added_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    added_at     DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_ProjectMember PRIMARY KEY (workspace_id, project_id, user_id),
    CONSTRAINT FK_ProjectMember_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id),
    CONSTRAINT FK_ProjectMember_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES dbo.WorkspaceMember (workspace_id, user_id)
);
CREATE INDEX IX_ProjectMember_user ON dbo.ProjectMember (workspace_id, user_id, project_id);
CREATE INDEX IX_ProjectMember_member ON dbo.ProjectMember (workspace_id, project_id, member_key);
GO

CREATE TABLE dbo.Board (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_Board_version DEFAULT 1,
    deleted_at   DATETIME2(6)     NULL,
    CONSTRAINT PK_Board PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Board_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id)
);
CREATE UNIQUE CLUSTERED INDEX UQ_Board_id ON dbo.Board (workspace_id, project_id, id);
CREATE INDEX IX_Board_list ON dbo.Board (workspace_id, project_id, list_key) WHERE deleted_at IS NULL;
GO

-- The guard row of the order of its tasks and of wip_limit. A task that is moved here takes on maps_to_state.
CREATE TABLE dbo.BoardColumn (
    id            UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    project_id    UNIQUEIDENTIFIER NOT NULL,
    board_id      UNIQUEIDENTIFIER NOT NULL,
    name          NVARCHAR(200)    NOT NULL,
    position      BIGINT           NOT NULL,
    maps_to_state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    wip_limit     INT              NULL,
    created_at    DATETIME2(6)     NOT NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    version       INT              NOT NULL CONSTRAINT DF_BoardColumn_version DEFAULT 1,
    deleted_at    DATETIME2(6)     NULL,
    CONSTRAINT PK_BoardColumn PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_BoardColumn_Board FOREIGN KEY (workspace_id, project_id, board_id) REFERENCES dbo.Board (workspace_id, project_id, id),
    CONSTRAINT FK_BoardColumn_TaskState FOREIGN KEY (maps_to_state) REFERENCES dbo.TaskState (state),
    CONSTRAINT CK_BoardColumn_wip_limit CHECK (wip_limit IS NULL OR wip_limit > 0)
);
CREATE UNIQUE CLUSTERED INDEX UQ_BoardColumn_id ON dbo.BoardColumn (workspace_id, project_id, id);
CREATE UNIQUE INDEX UQ_BoardColumn_position ON dbo.BoardColumn (workspace_id, board_id, position) WHERE deleted_at IS NULL;
GO

-- doc_no: the row's own number, in the order of creation; what labels refer to and what filtered lists page by.
-- updated_key: updated_at, '/', id; due_key: due_at, '/', id: one column that is unique, and pages a list. position:
-- its place in the column, in gaps of 2^32. Which column, assignee and type there may be is said with the workspace, so
-- that none of another tenant can be.
CREATE TABLE dbo.Task (
    doc_no          BIGINT           NOT NULL IDENTITY(1, 1),
    id              UNIQUEIDENTIFIER NOT NULL,
    workspace_id    UNIQUEIDENTIFIER NOT NULL,
    project_id      UNIQUEIDENTIFIER NOT NULL,
    number          INT              NOT NULL,
    column_id       UNIQUEIDENTIFIER NULL,
    position        BIGINT           NULL,
    title           NVARCHAR(300)    NOT NULL,
    description     NVARCHAR(MAX)    NULL,
    task_type_id    UNIQUEIDENTIFIER NOT NULL,
    state           NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_Task_state DEFAULT N'TODO',
    blocked_by      NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    assignee_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    priority        INT              NOT NULL,
    due_at          DATETIME2(6)     NULL,
    due_key         VARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
    external_source NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NULL,
    external_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    created_by      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at      DATETIME2(6)     NOT NULL,
    updated_at      DATETIME2(6)     NOT NULL,
    updated_key     VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version         INT              NOT NULL CONSTRAINT DF_Task_version DEFAULT 1,
    deleted_at      DATETIME2(6)     NULL,
    CONSTRAINT PK_Task PRIMARY KEY (doc_no),
    CONSTRAINT FK_Task_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id),
    CONSTRAINT FK_Task_BoardColumn FOREIGN KEY (workspace_id, project_id, column_id) REFERENCES dbo.BoardColumn (workspace_id, project_id, id),
    CONSTRAINT FK_Task_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES dbo.TaskType (workspace_id, id),
    CONSTRAINT FK_Task_TaskState FOREIGN KEY (state) REFERENCES dbo.TaskState (state),
    CONSTRAINT FK_Task_assignee FOREIGN KEY (workspace_id, assignee_id) REFERENCES dbo.WorkspaceMember (workspace_id, user_id),
    CONSTRAINT CK_Task_blocked_by CHECK ((state = N'BLOCKED' AND blocked_by IN (N'DEPENDENCY', N'MANUAL')) OR (state <> N'BLOCKED' AND blocked_by IS NULL)),
    CONSTRAINT CK_Task_position CHECK ((column_id IS NULL AND position IS NULL) OR (column_id IS NOT NULL AND position IS NOT NULL)),
    CONSTRAINT CK_Task_priority CHECK (priority BETWEEN 1 AND 4),
    CONSTRAINT CK_Task_due CHECK ((due_at IS NULL AND due_key IS NULL) OR (due_at IS NOT NULL AND due_key IS NOT NULL)),
    CONSTRAINT CK_Task_external CHECK ((external_source IS NULL AND external_id IS NULL) OR (external_source IS NOT NULL AND external_id IS NOT NULL))
);
CREATE UNIQUE INDEX UQ_Task_id ON dbo.Task (workspace_id, id);
CREATE UNIQUE INDEX UQ_Task_number ON dbo.Task (workspace_id, project_id, number);
CREATE UNIQUE INDEX UQ_Task_position ON dbo.Task (workspace_id, column_id, position) WHERE column_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_Task_external ON dbo.Task (workspace_id, external_source, external_id) WHERE external_source IS NOT NULL AND deleted_at IS NULL;
-- Project, type and state are the class of a task, by which it is seen or not. They stand in each index that a list is
-- walked by, so that a row is judged without being read; IX_Task_class is for who sees few, and merges ranges of it.
CREATE INDEX IX_Task_class ON dbo.Task (workspace_id, project_id, task_type_id, state, updated_key) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_project_state ON dbo.Task (workspace_id, project_id, state, updated_key, task_type_id) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_updated ON dbo.Task (workspace_id, updated_key, project_id, task_type_id, state) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_column ON dbo.Task (workspace_id, column_id, task_type_id, state, position) WHERE column_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_assignee ON dbo.Task (workspace_id, assignee_id, updated_key, project_id, task_type_id, state) WHERE assignee_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_due ON dbo.Task (workspace_id, due_key) WHERE due_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_type ON dbo.Task (workspace_id, task_type_id, doc_no) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_priority ON dbo.Task (workspace_id, priority, doc_no) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_trash ON dbo.Task (workspace_id, updated_key) WHERE deleted_at IS NOT NULL;
GO

-- Append-only. seq is the task's version that the transition made; transition_id, where the client gave one, makes a
-- transition happen once. actor_id is a person, or a part of the service.
CREATE TABLE dbo.TaskTransition (
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    task_id       UNIQUEIDENTIFIER NOT NULL,
    seq           INT              NOT NULL,
    transition_id UNIQUEIDENTIFIER NULL,
    from_state    NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_state      NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason        NVARCHAR(1000)   NOT NULL,
    actor_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at            DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_TaskTransition PRIMARY KEY (workspace_id, task_id, seq),
    CONSTRAINT FK_TaskTransition_Task FOREIGN KEY (workspace_id, task_id) REFERENCES dbo.Task (workspace_id, id),
    CONSTRAINT FK_TaskTransition_from_state FOREIGN KEY (from_state) REFERENCES dbo.TaskState (state),
    CONSTRAINT FK_TaskTransition_to_state FOREIGN KEY (to_state) REFERENCES dbo.TaskState (state)
);
CREATE UNIQUE INDEX UQ_TaskTransition_transition ON dbo.TaskTransition (workspace_id, task_id, transition_id) WHERE transition_id IS NOT NULL;
GO

CREATE TRIGGER dbo.TR_TaskTransition_update ON dbo.TaskTransition AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: TaskTransition', 1;
END;
GO

CREATE TRIGGER dbo.TR_TaskTransition_delete ON dbo.TaskTransition AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: TaskTransition', 1;
END;
GO

-- The child waits until the parent is done. Both are of one project, whose row is the guard of its edges: two that
-- close a cycle together are added one after the other.
CREATE TABLE dbo.TaskDependency (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    parent_id    UNIQUEIDENTIFIER NOT NULL,
    child_id     UNIQUEIDENTIFIER NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    source       NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_TaskDependency_source DEFAULT N'manual',
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_TaskDependency PRIMARY KEY (workspace_id, parent_id, child_id),
    CONSTRAINT FK_TaskDependency_parent FOREIGN KEY (workspace_id, parent_id) REFERENCES dbo.Task (workspace_id, id),
    CONSTRAINT FK_TaskDependency_child FOREIGN KEY (workspace_id, child_id) REFERENCES dbo.Task (workspace_id, id),
    CONSTRAINT CK_TaskDependency_source CHECK (source IN (N'manual', N'workflow')),
    CONSTRAINT CK_TaskDependency_self CHECK (parent_id <> child_id)
);
CREATE INDEX IX_TaskDependency_child ON dbo.TaskDependency (workspace_id, child_id, parent_id);
CREATE INDEX IX_TaskDependency_project ON dbo.TaskDependency (workspace_id, project_id, parent_id, child_id);
GO

CREATE TABLE dbo.Label (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    name_key     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    color        NVARCHAR(7)      NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_Label_version DEFAULT 1,
    CONSTRAINT PK_Label PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_Label_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
CREATE UNIQUE INDEX UQ_Label_name ON dbo.Label (workspace_id, name_key);
CREATE INDEX IX_Label_list ON dbo.Label (workspace_id, list_key);
GO

-- By doc_no, so that a label's tasks are one index range in the order that they are listed.
CREATE TABLE dbo.TaskLabel (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    label_id     UNIQUEIDENTIFIER NOT NULL,
    doc_no       BIGINT           NOT NULL,
    CONSTRAINT PK_TaskLabel PRIMARY KEY (workspace_id, label_id, doc_no),
    CONSTRAINT FK_TaskLabel_Label FOREIGN KEY (workspace_id, label_id) REFERENCES dbo.Label (workspace_id, id),
    CONSTRAINT FK_TaskLabel_Task FOREIGN KEY (doc_no) REFERENCES dbo.Task (doc_no)
);
CREATE INDEX IX_TaskLabel_task ON dbo.TaskLabel (workspace_id, doc_no, label_id);
GO

CREATE TABLE dbo.TaskWatcher (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    task_id      UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    added_at     DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_TaskWatcher PRIMARY KEY (workspace_id, task_id, user_id),
    CONSTRAINT FK_TaskWatcher_Task FOREIGN KEY (workspace_id, task_id) REFERENCES dbo.Task (workspace_id, id),
    CONSTRAINT FK_TaskWatcher_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES dbo.WorkspaceMember (workspace_id, user_id)
);
CREATE INDEX IX_TaskWatcher_user ON dbo.TaskWatcher (workspace_id, user_id, task_id);
GO

-- An event of work carries what decides who may hear of it, as it was then: the project, and of a task its type and
-- state; state_before where the task left another, so that who saw only that one is told that it is gone. data: small
-- facts in JSON, never text that a person wrote.
ALTER TABLE dbo.Event ADD project_id UNIQUEIDENTIFIER NULL;
GO
ALTER TABLE dbo.Event ADD task_type_id UNIQUEIDENTIFIER NULL;
GO
ALTER TABLE dbo.Event ADD state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL;
GO
ALTER TABLE dbo.Event ADD state_before NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL;
GO
ALTER TABLE dbo.Event ADD data NVARCHAR(MAX) NULL;
GO

-- Scope: the projects that a member may look into.
CREATE VIEW dbo.VisibleProject AS
SELECT m.workspace_id, m.user_id, p.id AS project_id
FROM dbo.WorkspaceMember AS m
LEFT JOIN dbo.UserType AS u ON u.workspace_id = m.workspace_id AND u.id = m.user_type_id
JOIN dbo.Project AS p ON p.workspace_id = m.workspace_id
WHERE p.deleted_at IS NULL
  AND (m.role IN (N'OWNER', N'ADMIN')
       OR (m.is_guest = 0 AND (p.visibility = N'workspace' OR u.access_level = N'admin'))
       OR EXISTS (SELECT 1 FROM dbo.ProjectMember AS pm
                  WHERE pm.workspace_id = m.workspace_id AND pm.project_id = p.id AND pm.user_id = m.user_id));
GO

-- What a member may do to tasks of a type in a state. The role is a ceiling; OWNER and ADMIN are not narrowed further;
-- of the others, who has a user type may do what it grants and does not hide, and sees of the restricted task types
-- those that it is mapped to.
CREATE VIEW dbo.TaskRight AS
SELECT m.workspace_id, m.user_id, r.permission, k.id AS task_type_id, s.state
FROM dbo.WorkspaceMember AS m
LEFT JOIN dbo.UserType AS u ON u.workspace_id = m.workspace_id AND u.id = m.user_type_id
JOIN dbo.TaskType AS k ON k.workspace_id = m.workspace_id
CROSS JOIN dbo.TaskState AS s
CROSS JOIN dbo.TaskPermission AS r
WHERE EXISTS (SELECT 1 FROM dbo.RolePermission AS rp WHERE rp.role = m.role AND rp.permission = r.permission)
  AND (m.role IN (N'OWNER', N'ADMIN')
       OR ((m.user_type_id IS NULL
            OR ((u.read_only = 0 OR r.permission = N'view')
                AND EXISTS (SELECT 1 FROM dbo.UserTypePermission AS up
                            WHERE up.workspace_id = m.workspace_id AND up.user_type_id = m.user_type_id AND up.permission = r.permission)
                AND EXISTS (SELECT 1 FROM dbo.UserTypePermission AS uv
                            WHERE uv.workspace_id = m.workspace_id AND uv.user_type_id = m.user_type_id AND uv.permission = N'view')
                AND NOT EXISTS (SELECT 1 FROM dbo.UserTypeHiddenState AS h
                                WHERE h.workspace_id = m.workspace_id AND h.user_type_id = m.user_type_id AND h.state = s.state)))
           AND (k.is_restricted = 0 OR u.access_level = N'admin'
                OR EXISTS (SELECT 1 FROM dbo.EligibilityMapping AS e
                           WHERE e.workspace_id = m.workspace_id AND e.user_type_id = m.user_type_id AND e.task_type_id = k.id))));
GO

-- All of it, by class: a task that is not deleted is eligible by its project, type and state, and by nothing else of its
-- own. Every query that shows or changes a task says so of its own row:
-- t.deleted_at IS NULL AND EXISTS (SELECT 1 FROM TaskGrant AS g WHERE g.workspace_id = @workspace_id
-- AND g.user_id = @user_id AND g.permission = '…' AND g.project_id = t.project_id
-- AND g.task_type_id = t.task_type_id AND g.state = t.state).
CREATE VIEW dbo.TaskGrant AS
SELECT v.workspace_id, v.user_id, g.permission, v.project_id, g.task_type_id, g.state
FROM dbo.VisibleProject AS v
JOIN dbo.TaskRight AS g ON g.workspace_id = v.workspace_id AND g.user_id = v.user_id;
GO
