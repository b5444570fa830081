-- name: list_org_workspaces :many
-- All workspaces of an organisation, by name, after the cursor, with the caller's role in each; the archived ones only
-- where they are asked for.
-- param: org_id uuid
-- param: user_id text
-- param: archived bool
-- param: after_key text
-- param: page_size int
-- returns: OrgWorkspaceRow
-- scope: organization
SELECT w.id, w.org_id, w.name, w.status, w.held_by, w.created_by, w.created_at, w.updated_at, w.version, m.role
FROM Workspace AS w
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = w.id AND m.user_id = @user_id
WHERE w.org_id = @org_id AND w.list_key > @after_key AND w.is_active = 1
  AND (@archived = 1 OR w.status <> N'ARCHIVED')
ORDER BY w.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_own_org_workspaces :many
-- As list_org_workspaces, those that the caller is in: by way of the caller's own list, which is in order. CASE keeps
-- an engine from beginning with the organisation's, and sorting.
-- param: org_id uuid
-- param: user_id text
-- param: archived bool
-- param: after_key text
-- param: page_size int
-- returns: OrgWorkspaceRow
-- scope: caller
SELECT w.id, w.org_id, w.name, w.status, w.held_by, w.created_by, w.created_at, w.updated_at, w.version, m.role
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.user_id = @user_id AND m.list_key > @after_key AND w.is_active = 1
  AND CASE WHEN w.org_id = @org_id THEN 1 ELSE 0 END = 1
  AND (@archived = 1 OR w.status <> N'ARCHIVED')
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: find_org_workspace :optional
-- A workspace of the organisation, as whoever governs it sees it. Under lock_organization it stays the organisation's,
-- under lock_workspace also as it is.
-- param: org_id uuid
-- param: workspace_id uuid
-- param: user_id text
-- returns: OrgWorkspaceRow
-- scope: organization
SELECT w.id, w.org_id, w.name, w.status, w.held_by, w.created_by, w.created_at, w.updated_at, w.version, m.role
FROM Workspace AS w
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = w.id AND m.user_id = @user_id
WHERE w.id = @workspace_id AND w.org_id = @org_id AND w.is_active = 1

-- name: find_member_of :optional
-- Somebody's membership of a workspace, by the user's id.
-- param: workspace_id uuid
-- param: member_user_id text
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = @member_user_id
