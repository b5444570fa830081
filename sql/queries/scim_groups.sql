-- name: insert_scim_group :queued
-- A group that the directory has told of.
-- param: group_id uuid
-- param: org_id uuid
-- param: connection_id uuid
-- param: external_id text?
-- param: display_name text
-- param: name_key text
-- param: attributes longtext
-- param: now time
-- scope: organization
INSERT INTO ScimGroup (id, org_id, connection_id, external_id, display_name, name_key, attributes, created_at, updated_at)
VALUES (@group_id, @org_id, @connection_id, @external_id, @display_name, @name_key, @attributes, @now, @now)

-- name: update_scim_group :queued
-- What the directory says of a group now; also where its members alone are others.
-- param: group_id uuid
-- param: org_id uuid
-- param: connection_id uuid
-- param: external_id text?
-- param: display_name text
-- param: name_key text
-- param: attributes longtext
-- param: now time
-- scope: organization
UPDATE ScimGroup
SET external_id = @external_id, display_name = @display_name, name_key = @name_key, attributes = @attributes,
    updated_at = @now, version = version + 1
WHERE org_id = @org_id AND connection_id = @connection_id AND id = @group_id

-- name: delete_scim_group_mappings :queued
-- A group's mappings end with it.
-- param: org_id uuid
-- param: group_id uuid
-- scope: organization
DELETE FROM ScimGroupMapping WHERE org_id = @org_id AND group_id = @group_id

-- name: delete_scim_group_members :exec
-- Takes everybody out of a group; but for those whom the JSON array names.
-- param: org_id uuid
-- param: group_id uuid
-- param: kept longtext
-- scope: organization
DELETE FROM ScimGroupMember
WHERE org_id = @org_id AND group_id = @group_id
  AND scim_user_id NOT IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@kept) AS j)

-- name: delete_scim_group :queued
-- The directory has deleted a group; its members and mappings first.
-- param: org_id uuid
-- param: group_id uuid
-- scope: organization
DELETE FROM ScimGroup WHERE org_id = @org_id AND id = @group_id

-- name: insert_scim_members :exec
-- Puts people of the same directory into a group, those who are not in it; ids: a JSON array.
-- param: org_id uuid
-- param: connection_id uuid
-- param: group_id uuid
-- param: ids longtext
-- scope: organization
INSERT INTO ScimGroupMember (org_id, connection_id, group_id, scim_user_id)
SELECT @org_id, @connection_id, @group_id, u.id
FROM OPENJSON(@ids) AS j
CROSS JOIN ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.id = CAST(j.value AS UNIQUEIDENTIFIER)
  AND NOT EXISTS (SELECT 1 FROM ScimGroupMember AS m
                  WHERE m.org_id = @org_id AND m.group_id = @group_id AND m.scim_user_id = u.id)

-- name: delete_scim_members :exec
-- Takes people out of a group; ids: a JSON array.
-- param: org_id uuid
-- param: group_id uuid
-- param: ids longtext
-- scope: organization
DELETE FROM ScimGroupMember
WHERE org_id = @org_id AND group_id = @group_id
  AND scim_user_id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: count_scim_known :value
-- How many of these ids are people of the directory; ids: a JSON array, each once.
-- param: org_id uuid
-- param: connection_id uuid
-- param: ids longtext
-- returns: int
-- scope: organization
SELECT COUNT(*) AS known
FROM OPENJSON(@ids) AS j
CROSS JOIN ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: find_scim_group :optional
-- A group by the id that this service gave.
-- param: org_id uuid
-- param: connection_id uuid
-- param: group_id uuid
-- returns: ScimGroupRow
-- scope: organization
SELECT g.id, g.external_id, g.display_name, g.attributes, g.created_at, g.updated_at, g.version
FROM ScimGroup AS g
WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.id = @group_id

