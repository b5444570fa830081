-- name: list_directory_groups :many
-- The groups of the organisation's directories, by id after the cursor, with how many people are in each.
-- param: org_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: DirectoryGroupRow
-- scope: organization
-- plan: sorts the groups of one organisation
SELECT g.id, g.connection_id, g.external_id, g.display_name,
       (SELECT COUNT(*) FROM ScimGroupMember AS m WHERE m.org_id = @org_id AND m.group_id = g.id) AS members
FROM ScimGroup AS g
WHERE g.org_id = @org_id AND g.id > @after_id
ORDER BY g.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: find_directory_group :optional
-- One group, of whichever directory of the organisation.
-- param: org_id uuid
-- param: group_id uuid
-- returns: FoundGroupRow
-- scope: organization
SELECT g.id, g.connection_id, g.display_name, c.tid
FROM ScimGroup AS g
JOIN ScimConnection AS c ON c.org_id = @org_id AND c.id = g.connection_id
WHERE g.org_id = @org_id AND g.id = @group_id

-- name: insert_mapping_of_group :queued
-- What a group's people are in a workspace from now on. UQ_ScimGroupMapping_workspace refuses a second answer.
-- param: mapping_id uuid
-- param: org_id uuid
-- param: connection_id uuid
-- param: group_id uuid
-- param: workspace_id uuid
-- param: role text
-- param: user_type_id uuid?
-- param: created_by text
-- param: now time
-- scope: organization
INSERT INTO ScimGroupMapping (id, org_id, connection_id, group_id, workspace_id, role, user_type_id, created_by, created_at, updated_at)
VALUES (@mapping_id, @org_id, @connection_id, @group_id, @workspace_id, @role, @user_type_id, @created_by, @now, @now)

-- name: update_mapping_of_group :queued
-- Another role or user type.
-- param: org_id uuid
-- param: mapping_id uuid
-- param: role text
-- param: user_type_id uuid?
-- param: now time
-- scope: organization
UPDATE ScimGroupMapping SET role = @role, user_type_id = @user_type_id, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND id = @mapping_id

-- name: delete_mapping_of_group :queued
-- The group makes nothing of anybody there any more.
-- param: org_id uuid
-- param: mapping_id uuid
-- scope: organization
DELETE FROM ScimGroupMapping WHERE org_id = @org_id AND id = @mapping_id

-- name: find_mapping :optional
-- One mapping.
-- param: org_id uuid
-- param: mapping_id uuid
-- returns: MappingRow
-- scope: organization
SELECT p.id, p.connection_id, p.group_id, p.workspace_id, p.role, p.user_type_id, p.created_by, p.created_at, p.updated_at, p.version
FROM ScimGroupMapping AS p
WHERE p.org_id = @org_id AND p.id = @mapping_id

-- name: find_mapping_of_group :optional
-- What a group's people are in a workspace now.
-- param: org_id uuid
-- param: group_id uuid
-- param: workspace_id uuid
-- returns: MappingRow
-- scope: organization
SELECT p.id, p.connection_id, p.group_id, p.workspace_id, p.role, p.user_type_id, p.created_by, p.created_at, p.updated_at, p.version
FROM ScimGroupMapping AS p
WHERE p.org_id = @org_id AND p.group_id = @group_id AND p.workspace_id = @workspace_id

-- name: list_mappings_of_groups :many
-- The mappings, by id after the cursor.
-- param: org_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: MappingRow
-- scope: organization
SELECT p.id, p.connection_id, p.group_id, p.workspace_id, p.role, p.user_type_id, p.created_by, p.created_at, p.updated_at, p.version
FROM ScimGroupMapping AS p
WHERE p.org_id = @org_id AND p.id > @after_id
ORDER BY p.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_people_of_group :many
-- The accounts of a group's people who are active, by id after the cursor.
-- param: org_id uuid
-- param: group_id uuid
-- param: after_id text
-- param: page_size int
-- returns: PersonOfGroupRow
-- scope: organization
-- plan: sorts the people of one group
SELECT u.account_id, o.display_name
FROM ScimGroupMember AS m
JOIN ScimUser AS u ON u.org_id = @org_id AND u.id = m.scim_user_id
LEFT JOIN OrganizationMember AS o ON o.org_id = @org_id AND o.user_id = u.account_id
WHERE m.org_id = @org_id AND m.group_id = @group_id AND u.is_active = 1 AND u.account_id > @after_id
ORDER BY u.account_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_members_of_accounts :many
-- What some people are in a workspace; accounts: a JSON array.
-- param: workspace_id uuid
-- param: accounts longtext
-- returns: MemberRow
-- scope: workspace
-- dialect: mssql
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM OPENJSON(@accounts) WITH (account_id NVARCHAR(200) '$') AS j
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
-- dialect: sqlite
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM json_each(@accounts) AS j
CROSS JOIN WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = j.value
