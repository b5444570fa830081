-- name: insert_project_member :exec
-- Adds a member of the workspace to a project; no row where they are none. PK_ProjectMember refuses a second time. Right
-- only while the caller holds their account, whose name the key repeats, and the workspace.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: account_id text
-- param: added_by text
-- param: now time
-- scope: workspace
INSERT INTO ProjectMember (workspace_id, project_id, user_id, member_key, added_by, added_at)
SELECT @workspace_id, @project_id, m.user_id, m.member_key, @added_by, @now
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = @account_id

-- name: is_project_member :value
-- Whether somebody is a member of a project. Right only while the caller holds lock_project.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: account_id text
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM ProjectMember AS pm
    WHERE pm.workspace_id = @workspace_id AND pm.project_id = @project_id AND pm.user_id = @account_id
) THEN 1 ELSE 0 END AS is_project_member

-- name: list_project_members :many
-- The members of a project that the caller may see, by display name, after the cursor, in the range of keys that a name
-- filter spans.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: ProjectMemberRow
-- scope: workspace
SELECT pm.project_id, pm.user_id, m.id AS member_id, m.display_name, m.role, m.is_guest, pm.added_by, pm.added_at
FROM ProjectMember AS pm
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = pm.user_id
WHERE pm.workspace_id = @workspace_id AND pm.project_id = @project_id AND pm.member_key > @after_key
  AND (@before_key IS NULL OR pm.member_key < @before_key)
ORDER BY pm.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_project_member :optional
-- One member of a project.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: account_id text
-- returns: ProjectMemberRow
-- scope: workspace
SELECT pm.project_id, pm.user_id, m.id AS member_id, m.display_name, m.role, m.is_guest, pm.added_by, pm.added_at
FROM ProjectMember AS pm
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = pm.user_id
WHERE pm.workspace_id = @workspace_id AND pm.project_id = @project_id AND pm.user_id = @account_id

-- name: delete_project_member :queued
-- Takes somebody out of a project; they stay in the workspace.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM ProjectMember WHERE workspace_id = @workspace_id AND project_id = @project_id AND user_id = @account_id
