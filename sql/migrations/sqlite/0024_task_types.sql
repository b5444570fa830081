-- Who may do what to which tasks: user types, task types, and what maps the one to the other.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0024_task_types.sql; a test compares them.

-- Three lists that are the same in every workspace, and that no request writes.
CREATE TABLE TaskState (
    state TEXT NOT NULL,
    CONSTRAINT PK_TaskState PRIMARY KEY (state)
) STRICT, WITHOUT ROWID;
INSERT INTO TaskState (state) VALUES ('TODO'), ('IN_PROGRESS'), ('BLOCKED'), ('DONE');

CREATE TABLE TaskPermission (
    permission TEXT NOT NULL,
    CONSTRAINT PK_TaskPermission PRIMARY KEY (permission)
) STRICT, WITHOUT ROWID;
INSERT INTO TaskPermission (permission) VALUES ('view'), ('take'), ('move_state'), ('assign');

-- The ceiling that a role puts on what a user type grants.
CREATE TABLE RolePermission (
    role       TEXT NOT NULL,
    permission TEXT NOT NULL,
    CONSTRAINT PK_RolePermission PRIMARY KEY (role, permission),
    CONSTRAINT FK_RolePermission_TaskPermission FOREIGN KEY (permission) REFERENCES TaskPermission (permission)
) STRICT, WITHOUT ROWID;
INSERT INTO RolePermission (role, permission) VALUES
    ('VIEWER', 'view'),
    ('MEMBER', 'view'), ('MEMBER', 'take'), ('MEMBER', 'move_state'), ('MEMBER', 'assign'),
    ('ADMIN', 'view'), ('ADMIN', 'take'), ('ADMIN', 'move_state'), ('ADMIN', 'assign'),
    ('OWNER', 'view'), ('OWNER', 'take'), ('OWNER', 'move_state'), ('OWNER', 'assign');

-- Raised by every change of types and mappings, under the workspace's guard row: whoever keeps a copy of them sees by
-- it, in the one query that every request begins with, that the copy is old.
ALTER TABLE Workspace ADD COLUMN reference_generation INTEGER NOT NULL DEFAULT 1;

-- access_level: 'admin' reaches every project and every type. read_only: of what is granted only 'view' counts.
-- list_key: folded name, U+001F, id.
CREATE TABLE UserType (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    description  TEXT    NULL,
    access_level TEXT    NOT NULL,
    read_only    INTEGER NOT NULL DEFAULT 0,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_UserType PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_UserType_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_UserType_access_level CHECK (access_level IN ('admin', 'regular')),
    CONSTRAINT CK_UserType_read_only CHECK (read_only IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_UserType_name ON UserType (workspace_id, name_key);
CREATE INDEX IX_UserType_list ON UserType (workspace_id, list_key);

CREATE TABLE UserTypePermission (
    workspace_id TEXT NOT NULL,
    user_type_id TEXT NOT NULL,
    permission   TEXT NOT NULL,
    CONSTRAINT PK_UserTypePermission PRIMARY KEY (workspace_id, user_type_id, permission),
    CONSTRAINT FK_UserTypePermission_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES UserType (workspace_id, id),
    CONSTRAINT FK_UserTypePermission_TaskPermission FOREIGN KEY (permission) REFERENCES TaskPermission (permission)
) STRICT, WITHOUT ROWID;

-- What is hidden from people of a type, whatever they are granted; a type of access level 'admin' has none.
CREATE TABLE UserTypeHiddenState (
    workspace_id TEXT NOT NULL,
    user_type_id TEXT NOT NULL,
    state        TEXT NOT NULL,
    CONSTRAINT PK_UserTypeHiddenState PRIMARY KEY (workspace_id, user_type_id, state),
    CONSTRAINT FK_UserTypeHiddenState_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES UserType (workspace_id, id),
    CONSTRAINT FK_UserTypeHiddenState_TaskState FOREIGN KEY (state) REFERENCES TaskState (state)
) STRICT, WITHOUT ROWID;

-- The nil UUID is the type of a task that has none: one row of each workspace, so that every column that decides
-- about a task is an equality. is_restricted: only whom a mapping names sees tasks of the type.
CREATE TABLE TaskType (
    id            TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    list_key      TEXT    NOT NULL,
    description   TEXT    NULL,
    is_restricted INTEGER NOT NULL DEFAULT 0,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_TaskType PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_TaskType_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_TaskType_is_restricted CHECK (is_restricted IN (0, 1) AND (is_restricted = 0 OR id <> '00000000-0000-0000-0000-000000000000'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_TaskType_name ON TaskType (workspace_id, name_key);
CREATE INDEX IX_TaskType_list ON TaskType (workspace_id, list_key);
INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, created_at, updated_at)
SELECT '00000000-0000-0000-0000-000000000000', w.id, '', '', '', w.created_at, w.created_at FROM Workspace AS w;

CREATE TABLE EligibilityMapping (
    workspace_id TEXT NOT NULL,
    user_type_id TEXT NOT NULL,
    task_type_id TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    CONSTRAINT PK_EligibilityMapping PRIMARY KEY (workspace_id, user_type_id, task_type_id),
    CONSTRAINT FK_EligibilityMapping_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES UserType (workspace_id, id),
    CONSTRAINT FK_EligibilityMapping_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES TaskType (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_EligibilityMapping_task_type ON EligibilityMapping (workspace_id, task_type_id, user_type_id);

-- A member may have a user type. A guest sees only projects that they were added to, and is never more than a MEMBER.
ALTER TABLE WorkspaceMember RENAME TO WorkspaceMemberBefore;
CREATE TABLE WorkspaceMember (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    display_name TEXT    NULL,
    role         TEXT    NOT NULL,
    added_at     TEXT    NOT NULL,
    added_by     TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    member_key   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    source       TEXT    NOT NULL DEFAULT 'manual',
    is_guest     INTEGER NOT NULL DEFAULT 0,
    user_type_id TEXT    NULL,
    CONSTRAINT PK_WorkspaceMember PRIMARY KEY (id),
    CONSTRAINT FK_WorkspaceMember_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_WorkspaceMember_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT FK_WorkspaceMember_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES UserType (workspace_id, id),
    CONSTRAINT CK_WorkspaceMember_role CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER')),
    CONSTRAINT CK_WorkspaceMember_source CHECK (source IN ('manual', 'invitation', 'directory')),
    CONSTRAINT CK_WorkspaceMember_is_guest CHECK (is_guest = 0 OR (is_guest = 1 AND role IN ('MEMBER', 'VIEWER')))
) STRICT;
INSERT INTO WorkspaceMember (id, workspace_id, user_id, display_name, role, added_at, added_by, updated_at, list_key, member_key, version, source)
SELECT id, workspace_id, user_id, display_name, role, added_at, added_by, updated_at, list_key, member_key, version, source FROM WorkspaceMemberBefore;
DROP TABLE WorkspaceMemberBefore;
CREATE UNIQUE INDEX UQ_WorkspaceMember_id ON WorkspaceMember (workspace_id, id);
CREATE UNIQUE INDEX UQ_WorkspaceMember_user ON WorkspaceMember (workspace_id, user_id);
CREATE INDEX IX_WorkspaceMember_list ON WorkspaceMember (user_id, list_key);
CREATE INDEX IX_WorkspaceMember_member ON WorkspaceMember (workspace_id, member_key);
CREATE INDEX IX_WorkspaceMember_role ON WorkspaceMember (workspace_id, role, member_key);
CREATE INDEX IX_WorkspaceMember_user_type ON WorkspaceMember (workspace_id, user_type_id, member_key);
