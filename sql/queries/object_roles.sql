-- name: insert_object_role :queued
-- Gives somebody a role on one object.
-- param: role_id uuid
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: account_id text
-- param: role text
-- param: granted_by text
-- param: now time
-- param: expires_at time?
-- scope: workspace
INSERT INTO ObjectRole (id, workspace_id, object_type, object_id, user_id, role, granted_by, granted_at, expires_at)
VALUES (@role_id, @workspace_id, @object_type, @object_id, @account_id, @role, @granted_by, @now, @expires_at)

-- name: get_object_role :optional
-- One object role.
-- param: workspace_id uuid
-- param: role_id uuid
-- returns: ObjectRoleRow
-- scope: workspace
SELECT r.id, r.object_type, r.object_id, r.user_id, r.role, r.granted_by, r.granted_at, r.expires_at
FROM ObjectRole AS r
WHERE r.workspace_id = @workspace_id AND r.id = @role_id

-- name: list_object_roles :many
-- All of them, in the engine's order of ids, which a cursor does not outlive.
-- param: workspace_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: ObjectRoleRow
-- scope: workspace
SELECT r.id, r.object_type, r.object_id, r.user_id, r.role, r.granted_by, r.granted_at, r.expires_at
FROM ObjectRole AS r
WHERE r.workspace_id = @workspace_id AND r.id > @after_id
ORDER BY r.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_object_roles_of_object :many
-- As list_object_roles, on one object.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: ObjectRoleRow
-- scope: workspace
SELECT r.id, r.object_type, r.object_id, r.user_id, r.role, r.granted_by, r.granted_at, r.expires_at
FROM ObjectRole AS r
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = @object_id AND r.id > @after_id
ORDER BY r.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_object_roles_of_person :many
-- What one person has, expired ones too.
-- param: workspace_id uuid
-- param: account_id text
-- param: page_size int
-- returns: ObjectRoleRow
-- scope: workspace
-- plan: sorts at most as many as one person may have
SELECT r.id, r.object_type, r.object_id, r.user_id, r.role, r.granted_by, r.granted_at, r.expires_at
FROM ObjectRole AS r
WHERE r.workspace_id = @workspace_id AND r.user_id = @account_id
ORDER BY r.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_object_role :queued
-- Takes it back.
-- param: workspace_id uuid
-- param: role_id uuid
-- scope: workspace
DELETE FROM ObjectRole WHERE workspace_id = @workspace_id AND id = @role_id

-- name: delete_object_roles_of_person :queued
-- A member is nothing to any object any more.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM ObjectRole WHERE workspace_id = @workspace_id AND user_id = @account_id

-- name: delete_object_roles_of_object :queued
-- The object goes.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- scope: workspace
DELETE FROM ObjectRole WHERE workspace_id = @workspace_id AND object_type = @object_type AND object_id = @object_id

-- name: read_policy_facts :optional
-- What policies ask of a member beside what they hold.
-- param: workspace_id uuid
-- param: account_id text
-- returns: PolicyFactsRow
-- scope: workspace
SELECT m.role, m.is_guest, m.user_type_id, CASE WHEN u.read_only = 1 THEN 1 ELSE 0 END AS is_read_only
FROM WorkspaceMember AS m
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
WHERE m.workspace_id = @workspace_id AND m.user_id = @account_id

-- name: list_task_permissions :many
-- What the caller may do to tasks of a project, type and state.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: task_type_id uuid
-- param: state text
-- returns: TaskPermissionRow
-- scope: workspace
SELECT g.permission
FROM TaskGrant AS g
WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.project_id = @project_id AND g.task_type_id = @task_type_id
  AND g.state = @state
