-- What somebody is to one object, beside their role in the workspace. The same as
-- sql/migrations/sqlite/0041_object_roles.sql; a test compares them.

-- From expires_at on it is none; the row is left for who looks later. object_id is of a table that object_type names.
CREATE TABLE dbo.ObjectRole (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    object_type  NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    object_id    UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    role         NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    granted_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    granted_at   DATETIME2(6)     NOT NULL,
    expires_at   DATETIME2(6)     NULL,
    CONSTRAINT PK_ObjectRole PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ObjectRole_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES dbo.WorkspaceMember (workspace_id, user_id),
    CONSTRAINT CK_ObjectRole_role CHECK ((object_type = N'project' AND role IN (N'MANAGER', N'OVERRIDE')) OR (object_type = N'user_type' AND role = N'LEAD'))
);
GO
CREATE UNIQUE INDEX UQ_ObjectRole ON dbo.ObjectRole (workspace_id, user_id, object_type, object_id, role);
CREATE INDEX IX_ObjectRole_object ON dbo.ObjectRole (workspace_id, object_type, object_id, id);
GO
