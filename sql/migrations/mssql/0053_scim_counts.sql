-- How many people and groups a directory has told of, kept by whoever adds one or takes one away: there is room for so
-- many, and nobody counts them to find out. The same as sql/migrations/sqlite/0053_scim_counts.sql; a test compares them.
ALTER TABLE dbo.ScimConnection ADD user_count INT NOT NULL CONSTRAINT DF_ScimConnection_user_count DEFAULT 0;
GO
ALTER TABLE dbo.ScimConnection ADD group_count INT NOT NULL CONSTRAINT DF_ScimConnection_group_count DEFAULT 0;
GO

UPDATE dbo.ScimConnection
SET user_count = (SELECT COUNT(*) FROM dbo.ScimUser AS u WHERE u.connection_id = ScimConnection.id),
    group_count = (SELECT COUNT(*) FROM dbo.ScimGroup AS g WHERE g.connection_id = ScimConnection.id);
GO
