-- As whom each link was made: the schedule asks other systems on behalf of that person, as they were then.
-- The same columns as sql/migrations/mssql/0010_linked_as.sql; a test compares them.

-- linked_tid is NULL where nothing is known of them. Older links were made by an ADMIN at least.
ALTER TABLE WorkspaceExternalLink ADD COLUMN linked_tid TEXT NULL;
ALTER TABLE WorkspaceExternalLink ADD COLUMN linked_as_guest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE WorkspaceExternalLink ADD COLUMN linked_role TEXT NOT NULL DEFAULT 'ADMIN';

UPDATE WorkspaceExternalLink
SET linked_tid = (SELECT u.tid FROM UserAccount AS u WHERE u.id = WorkspaceExternalLink.linked_by);
