-- name: insert_scim_connection :queued
-- Connects a directory. UQ_ScimConnection_tenant refuses a second connection of the same one.
-- param: connection_id uuid
-- param: org_id uuid
-- param: tid text
-- param: name text
-- param: list_key text
-- param: token_hash ascii
-- param: ends_sessions bool
-- param: created_by text
-- param: now time
-- scope: organization
INSERT INTO ScimConnection (id, org_id, tid, name, list_key, token_hash, ends_sessions, created_by, created_at, updated_at)
VALUES (@connection_id, @org_id, @tid, @name, @list_key, @token_hash, @ends_sessions, @created_by, @now, @now)

-- name: find_scim_secret :optional
-- What a directory's secret is held against, before anything else is done for it.
-- param: org_id uuid
-- param: connection_id uuid
-- returns: ScimSecretRow
-- scope: organization
SELECT c.id, c.tid, c.token_hash, c.prev_hash, c.prev_until, c.is_enabled, c.ends_sessions, c.last_used_at
FROM ScimConnection AS c
WHERE c.org_id = @org_id AND c.id = @connection_id

-- name: get_scim_connection :optional
-- One connection, with how many people it keeps, how many of them have an account here, and how many groups.
-- param: org_id uuid
-- param: connection_id uuid
-- returns: ScimConnectionRow
-- scope: organization
SELECT c.id, c.org_id, c.tid, c.name, c.is_enabled, c.ends_sessions, c.prev_until AS previous_secret_until, c.last_used_at,
       c.user_count AS users,
       (SELECT COUNT(*) FROM ScimUser AS u WHERE u.org_id = @org_id AND u.connection_id = c.id AND u.account_id IS NOT NULL) AS linked_users,
       c.group_count AS groups,
       c.created_by, c.created_at, c.updated_at, c.version
FROM ScimConnection AS c
WHERE c.org_id = @org_id AND c.id = @connection_id

-- name: list_scim_connections :many
-- The connections by name, after the cursor.
-- param: org_id uuid
-- param: after_key text
-- param: page_size int
-- returns: ScimConnectionRow
-- scope: organization
SELECT c.id, c.org_id, c.tid, c.name, c.is_enabled, c.ends_sessions, c.prev_until AS previous_secret_until, c.last_used_at,
       c.user_count AS users,
       (SELECT COUNT(*) FROM ScimUser AS u WHERE u.org_id = @org_id AND u.connection_id = c.id AND u.account_id IS NOT NULL) AS linked_users,
       c.group_count AS groups,
       c.created_by, c.created_at, c.updated_at, c.version
FROM ScimConnection AS c
WHERE c.org_id = @org_id AND c.list_key > @after_key
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_scim_connection :queued
-- Another name, and whether it is let in.
-- param: org_id uuid
-- param: connection_id uuid
-- param: name text
-- param: list_key text
-- param: is_enabled bool
-- param: now time
-- scope: organization
UPDATE ScimConnection
SET name = @name, list_key = @list_key, is_enabled = @is_enabled, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND id = @connection_id

-- name: rotate_scim_secret :queued
-- Another secret; the one before is good until then, which is now where it is to end at once.
-- param: org_id uuid
-- param: connection_id uuid
-- param: token_hash ascii
-- param: prev_until time
-- param: now time
-- scope: organization
UPDATE ScimConnection
SET prev_hash = token_hash, prev_until = @prev_until, token_hash = @token_hash, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND id = @connection_id

-- name: note_scim_use :queued
-- When the directory was here, kept to the hour: of several at once one changes a row. No change of what it is.
-- param: org_id uuid
-- param: connection_id uuid
-- param: before time
-- param: now time
-- scope: organization
UPDATE ScimConnection SET last_used_at = @now
WHERE org_id = @org_id AND id = @connection_id AND (last_used_at IS NULL OR last_used_at < @before)

-- name: take_scim_user :exec
-- Counts somebody whom the directory tells of. 0 rows where there is no room. Right only while the caller holds lock_organization.
-- param: org_id uuid
-- param: connection_id uuid
-- param: most int
-- scope: organization
UPDATE ScimConnection SET user_count = user_count + 1 WHERE org_id = @org_id AND id = @connection_id AND user_count < @most

-- name: free_scim_user :queued
-- The directory has deleted somebody. Right only while the caller holds lock_organization.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
UPDATE ScimConnection SET user_count = user_count - 1 WHERE org_id = @org_id AND id = @connection_id

-- name: take_scim_group :exec
-- Counts a group that the directory tells of. 0 rows where there is no room. Right only while the caller holds lock_organization.
-- param: org_id uuid
-- param: connection_id uuid
-- param: most int
-- scope: organization
UPDATE ScimConnection SET group_count = group_count + 1 WHERE org_id = @org_id AND id = @connection_id AND group_count < @most

-- name: free_scim_group :queued
-- The directory has deleted a group. Right only while the caller holds lock_organization.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
UPDATE ScimConnection SET group_count = group_count - 1 WHERE org_id = @org_id AND id = @connection_id

-- name: delete_scim_connection :queued
-- Cuts the connection; what was of it goes before.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimConnection WHERE org_id = @org_id AND id = @connection_id

-- name: delete_scim_grants_of :queued
-- What groups have made of people stays theirs, and is by hand from now on.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimGrant WHERE org_id = @org_id AND connection_id = @connection_id

-- name: delete_scim_mappings_of :queued
-- A connection's mappings end with it.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimGroupMapping WHERE org_id = @org_id AND connection_id = @connection_id

-- name: delete_scim_group_members_of :queued
-- A connection's groups end with it; their members first.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimGroupMember WHERE org_id = @org_id AND connection_id = @connection_id

-- name: delete_scim_groups_of :queued
-- A connection's groups end with it.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimGroup WHERE org_id = @org_id AND connection_id = @connection_id

-- name: delete_scim_emails_of :queued
-- What a directory told of people ends with its connection; their addresses first.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimUserEmail WHERE org_id = @org_id AND connection_id = @connection_id

-- name: delete_scim_users_of :queued
-- What a directory told of people ends with its connection.
-- param: org_id uuid
-- param: connection_id uuid
-- scope: organization
DELETE FROM ScimUser WHERE org_id = @org_id AND connection_id = @connection_id
