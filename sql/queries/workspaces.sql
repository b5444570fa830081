-- name: read_access :optional
-- The session, the workspace and the caller's role in force, in one round trip: every call
-- below /workspaces/{workspace_id} begins with it. No row: there is no such account.
-- Columns of the workspace are NULL when it does not exist, those of the member when the
-- caller is not in it, or was stopped in its organisation by their directory.
-- param: user_id text
-- param: jti uuid?
-- param: workspace_id uuid
-- returns: AccessRow
-- scope: workspace
SELECT u.status AS account_status,
       u.session_version,
       CASE WHEN r.jti IS NULL THEN 0 ELSE 1 END AS is_revoked,
       w.id,
       w.name,
       w.description,
       w.created_by,
       w.created_at,
       w.updated_at,
       w.org_id,
       w.status,
       w.held_by,
       o.status AS org_status,
       l.max_requests_per_minute,
       w.blob_path,
       CASE WHEN w.blob_ready = 1 THEN N'READY' WHEN w.blob_ready = 0 THEN N'PENDING' END AS blob_state,
       w.is_active,
       w.deleted_at,
       w.version,
       w.reference_generation,
       m.id AS member_id,
       CASE WHEN NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
            THEN m.role END AS role,
       m.is_guest
FROM UserAccount AS u
LEFT JOIN TokenRevocation AS r ON r.jti = @jti AND r.user_id = @user_id
LEFT JOIN Workspace AS w ON w.id = @workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
LEFT JOIN OrganizationUsage AS l ON l.org_id = w.org_id
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = u.id
WHERE u.id = @user_id

-- name: lock_workspace :queued
-- Takes the guard row of everything decided about a workspace: its roles, its last owner, its deletion. An
-- UPDATE that changes nothing, because every engine holds its lock to the commit, and whoever only refers to
-- the row does not wait for it. It must come before read_access and in a statement of its own: under
-- READ_COMMITTED_SNAPSHOT a statement sees data as of its start, so one that waited for this lock would go on
-- to read the roles of before the wait.
-- param: workspace_id uuid
-- scope: workspace
UPDATE Workspace SET version = version WHERE id = @workspace_id

-- name: list_workspaces :page
-- The caller's workspaces, by name, after the cursor; those that are archived, or whose organisation is, only where
-- they are asked for; with org_id, that organisation's alone.
-- param: user_id text
-- param: org_id uuid?
-- param: archived bool
-- param: after_key text
-- param: page_size int
-- returns: WorkspaceRow
-- scope: caller
SELECT w.id, w.name, w.description, w.created_by, w.created_at, w.updated_at, w.org_id, w.status, w.deleted_at, w.blob_path,
       CASE WHEN w.blob_ready = 1 THEN N'READY' ELSE N'PENDING' END AS blob_state, w.version, m.role
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE m.user_id = @user_id AND m.list_key > @after_key AND w.is_active = 1
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
  AND (@archived = 1 OR (w.status <> N'ARCHIVED' AND COALESCE(o.status, N'ACTIVE') <> N'ARCHIVED'))
  AND (@org_id IS NULL OR w.org_id = @org_id)
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_deleted_workspaces :page
-- The deleted workspaces the caller may restore, by name, after the cursor.
-- param: user_id text
-- param: org_id uuid?
-- param: after_key text
-- param: page_size int
-- returns: WorkspaceRow
-- scope: caller
SELECT w.id, w.name, w.description, w.created_by, w.created_at, w.updated_at, w.org_id, w.status, w.deleted_at, w.blob_path,
       CASE WHEN w.blob_ready = 1 THEN N'READY' ELSE N'PENDING' END AS blob_state, w.version, m.role
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.user_id = @user_id AND m.role = N'OWNER' AND m.list_key > @after_key AND w.is_active = 0
  AND (@org_id IS NULL OR w.org_id = @org_id)
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: insert_workspace :queued
-- A new workspace, of an organisation or of none. Its head and its first OWNER follow in the same transaction.
-- param: workspace_id uuid
-- param: org_id uuid?
-- param: name text
-- param: description longtext?
-- param: created_by text
-- param: now time
-- param: list_key text
-- scope: workspace
INSERT INTO Workspace (id, org_id, name, description, created_by, created_at, updated_at, blob_ready, is_active, list_key,
                       version)
VALUES (@workspace_id, @org_id, @name, @description, @created_by, @now, @now, 0, 1, @list_key, 1)

-- name: insert_untyped :queued
-- The type of a new workspace's tasks that have none.
-- param: workspace_id uuid
-- param: now time
-- scope: workspace
INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, created_at, updated_at)
VALUES (N'00000000-0000-0000-0000-000000000000', @workspace_id, N'', N'', N'', @now, @now)

-- name: raise_generation :queued
-- Makes every process forget what it keeps of the workspace's types and mappings. Right only while the caller holds
-- lock_workspace.
-- param: workspace_id uuid
-- scope: workspace
UPDATE Workspace SET reference_generation = reference_generation + 1 WHERE id = @workspace_id

-- name: update_workspace :queued
-- Renames a workspace or changes its description.
-- param: workspace_id uuid
-- param: name text
-- param: description longtext?
-- param: list_key text
-- param: now time
-- scope: workspace
UPDATE Workspace
SET name = @name, description = @description, list_key = @list_key, updated_at = @now, version = version + 1
WHERE id = @workspace_id AND is_active = 1

-- name: update_list_keys :queued
-- Carries a new name into the members' lists.
-- param: workspace_id uuid
-- param: list_key text
-- scope: workspace
UPDATE WorkspaceMember SET list_key = @list_key WHERE workspace_id = @workspace_id

-- name: set_workspace_status :queued
-- Takes the workspace out of work, or puts it back. Who had archived what is suspended now is remembered.
-- param: workspace_id uuid
-- param: status text
-- param: held_by text?
-- param: now time
-- scope: workspace
UPDATE Workspace
SET status = @status, held_by = @held_by, updated_at = @now, version = version + 1,
    archived_by = CASE WHEN status = N'ARCHIVED' AND @status = N'SUSPENDED' THEN held_by END
WHERE id = @workspace_id

-- name: delete_workspace :queued
-- Soft delete: everything stays, nothing is reachable, an OWNER can restore it.
-- param: workspace_id uuid
-- param: now time
-- scope: workspace
UPDATE Workspace
SET is_active = 0, deleted_at = @now, updated_at = @now, version = version + 1
WHERE id = @workspace_id AND is_active = 1

-- name: restore_workspace :queued
-- Takes a soft delete back.
-- param: workspace_id uuid
-- param: now time
-- scope: workspace
UPDATE Workspace
SET is_active = 1, deleted_at = NULL, updated_at = @now, version = version + 1
WHERE id = @workspace_id AND is_active = 0

-- name: move_workspace :exec
-- Into an organisation, or out of one with NULL; both sides have agreed. Right only under both guard rows.
-- param: workspace_id uuid
-- param: org_id uuid?
-- param: now time
-- scope: global tenant: moves a workspace between organisations, which is to change what it is of
UPDATE Workspace SET org_id = @org_id, updated_at = @now, version = version + 1 WHERE id = @workspace_id
