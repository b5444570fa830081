-- name: insert_scim_user :queued
-- Somebody whom the directory has told of.
-- param: scim_user_id uuid
-- param: org_id uuid
-- param: connection_id uuid
-- param: account_id text?
-- param: external_id text?
-- param: user_name text
-- param: user_name_key text
-- param: is_active bool
-- param: attributes longtext
-- param: now time
-- scope: organization
INSERT INTO ScimUser (id, org_id, connection_id, account_id, external_id, user_name, user_name_key, is_active, attributes, created_at,
                      updated_at)
VALUES (@scim_user_id, @org_id, @connection_id, @account_id, @external_id, @user_name, @user_name_key, @is_active, @attributes, @now,
        @now)

-- name: update_scim_user :queued
-- What the directory says of somebody now.
-- param: scim_user_id uuid
-- param: org_id uuid
-- param: connection_id uuid
-- param: account_id text?
-- param: external_id text?
-- param: user_name text
-- param: user_name_key text
-- param: is_active bool
-- param: attributes longtext
-- param: now time
-- scope: organization
UPDATE ScimUser
SET account_id = @account_id, external_id = @external_id, user_name = @user_name, user_name_key = @user_name_key,
    is_active = @is_active, attributes = @attributes, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND connection_id = @connection_id AND id = @scim_user_id

-- name: delete_scim_user_members :queued
-- Takes somebody out of every group.
-- param: org_id uuid
-- param: scim_user_id uuid
-- scope: organization
DELETE FROM ScimGroupMember WHERE org_id = @org_id AND scim_user_id = @scim_user_id

-- name: delete_scim_user_emails :queued
-- By no address is somebody found any more.
-- param: org_id uuid
-- param: scim_user_id uuid
-- scope: organization
DELETE FROM ScimUserEmail WHERE org_id = @org_id AND scim_user_id = @scim_user_id

-- name: insert_scim_user_emails :queued
-- By which addresses somebody is found; email_keys: a JSON array, each once.
-- param: org_id uuid
-- param: connection_id uuid
-- param: scim_user_id uuid
-- param: email_keys longtext
-- scope: organization
INSERT INTO ScimUserEmail (org_id, connection_id, scim_user_id, email_key)
SELECT @org_id, @connection_id, @scim_user_id, j.value
FROM OPENJSON(@email_keys) AS j

-- name: delete_scim_user :queued
-- The directory has deleted somebody; their groups and addresses first.
-- param: org_id uuid
-- param: scim_user_id uuid
-- scope: organization
DELETE FROM ScimUser WHERE org_id = @org_id AND id = @scim_user_id

-- name: find_scim_user :optional
-- Somebody by the id that this service gave.
-- param: org_id uuid
-- param: connection_id uuid
-- param: scim_user_id uuid
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.id = @scim_user_id

-- name: find_scim_user_by_name :optional
-- Somebody by userName, whatever its case.
-- param: org_id uuid
-- param: connection_id uuid
-- param: user_name_key text
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.user_name_key = @user_name_key

-- name: find_scim_user_by_external_id :optional
-- Somebody by the directory's own id.
-- param: org_id uuid
-- param: connection_id uuid
-- param: external_id text
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.external_id = @external_id

-- name: find_scim_user_of_account :optional
-- Somebody by whose account it is.
-- param: org_id uuid
-- param: connection_id uuid
-- param: account_id text
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.account_id = @account_id

-- name: list_scim_users_by_email :page
-- Those who have an address, in the order of their ids.
-- param: org_id uuid
-- param: connection_id uuid
-- param: email_key text
-- param: page_size int
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUserEmail AS e
JOIN ScimUser AS u ON u.org_id = @org_id AND u.id = e.scim_user_id
WHERE e.org_id = @org_id AND e.connection_id = @connection_id AND e.email_key = @email_key
ORDER BY e.scim_user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: count_scim_users :value
-- How many there are.
-- param: org_id uuid
-- param: connection_id uuid
-- returns: int
-- scope: organization
SELECT c.user_count AS users FROM ScimConnection AS c WHERE c.org_id = @org_id AND c.id = @connection_id

-- name: count_scim_users_by_active :value
-- How many are active, or are not.
-- param: org_id uuid
-- param: connection_id uuid
-- param: is_active bool
-- returns: int
-- scope: organization
SELECT COUNT(*) AS users FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.is_active = @is_active

-- name: list_scim_users :page
-- So many, in the order of their ids, after a place.
-- param: org_id uuid
-- param: connection_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.id > @after_id
ORDER BY u.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_scim_users_by_active :page
-- As list_scim_users, of those that are active, or of those that are not.
-- param: org_id uuid
-- param: connection_id uuid
-- param: is_active bool
-- param: after_id uuid
-- param: page_size int
-- returns: ScimUserRow
-- scope: organization
SELECT u.id, u.account_id, u.external_id, u.user_name, u.is_active, u.attributes, u.created_at, u.updated_at, u.version
FROM ScimUser AS u
WHERE u.org_id = @org_id AND u.connection_id = @connection_id AND u.is_active = @is_active AND u.id > @after_id
ORDER BY u.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_scim_groups_of_users :many
-- The groups of a page of people; ids: a JSON array.
-- param: org_id uuid
-- param: ids longtext
-- param: page_size int
-- returns: ScimUserGroupRow
-- scope: organization
-- plan: sorts the groups of one page of people
SELECT m.scim_user_id, g.id, g.display_name
FROM OPENJSON(@ids) AS j
CROSS JOIN ScimGroupMember AS m
JOIN ScimGroup AS g ON g.org_id = @org_id AND g.id = m.group_id
WHERE m.org_id = @org_id AND m.scim_user_id = CAST(j.value AS UNIQUEIDENTIFIER)
ORDER BY m.scim_user_id, g.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: find_scim_user_place :one
-- The id of the last of the first few: RFC 7644 counts places, from 1 (section 3.4.2.4).
-- param: org_id uuid
-- param: connection_id uuid
-- param: skip int
-- returns: ScimUserPlaceRow
-- scope: organization
SELECT MAX(s.id) AS id
FROM (SELECT k.id FROM ScimUser AS k
      WHERE k.org_id = @org_id AND k.connection_id = @connection_id
      ORDER BY k.id OFFSET 0 ROWS FETCH NEXT @skip ROWS ONLY) AS s

-- name: find_scim_user_place_by_active :one
-- The id of the last of the first few, of those that are active or are not: RFC 7644 counts places, from 1 (section 3.4.2.4).
-- param: org_id uuid
-- param: connection_id uuid
-- param: is_active bool
-- param: skip int
-- returns: ScimUserPlaceRow
-- scope: organization
SELECT MAX(s.id) AS id
FROM (SELECT k.id FROM ScimUser AS k
      WHERE k.org_id = @org_id AND k.connection_id = @connection_id AND k.is_active = @is_active
      ORDER BY k.id OFFSET 0 ROWS FETCH NEXT @skip ROWS ONLY) AS s
