-- name: list_wanted_grants :many
-- What groups make of some people, in which workspaces of the organisation; accounts: a JSON array.
-- param: org_id uuid
-- param: connection_id uuid
-- param: accounts longtext
-- returns: WantedGrantRow
-- scope: organization
-- dialect: mssql
SELECT u.account_id, p.workspace_id, p.role, p.user_type_id, p.id
FROM OPENJSON(@accounts) WITH (account_id NVARCHAR(200) '$') AS j
JOIN ScimUser AS u ON u.org_id = @org_id AND u.connection_id = @connection_id AND u.account_id = j.account_id COLLATE Latin1_General_100_BIN2
JOIN ScimGroupMember AS m ON m.org_id = @org_id AND m.scim_user_id = u.id
JOIN ScimGroupMapping AS p ON p.org_id = @org_id AND p.group_id = m.group_id
JOIN Workspace AS w ON w.id = p.workspace_id AND w.org_id = @org_id AND w.is_active = 1
WHERE u.is_active = 1
-- dialect: sqlite
SELECT u.account_id, p.workspace_id, p.role, p.user_type_id, p.id
FROM json_each(@accounts) AS j
CROSS JOIN ScimUser AS u
CROSS JOIN ScimGroupMember AS m
CROSS JOIN ScimGroupMapping AS p
CROSS JOIN Workspace AS w
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.account_id = j.value AND u.is_active = 1
  AND m.org_id = @org_id AND m.scim_user_id = u.id AND p.org_id = @org_id AND p.group_id = m.group_id
  AND w.id = p.workspace_id AND w.org_id = @org_id AND w.is_active = 1

-- name: list_grants :many
-- What was made of them before; accounts: a JSON array.
-- param: org_id uuid
-- param: connection_id uuid
-- param: accounts longtext
-- returns: GrantRow
-- scope: organization
-- dialect: mssql
SELECT g.user_id, g.workspace_id, g.role, g.user_type_id, g.base_role, g.base_is_guest, g.base_type_id
FROM OPENJSON(@accounts) WITH (account_id NVARCHAR(200) '$') AS j
JOIN ScimGrant AS g ON g.org_id = @org_id AND g.connection_id = @connection_id AND g.user_id = j.account_id COLLATE Latin1_General_100_BIN2
-- dialect: sqlite
SELECT g.user_id, g.workspace_id, g.role, g.user_type_id, g.base_role, g.base_is_guest, g.base_type_id
FROM json_each(@accounts) AS j
CROSS JOIN ScimGrant AS g
WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.user_id = j.value

-- name: insert_grant :queued
-- Notes what groups have made of somebody, and what they were before. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: account_id text
-- param: org_id uuid
-- param: connection_id uuid
-- param: role text
-- param: user_type_id uuid?
-- param: base_role text?
-- param: base_is_guest bool
-- param: base_type_id uuid?
-- param: now time
-- scope: organization
INSERT INTO ScimGrant (workspace_id, user_id, org_id, connection_id, role, user_type_id, base_role, base_is_guest, base_type_id,
                       updated_at)
VALUES (@workspace_id, @account_id, @org_id, @connection_id, @role, @user_type_id, @base_role, @base_is_guest, @base_type_id, @now)

-- name: delete_grant :queued
-- Nothing that somebody is in a workspace comes from a group any more.
-- param: org_id uuid
-- param: workspace_id uuid
-- param: account_id text
-- scope: organization
DELETE FROM ScimGrant WHERE org_id = @org_id AND workspace_id = @workspace_id AND user_id = @account_id

-- name: list_grantees :many
-- Whom the groups of a directory make something in a workspace, or have made, after the cursor.
-- param: org_id uuid
-- param: connection_id uuid
-- param: workspace_id uuid
-- param: after_id text
-- param: page_size int
-- returns: GranteeRow
-- scope: organization
-- plan: sorts the people of the groups that are mapped to one workspace
SELECT d.user_id
FROM (SELECT u.account_id AS user_id
      FROM ScimGroupMapping AS p
      JOIN ScimGroupMember AS m ON m.org_id = @org_id AND m.group_id = p.group_id
      JOIN ScimUser AS u ON u.org_id = @org_id AND u.id = m.scim_user_id
      WHERE p.org_id = @org_id AND p.connection_id = @connection_id AND p.workspace_id = @workspace_id
        AND u.account_id IS NOT NULL AND u.account_id > @after_id
      UNION
      SELECT g.user_id
      FROM ScimGrant AS g
      WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.workspace_id = @workspace_id AND g.user_id > @after_id) AS d
ORDER BY d.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: find_connection_of_work :optional
-- Whose directory a job works for; nothing where its connection was cut.
-- param: connection_id uuid
-- returns: ConnectionOfWorkRow
-- scope: global tenant: the outbox works for every organisation
SELECT c.org_id, c.tid FROM ScimConnection AS c WHERE c.id = @connection_id

-- name: find_granted_workspace :optional
-- A workspace of the organisation, in which somebody is to be made something; nothing where it was moved out.
-- param: org_id uuid
-- param: workspace_id uuid
-- returns: GrantedWorkspaceRow
-- scope: organization
SELECT w.list_key, w.is_active,
       CASE WHEN w.status = N'ACTIVE' AND o.status = N'ACTIVE' THEN 1 ELSE 0 END AS is_in_work
FROM Workspace AS w
JOIN Organization AS o ON o.id = @org_id
WHERE w.org_id = @org_id AND w.id = @workspace_id
