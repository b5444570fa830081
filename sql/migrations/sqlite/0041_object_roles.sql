-- What somebody is to one object, beside their role in the workspace. The same as
-- sql/migrations/mssql/0041_object_roles.sql; a test compares them.

-- From expires_at on it is none; the row is left for who looks later. object_id is of a table that object_type names.
CREATE TABLE ObjectRole (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    object_type  TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    granted_by   TEXT    NOT NULL,
    granted_at   TEXT    NOT NULL,
    expires_at   TEXT    NULL,
    CONSTRAINT PK_ObjectRole PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ObjectRole_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES WorkspaceMember (workspace_id, user_id),
    CONSTRAINT CK_ObjectRole_role CHECK ((object_type = 'project' AND role IN ('MANAGER', 'OVERRIDE')) OR (object_type = 'user_type' AND role = 'LEAD'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_ObjectRole ON ObjectRole (workspace_id, user_id, object_type, object_id, role);
CREATE INDEX IX_ObjectRole_object ON ObjectRole (workspace_id, object_type, object_id, id);
