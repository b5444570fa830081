-- Who may do what to which tasks: user types, task types, and what maps the one to the other.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0024_task_types.sql; a test compares them.

-- Three lists that are the same in every workspace, and that no request writes.
CREATE TABLE dbo.TaskState (
    state NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_TaskState PRIMARY KEY (state)
);
INSERT INTO dbo.TaskState (state) VALUES (N'TODO'), (N'IN_PROGRESS'), (N'BLOCKED'), (N'DONE');
GO

CREATE TABLE dbo.TaskPermission (
    permission NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_TaskPermission PRIMARY KEY (permission)
);
INSERT INTO dbo.TaskPermission (permission) VALUES (N'view'), (N'take'), (N'move_state'), (N'assign');
GO

-- The ceiling that a role puts on what a user type grants.
CREATE TABLE dbo.RolePermission (
    role       NVARCHAR(50) NOT NULL,
    permission NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_RolePermission PRIMARY KEY (role, permission),
    CONSTRAINT FK_RolePermission_TaskPermission FOREIGN KEY (permission) REFERENCES dbo.TaskPermission (permission)
);
INSERT INTO dbo.RolePermission (role, permission) VALUES
    (N'VIEWER', N'view'),
    (N'MEMBER', N'view'), (N'MEMBER', N'take'), (N'MEMBER', N'move_state'), (N'MEMBER', N'assign'),
    (N'ADMIN', N'view'), (N'ADMIN', N'take'), (N'ADMIN', N'move_state'), (N'ADMIN', N'assign'),
    (N'OWNER', N'view'), (N'OWNER', N'take'), (N'OWNER', N'move_state'), (N'OWNER', N'assign');
GO

-- Raised by every change of types and mappings, under the workspace's guard row: whoever keeps a copy of them sees by
-- it, in the one query that every request begins with, that the copy is old.
ALTER TABLE dbo.Workspace ADD reference_generation INT NOT NULL CONSTRAINT DF_Workspace_reference_generation DEFAULT 1;
GO

-- access_level: 'admin' reaches every project and every type. read_only: of what is granted only 'view' counts.
-- list_key: folded name, U+001F, id.
CREATE TABLE dbo.UserType (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    name_key     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description  NVARCHAR(MAX)    NULL,
    access_level NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    read_only    BIT              NOT NULL CONSTRAINT DF_UserType_read_only DEFAULT 0,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_UserType_version DEFAULT 1,
    CONSTRAINT PK_UserType PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_UserType_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_UserType_access_level CHECK (access_level IN (N'admin', N'regular')),
    CONSTRAINT CK_UserType_read_only CHECK (read_only IN (0, 1))
);
CREATE UNIQUE INDEX UQ_UserType_name ON dbo.UserType (workspace_id, name_key);
CREATE INDEX IX_UserType_list ON dbo.UserType (workspace_id, list_key);
GO

CREATE TABLE dbo.UserTypePermission (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    user_type_id UNIQUEIDENTIFIER NOT NULL,
    permission   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_UserTypePermission PRIMARY KEY (workspace_id, user_type_id, permission),
    CONSTRAINT FK_UserTypePermission_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES dbo.UserType (workspace_id, id),
    CONSTRAINT FK_UserTypePermission_TaskPermission FOREIGN KEY (permission) REFERENCES dbo.TaskPermission (permission)
);
GO

-- What is hidden from people of a type, whatever they are granted; a type of access level 'admin' has none.
CREATE TABLE dbo.UserTypeHiddenState (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    user_type_id UNIQUEIDENTIFIER NOT NULL,
    state        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_UserTypeHiddenState PRIMARY KEY (workspace_id, user_type_id, state),
    CONSTRAINT FK_UserTypeHiddenState_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES dbo.UserType (workspace_id, id),
    CONSTRAINT FK_UserTypeHiddenState_TaskState FOREIGN KEY (state) REFERENCES dbo.TaskState (state)
);
GO

-- The nil UUID is the type of a task that has none: one row of each workspace, so that every column that decides
-- about a task is an equality. is_restricted: only whom a mapping names sees tasks of the type.
CREATE TABLE dbo.TaskType (
    id            UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    name          NVARCHAR(200)    NOT NULL,
    name_key      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key      NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description   NVARCHAR(MAX)    NULL,
    is_restricted BIT              NOT NULL CONSTRAINT DF_TaskType_is_restricted DEFAULT 0,
    created_at    DATETIME2(6)     NOT NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    version       INT              NOT NULL CONSTRAINT DF_TaskType_version DEFAULT 1,
    CONSTRAINT PK_TaskType PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_TaskType_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_TaskType_is_restricted CHECK (is_restricted IN (0, 1) AND (is_restricted = 0 OR id <> N'00000000-0000-0000-0000-000000000000'))
);
CREATE UNIQUE INDEX UQ_TaskType_name ON dbo.TaskType (workspace_id, name_key);
CREATE INDEX IX_TaskType_list ON dbo.TaskType (workspace_id, list_key);
INSERT INTO dbo.TaskType (id, workspace_id, name, name_key, list_key, created_at, updated_at)
SELECT N'00000000-0000-0000-0000-000000000000', w.id, N'', N'', N'', w.created_at, w.created_at FROM dbo.Workspace AS w;
GO

CREATE TABLE dbo.EligibilityMapping (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    user_type_id UNIQUEIDENTIFIER NOT NULL,
    task_type_id UNIQUEIDENTIFIER NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_EligibilityMapping PRIMARY KEY (workspace_id, user_type_id, task_type_id),
    CONSTRAINT FK_EligibilityMapping_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES dbo.UserType (workspace_id, id),
    CONSTRAINT FK_EligibilityMapping_TaskType FOREIGN KEY (workspace_id, task_type_id) REFERENCES dbo.TaskType (workspace_id, id)
);
CREATE INDEX IX_EligibilityMapping_task_type ON dbo.EligibilityMapping (workspace_id, task_type_id, user_type_id);
GO

-- A member may have a user type. A guest sees only projects that they were added to, and is never more than a MEMBER.
ALTER TABLE dbo.WorkspaceMember ADD is_guest BIT NOT NULL CONSTRAINT DF_WorkspaceMember_is_guest DEFAULT 0;
GO
ALTER TABLE dbo.WorkspaceMember ADD user_type_id UNIQUEIDENTIFIER NULL;
GO
ALTER TABLE dbo.WorkspaceMember ADD CONSTRAINT FK_WorkspaceMember_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES dbo.UserType (workspace_id, id);
GO
ALTER TABLE dbo.WorkspaceMember ADD CONSTRAINT CK_WorkspaceMember_is_guest CHECK (is_guest = 0 OR (is_guest = 1 AND role IN (N'MEMBER', N'VIEWER')));
GO
CREATE INDEX IX_WorkspaceMember_user_type ON dbo.WorkspaceMember (workspace_id, user_type_id, member_key);
GO
