-- name: read_workspace_to_join :optional
-- What decides whether somebody may come into a workspace: its status, the role that whoever answers for them has in it
-- now, and whether they are in it already. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: user_id text
-- param: sponsor_id text
-- returns: JoinableRow
-- scope: workspace
SELECT w.name, w.org_id, w.status, o.status AS org_status, w.is_active, w.list_key, u.status AS sponsor_status,
       CASE WHEN NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @sponsor_id)
            THEN s.role END AS sponsor_role,
       s.display_name AS sponsor_name, m.role
FROM Workspace AS w
LEFT JOIN Organization AS o ON o.id = w.org_id
LEFT JOIN WorkspaceMember AS s ON s.workspace_id = @workspace_id AND s.user_id = @sponsor_id
LEFT JOIN UserAccount AS u ON u.id = s.user_id
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = @user_id
WHERE w.id = @workspace_id

-- name: read_organization_to_join :optional
-- As read_workspace_to_join, for an organisation, under lock_organization.
-- param: org_id uuid
-- param: user_id text
-- param: sponsor_id text
-- returns: JoinableRow
-- scope: organization
SELECT o.name, o.id AS org_id, o.status, o.status AS org_status, 1 AS is_active, o.list_key, u.status AS sponsor_status,
       CASE WHEN NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = @org_id AND stop.user_id = @sponsor_id)
            THEN s.role END AS sponsor_role, s.display_name AS sponsor_name, m.role
FROM Organization AS o
LEFT JOIN OrganizationMember AS s ON s.org_id = @org_id AND s.user_id = @sponsor_id
LEFT JOIN UserAccount AS u ON u.id = s.user_id
LEFT JOIN OrganizationMember AS m ON m.org_id = @org_id AND m.user_id = @user_id
WHERE o.id = @org_id
