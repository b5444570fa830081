-- Projects, boards and tasks, and the three views that say who may see and do what to them.
-- The same tables, columns, keys, indexes and views as sql/migrations/mssql/0025_work.sql; a test compares them.

-- kind 'event': what people of user types work at together; otherwise a project like any other. next_number: what the
-- next task is called; its row is the guard of the numbers. list_key: folded name, U+001F, id.
CREATE TABLE Project (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    project_key  TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    description  TEXT    NULL,
    visibility   TEXT    NOT NULL,
    status       TEXT    NOT NULL DEFAULT 'ACTIVE',
    next_number  INTEGER NOT NULL DEFAULT 1,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    deleted_at   TEXT    NULL,
    CONSTRAINT PK_Project PRIMARY KEY (id),
    CONSTRAINT FK_Project_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_Project_kind CHECK (kind IN ('project', 'event')),
    CONSTRAINT CK_Project_visibility CHECK (visibility IN ('workspace', 'members')),
    CONSTRAINT CK_Project_status CHECK (status IN ('ACTIVE', 'ARCHIVED'))
) STRICT;
CREATE UNIQUE INDEX UQ_Project_id ON Project (workspace_id, id);
CREATE INDEX IX_Project_list ON Project (workspace_id, kind, status, list_key) WHERE deleted_at IS NULL;
CREATE INDEX IX_Project_trash ON Project (workspace_id, list_key) WHERE deleted_at IS NOT NULL;

