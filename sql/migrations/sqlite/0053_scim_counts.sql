-- How many people and groups a directory has told of, kept by whoever adds one or takes one away: there is room for so
-- many, and nobody counts them to find out. The same as sql/migrations/mssql/0053_scim_counts.sql; a test compares them.
ALTER TABLE ScimConnection ADD COLUMN user_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ScimConnection ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;

UPDATE ScimConnection
SET user_count = (SELECT COUNT(*) FROM ScimUser AS u WHERE u.connection_id = ScimConnection.id),
    group_count = (SELECT COUNT(*) FROM ScimGroup AS g WHERE g.connection_id = ScimConnection.id);
