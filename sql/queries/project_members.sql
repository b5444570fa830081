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