-- Every key that a project has or had, in upper case: an old one goes on resolving, and is never another project's.
CREATE TABLE ProjectKey (
    workspace_id TEXT NOT NULL,
    project_key  TEXT NOT NULL,
    project_id   TEXT NOT NULL,
    CONSTRAINT PK_ProjectKey PRIMARY KEY (workspace_id, project_key),
    CONSTRAINT FK_ProjectKey_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- member_key repeats WorkspaceMember.member_key, so that a project's members by name are one index range.
CREATE TABLE ProjectMember (
    workspace_id TEXT NOT NULL,
    project_id   TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    member_key   TEXT NOT NULL,
    added_by     TEXT NOT NULL,
    added_at     TEXT NOT NULL,
    CONSTRAINT PK_ProjectMember PRIMARY KEY (workspace_id, project_id, user_id),
    CONSTRAINT FK_ProjectMember_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id),
    CONSTRAINT FK_ProjectMember_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES WorkspaceMember (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ProjectMember_user ON ProjectMember (workspace_id, user_id, project_id);
CREATE INDEX IX_ProjectMember_member ON ProjectMember (workspace_id, project_id, member_key);

CREATE TABLE Board (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    project_id   TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    deleted_at   TEXT    NULL,
    CONSTRAINT PK_Board PRIMARY KEY (id),
    CONSTRAINT FK_Board_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX UQ_Board_id ON Board (workspace_id, project_id, id);
CREATE INDEX IX_Board_list ON Board (workspace_id, project_id, list_key) WHERE deleted_at IS NULL;

-- The guard row of the order of its tasks and of wip_limit. A task that is moved here takes on maps_to_state.
CREATE TABLE BoardColumn (
    id            TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    project_id    TEXT    NOT NULL,
    board_id      TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    maps_to_state TEXT    NULL,
    wip_limit     INTEGER NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    deleted_at    TEXT    NULL,
    CONSTRAINT PK_BoardColumn PRIMARY KEY (id),
    CONSTRAINT FK_BoardColumn_Board FOREIGN KEY (workspace_id, project_id, board_id) REFERENCES Board (workspace_id, project_id, id),
    CONSTRAINT FK_BoardColumn_TaskState FOREIGN KEY (maps_to_state) REFERENCES TaskState (state),
    CONSTRAINT CK_BoardColumn_wip_limit CHECK (wip_limit IS NULL OR wip_limit > 0)
) STRICT;
CREATE UNIQUE INDEX UQ_BoardColumn_id ON BoardColumn (workspace_id, project_id, id);
CREATE UNIQUE INDEX UQ_BoardColumn_position ON BoardColumn (workspace_id, board_id, position) WHERE deleted_at IS NULL;

-- doc_no: the row's own number, in the order of creation; what labels refer to and what filtered lists page by.
-- updated_key: updated_at, '/', id; due_key: due_at, '/', id: one column that is unique, and pages a list. position:
-- its place in the column, in gaps of 2^32. Which column, assignee and type there may be is said with the workspace, so
-- that none of another tenant can be.
CREATE TABLE Task (
    doc_no          INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    workspace_id    TEXT    NOT NULL,
    project_id      TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    column_id       TEXT    NULL,
    position        INTEGER NULL,
    title           TEXT    NOT NULL,
    description     TEXT    NULL,
    task_type_id    TEXT    NOT NULL,
    state           TEXT    NOT NULL DEFAULT 'TODO',
    blocked_by      TEXT    NULL,
    assignee_id     TEXT    NULL,
    priority        INTEGER NOT NULL,
    due_at          TEXT    NULL,
    due_key         TEXT    NULL,
    external_source TEXT    NULL,
    external_id     TEXT    NULL,
    created_by      TEXT    NOT NULL,
    created_at      TEXT    NOT NULL,
    updated_at      TEXT    NOT NULL,
    updated_key     TEXT    NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    deleted_at      TEXT    NULL,
    CONSTRAINT PK_Task PRIMARY KEY (doc_no),
    CONSTRAINT FK_Task_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id),
    CONSTRAINT FK_Task_BoardColumn FOREIGN KEY (workspace_id, project_id, column_id) REFERENCES BoardColumn (workspace_id, project_id, id),
    CONSTRAINT FK_Task_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES TaskType (workspace_id, id),
    CONSTRAINT FK_Task_TaskState FOREIGN KEY (state) REFERENCES TaskState (state),
    CONSTRAINT FK_Task_assignee FOREIGN KEY (workspace_id, assignee_id) REFERENCES WorkspaceMember (workspace_id, user_id),
    CONSTRAINT CK_Task_blocked_by CHECK ((state = 'BLOCKED' AND blocked_by IN ('DEPENDENCY', 'MANUAL')) OR (state <> 'BLOCKED' AND blocked_by IS NULL)),
    CONSTRAINT CK_Task_position CHECK ((column_id IS NULL AND position IS NULL) OR (column_id IS NOT NULL AND position IS NOT NULL)),
    CONSTRAINT CK_Task_priority CHECK (priority BETWEEN 1 AND 4),
    CONSTRAINT CK_Task_due CHECK ((due_at IS NULL AND due_key IS NULL) OR (due_at IS NOT NULL AND due_key IS NOT NULL)),
    CONSTRAINT CK_Task_external CHECK ((external_source IS NULL AND external_id IS NULL) OR (external_source IS NOT NULL AND external_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX UQ_Task_id ON Task (workspace_id, id);
CREATE UNIQUE INDEX UQ_Task_number ON Task (workspace_id, project_id, number);
CREATE UNIQUE INDEX UQ_Task_position ON Task (workspace_id, column_id, position) WHERE column_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_Task_external ON Task (workspace_id, external_source, external_id) WHERE external_source IS NOT NULL AND deleted_at IS NULL;
-- Project, type and state are the class of a task, by which it is seen or not. They stand in each index that a list is
-- walked by, so that a row is judged without being read; IX_Task_class is for who sees few, and merges ranges of it.
CREATE INDEX IX_Task_class ON Task (workspace_id, project_id, task_type_id, state, updated_key) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_project_state ON Task (workspace_id, project_id, state, updated_key, task_type_id) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_updated ON Task (workspace_id, updated_key, project_id, task_type_id, state) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_column ON Task (workspace_id, column_id, task_type_id, state, position) WHERE column_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_assignee ON Task (workspace_id, assignee_id, updated_key, project_id, task_type_id, state) WHERE assignee_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_due ON Task (workspace_id, due_key) WHERE due_key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IX_Task_type ON Task (workspace_id, task_type_id, doc_no) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_priority ON Task (workspace_id, priority, doc_no) WHERE deleted_at IS NULL;
CREATE INDEX IX_Task_trash ON Task (workspace_id, updated_key) WHERE deleted_at IS NOT NULL;

-- Append-only. seq is the task's version that the transition made; transition_id, where the client gave one, makes a
-- transition happen once. actor_id is a person, or a part of the service.
CREATE TABLE TaskTransition (
    workspace_id  TEXT    NOT NULL,
    task_id       TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    transition_id TEXT    NULL,
    from_state    TEXT    NOT NULL,
    to_state      TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    actor_id      TEXT    NOT NULL,
    at            TEXT    NOT NULL,
    CONSTRAINT PK_TaskTransition PRIMARY KEY (workspace_id, task_id, seq),
    CONSTRAINT FK_TaskTransition_Task FOREIGN KEY (workspace_id, task_id) REFERENCES Task (workspace_id, id),
    CONSTRAINT FK_TaskTransition_from_state FOREIGN KEY (from_state) REFERENCES TaskState (state),
    CONSTRAINT FK_TaskTransition_to_state FOREIGN KEY (to_state) REFERENCES TaskState (state)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_TaskTransition_transition ON TaskTransition (workspace_id, task_id, transition_id) WHERE transition_id IS NOT NULL;
CREATE TRIGGER TR_TaskTransition_update BEFORE UPDATE ON TaskTransition
BEGIN
    SELECT RAISE(ABORT, 'append-only: TaskTransition');
END;
CREATE TRIGGER TR_TaskTransition_delete BEFORE DELETE ON TaskTransition
BEGIN
    SELECT RAISE(ABORT, 'append-only: TaskTransition');
END;

-- The child waits until the parent is done. Both are of one project, whose row is the guard of its edges: two that
-- close a cycle together are added one after the other.
CREATE TABLE TaskDependency (
    workspace_id TEXT NOT NULL,
    parent_id    TEXT NOT NULL,
    child_id     TEXT NOT NULL,
    project_id   TEXT NOT NULL,
    source       TEXT NOT NULL DEFAULT 'manual',
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    CONSTRAINT PK_TaskDependency PRIMARY KEY (workspace_id, parent_id, child_id),
    CONSTRAINT FK_TaskDependency_parent FOREIGN KEY (workspace_id, parent_id) REFERENCES Task (workspace_id, id),
    CONSTRAINT FK_TaskDependency_child FOREIGN KEY (workspace_id, child_id) REFERENCES Task (workspace_id, id),
    CONSTRAINT CK_TaskDependency_source CHECK (source IN ('manual', 'workflow')),
    CONSTRAINT CK_TaskDependency_self CHECK (parent_id <> child_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_TaskDependency_child ON TaskDependency (workspace_id, child_id, parent_id);
CREATE INDEX IX_TaskDependency_project ON TaskDependency (workspace_id, project_id, parent_id, child_id);

CREATE TABLE Label (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    color        TEXT    NULL,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_Label PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_Label_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_Label_name ON Label (workspace_id, name_key);
CREATE INDEX IX_Label_list ON Label (workspace_id, list_key);

-- By doc_no, so that a label's tasks are one index range in the order that they are listed.
CREATE TABLE TaskLabel (
    workspace_id TEXT    NOT NULL,
    label_id     TEXT    NOT NULL,
    doc_no       INTEGER NOT NULL,
    CONSTRAINT PK_TaskLabel PRIMARY KEY (workspace_id, label_id, doc_no),
    CONSTRAINT FK_TaskLabel_Label FOREIGN KEY (workspace_id, label_id) REFERENCES Label (workspace_id, id),
    CONSTRAINT FK_TaskLabel_Task FOREIGN KEY (doc_no) REFERENCES Task (doc_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_TaskLabel_task ON TaskLabel (workspace_id, doc_no, label_id);

CREATE TABLE TaskWatcher (
    workspace_id TEXT NOT NULL,
    task_id      TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    added_at     TEXT NOT NULL,
    CONSTRAINT PK_TaskWatcher PRIMARY KEY (workspace_id, task_id, user_id),
    CONSTRAINT FK_TaskWatcher_Task FOREIGN KEY (workspace_id, task_id) REFERENCES Task (workspace_id, id),
    CONSTRAINT FK_TaskWatcher_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES WorkspaceMember (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_TaskWatcher_user ON TaskWatcher (workspace_id, user_id, task_id);

-- An event of work carries what decides who may hear of it, as it was then: the project, and of a task its type and
-- state; state_before where the task left another, so that who saw only that one is told that it is gone. data: small
-- facts in JSON, never text that a person wrote.
ALTER TABLE Event ADD COLUMN project_id TEXT NULL;
ALTER TABLE Event ADD COLUMN task_type_id TEXT NULL;
ALTER TABLE Event ADD COLUMN state TEXT NULL;
ALTER TABLE Event ADD COLUMN state_before TEXT NULL;
ALTER TABLE Event ADD COLUMN data TEXT NULL;

-- Scope: the projects that a member may look into.
CREATE VIEW VisibleProject AS
SELECT m.workspace_id, m.user_id, p.id AS project_id
FROM WorkspaceMember AS m
LEFT JOIN UserType AS u ON u.workspace_id = m.workspace_id AND u.id = m.user_type_id
JOIN Project AS p ON p.workspace_id = m.workspace_id
WHERE p.deleted_at IS NULL
  AND (m.role IN ('OWNER', 'ADMIN')
       OR (m.is_guest = 0 AND (p.visibility = 'workspace' OR u.access_level = 'admin'))
       OR EXISTS (SELECT 1 FROM ProjectMember AS pm
                  WHERE pm.workspace_id = m.workspace_id AND pm.project_id = p.id AND pm.user_id = m.user_id));

-- What a member may do to tasks of a type in a state. The role is a ceiling; OWNER and ADMIN are not narrowed further;
-- of the others, who has a user type may do what it grants and does not hide, and sees of the restricted task types
-- those that it is mapped to.
CREATE VIEW TaskRight AS
SELECT m.workspace_id, m.user_id, r.permission, k.id AS task_type_id, s.state
FROM WorkspaceMember AS m
LEFT JOIN UserType AS u ON u.workspace_id = m.workspace_id AND u.id = m.user_type_id
JOIN TaskType AS k ON k.workspace_id = m.workspace_id
CROSS JOIN TaskState AS s
CROSS JOIN TaskPermission AS r
WHERE EXISTS (SELECT 1 FROM RolePermission AS rp WHERE rp.role = m.role AND rp.permission = r.permission)
  AND (m.role IN ('OWNER', 'ADMIN')
       OR ((m.user_type_id IS NULL
            OR ((u.read_only = 0 OR r.permission = 'view')
                AND EXISTS (SELECT 1 FROM UserTypePermission AS up
                            WHERE up.workspace_id = m.workspace_id AND up.user_type_id = m.user_type_id AND up.permission = r.permission)
                AND EXISTS (SELECT 1 FROM UserTypePermission AS uv
                            WHERE uv.workspace_id = m.workspace_id AND uv.user_type_id = m.user_type_id AND uv.permission = 'view')
                AND NOT EXISTS (SELECT 1 FROM UserTypeHiddenState AS h
                                WHERE h.workspace_id = m.workspace_id AND h.user_type_id = m.user_type_id AND h.state = s.state)))
           AND (k.is_restricted = 0 OR u.access_level = 'admin'
                OR EXISTS (SELECT 1 FROM EligibilityMapping AS e
                           WHERE e.workspace_id = m.workspace_id AND e.user_type_id = m.user_type_id AND e.task_type_id = k.id))));

-- All of it, by class: a task that is not deleted is eligible by its project, type and state, and by nothing else of its
-- own. Every query that shows or changes a task says so of its own row:
-- t.deleted_at IS NULL AND EXISTS (SELECT 1 FROM TaskGrant AS g WHERE g.workspace_id = @workspace_id
-- AND g.user_id = @user_id AND g.permission = '…' AND g.project_id = t.project_id
-- AND g.task_type_id = t.task_type_id AND g.state = t.state).
CREATE VIEW TaskGrant AS
SELECT v.workspace_id, v.user_id, g.permission, v.project_id, g.task_type_id, g.state
FROM VisibleProject AS v
JOIN TaskRight AS g ON g.workspace_id = v.workspace_id AND g.user_id = v.user_id;