-- name: find_scim_group_by_external_id :optional
-- A group by the directory's own id.
-- param: org_id uuid
-- param: connection_id uuid
-- param: external_id text
-- returns: ScimGroupRow
-- scope: organization
SELECT g.id, g.external_id, g.display_name, g.attributes, g.created_at, g.updated_at, g.version
FROM ScimGroup AS g
WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.external_id = @external_id

-- name: list_scim_groups_by_name :page
-- Groups of a name, whatever its case, in the order of their ids.
-- param: org_id uuid
-- param: connection_id uuid
-- param: name_key text
-- param: page_size int
-- returns: ScimGroupRow
-- scope: organization
SELECT g.id, g.external_id, g.display_name, g.attributes, g.created_at, g.updated_at, g.version
FROM ScimGroup AS g
WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.name_key = @name_key
ORDER BY g.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_scim_groups_of_member :page
-- The groups that somebody is in, in the order of their ids.
-- param: org_id uuid
-- param: connection_id uuid
-- param: scim_user_id uuid
-- param: page_size int
-- returns: ScimGroupRow
-- scope: organization
SELECT g.id, g.external_id, g.display_name, g.attributes, g.created_at, g.updated_at, g.version
FROM ScimGroupMember AS m
JOIN ScimGroup AS g ON g.org_id = @org_id AND g.id = m.group_id
WHERE m.org_id = @org_id AND m.connection_id = @connection_id AND m.scim_user_id = @scim_user_id
ORDER BY m.group_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: count_scim_groups :value
-- How many there are.
-- param: org_id uuid
-- param: connection_id uuid
-- returns: int
-- scope: organization
SELECT c.group_count AS found FROM ScimConnection AS c WHERE c.org_id = @org_id AND c.id = @connection_id

-- name: list_scim_groups :page
-- So many, in the order of their ids, after a place.
-- param: org_id uuid
-- param: connection_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: ScimGroupRow
-- scope: organization
SELECT g.id, g.external_id, g.display_name, g.attributes, g.created_at, g.updated_at, g.version
FROM ScimGroup AS g
WHERE g.org_id = @org_id AND g.connection_id = @connection_id AND g.id > @after_id
ORDER BY g.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_scim_members :many
-- The people of some groups, by id; groups: a JSON array.
-- param: org_id uuid
-- param: groups longtext
-- param: page_size int
-- returns: ScimMemberRow
-- scope: organization
-- plan: sorts the members of one page of groups
SELECT m.group_id, m.scim_user_id
FROM OPENJSON(@groups) AS j
CROSS JOIN ScimGroupMember AS m
WHERE m.org_id = @org_id AND m.group_id = CAST(j.value AS UNIQUEIDENTIFIER)
ORDER BY m.group_id, m.scim_user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_mapped_workspaces :many
-- The workspaces in which a group makes something of people.
-- param: org_id uuid
-- param: group_id uuid
-- returns: MappedWorkspaceRow
-- scope: organization
SELECT p.workspace_id
FROM ScimGroupMapping AS p
WHERE p.org_id = @org_id AND p.group_id = @group_id

-- name: list_accounts_of_scim_users :many
-- Whose accounts they are, of those who have one; ids: a JSON array.
-- param: org_id uuid
-- param: connection_id uuid
-- param: ids longtext
-- returns: ScimAccountRow
-- scope: organization
SELECT u.account_id
FROM OPENJSON(@ids) AS j
CROSS JOIN ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.id = CAST(j.value AS UNIQUEIDENTIFIER)
  AND u.account_id IS NOT NULL

-- name: find_scim_group_place :one
-- The id of the last of the first few: RFC 7644 counts places, from 1 (section 3.4.2.4).
-- param: org_id uuid
-- param: connection_id uuid
-- param: skip int
-- returns: ScimGroupPlaceRow
-- scope: organization
SELECT MAX(s.id) AS id
FROM (SELECT k.id FROM ScimGroup AS k
      WHERE k.org_id = @org_id AND k.connection_id = @connection_id
      ORDER BY k.id OFFSET 0 ROWS FETCH NEXT @skip ROWS ONLY) AS s
