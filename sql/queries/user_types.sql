-- name: insert_user_type :queued
-- A new type of people. UQ_UserType_name refuses a second of its name.
-- param: user_type_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: access_level text
-- param: read_only bool
-- param: now time
-- scope: workspace
INSERT INTO UserType (id, workspace_id, name, name_key, list_key, description, access_level, read_only, created_at, updated_at)
VALUES (@user_type_id, @workspace_id, @name, @name_key, @list_key, @description, @access_level, @read_only, @now, @now)

-- name: get_user_type :optional
-- One type by its id.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- returns: UserTypeRow
-- scope: workspace
SELECT u.id, u.workspace_id, u.name, u.description, u.access_level, u.read_only, u.created_at, u.updated_at, u.version
FROM UserType AS u
WHERE u.workspace_id = @workspace_id AND u.id = @user_type_id

-- name: find_user_type :optional
-- One type by its folded name. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: name_key text
-- returns: UserTypeRow
-- scope: workspace
SELECT u.id, u.workspace_id, u.name, u.description, u.access_level, u.read_only, u.created_at, u.updated_at, u.version
FROM UserType AS u
WHERE u.workspace_id = @workspace_id AND u.name_key = @name_key

-- name: list_user_types :page
-- The types, by name, after the cursor.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: UserTypeRow
-- scope: workspace
SELECT u.id, u.workspace_id, u.name, u.description, u.access_level, u.read_only, u.created_at, u.updated_at, u.version
FROM UserType AS u
WHERE u.workspace_id = @workspace_id AND u.list_key > @after_key
ORDER BY u.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_user_type_traits :many
-- What the types from one key of the list to another grant and hide: a permission or a state each.
-- param: workspace_id uuid
-- param: first_key text
-- param: last_key text
-- returns: UserTypeTraitRow
-- scope: workspace
SELECT p.user_type_id, N'permission' AS kind, p.permission AS trait
FROM UserType AS u
JOIN UserTypePermission AS p ON p.workspace_id = u.workspace_id AND p.user_type_id = u.id
WHERE u.workspace_id = @workspace_id AND u.list_key >= @first_key AND u.list_key <= @last_key
UNION ALL
SELECT h.user_type_id, N'hidden_state' AS kind, h.state AS trait
FROM UserType AS u
JOIN UserTypeHiddenState AS h ON h.workspace_id = u.workspace_id AND h.user_type_id = u.id
WHERE u.workspace_id = @workspace_id AND u.list_key >= @first_key AND u.list_key <= @last_key

-- name: update_user_type :queued
-- What a type is called, and is. UQ_UserType_name refuses another's name.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: access_level text
-- param: read_only bool
-- param: now time
-- scope: workspace
UPDATE UserType
SET name = @name, name_key = @name_key, list_key = @list_key, description = @description, access_level = @access_level,
    read_only = @read_only, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @user_type_id

-- name: insert_user_type_permission :queued
-- Grants one.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: permission text
-- scope: workspace
INSERT INTO UserTypePermission (workspace_id, user_type_id, permission) VALUES (@workspace_id, @user_type_id, @permission)

-- name: insert_user_type_hidden_state :queued
-- Hides one.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: state text
-- scope: workspace
INSERT INTO UserTypeHiddenState (workspace_id, user_type_id, state) VALUES (@workspace_id, @user_type_id, @state)

-- name: delete_user_type_permissions :queued
-- Of one type, all of them.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- scope: workspace
DELETE FROM UserTypePermission WHERE workspace_id = @workspace_id AND user_type_id = @user_type_id

-- name: delete_user_type_hidden_states :queued
-- Of one type, all of them.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- scope: workspace
DELETE FROM UserTypeHiddenState WHERE workspace_id = @workspace_id AND user_type_id = @user_type_id

-- name: delete_user_type :exec
-- What it grants and hides, and its mappings, are gone before. FK_WorkspaceMember_UserType refuses one that a member has.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- scope: workspace
DELETE FROM UserType WHERE workspace_id = @workspace_id AND id = @user_type_id
