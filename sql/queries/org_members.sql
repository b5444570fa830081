-- name: insert_org_member :queued
-- Adds a user to an organisation. UQ_OrganizationMember_user refuses a second time, UQ_OrganizationMember_owner a
-- second OWNER.
-- param: member_id uuid
-- param: org_id uuid
-- param: user_id text
-- param: display_name text?
-- param: role text
-- param: source text
-- param: added_by text
-- param: now time
-- param: list_key text
-- param: member_key text
-- scope: organization
INSERT INTO OrganizationMember (id, org_id, user_id, display_name, role, source, added_at, added_by, updated_at, list_key,
                                member_key)
VALUES (@member_id, @org_id, @user_id, @display_name, @role, @source, @now, @added_by, @now, @list_key, @member_key)

-- name: get_org_member :optional
-- One member by the user's id.
-- param: org_id uuid
-- param: member_user_id text
-- returns: OrgMemberRow
-- scope: organization
SELECT m.id, m.org_id, m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, m.updated_at, m.version
FROM OrganizationMember AS m
WHERE m.org_id = @org_id AND m.user_id = @member_user_id

-- name: get_org_owner :optional
-- The one OWNER. Under lock_organization it is the one to the commit.
-- param: org_id uuid
-- returns: OrgMemberRow
-- scope: organization
SELECT m.id, m.org_id, m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, m.updated_at, m.version
FROM OrganizationMember AS m
WHERE m.org_id = @org_id AND m.role = N'OWNER'

-- name: list_org_members :many
-- The members by display name, after the cursor, in the range of keys that a name filter spans.
-- param: org_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: OrgMemberRow
-- scope: organization
SELECT m.id, m.org_id, m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, m.updated_at, m.version
FROM OrganizationMember AS m
WHERE m.org_id = @org_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_org_members_by_role :many
-- As list_org_members, those of one role.
-- param: org_id uuid
-- param: role text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: OrgMemberRow
-- scope: organization
SELECT m.id, m.org_id, m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, m.updated_at, m.version
FROM OrganizationMember AS m
WHERE m.org_id = @org_id AND m.role = @role AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_org_list_key :value
-- The organisation's list key, to give to a new member.
-- param: org_id uuid
-- returns: text
-- scope: organization
SELECT o.list_key FROM Organization AS o WHERE o.id = @org_id

-- name: set_org_role :queued
-- Gives a member another role. Who was OWNER goes first: UQ_OrganizationMember_owner never sees two.
-- param: org_id uuid
-- param: member_user_id text
-- param: role text
-- param: now time
-- scope: organization
UPDATE OrganizationMember
SET role = @role, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND user_id = @member_user_id

-- name: delete_org_member :queued
-- Ends a membership, but never the OWNER's.
-- param: org_id uuid
-- param: member_user_id text
-- scope: organization
DELETE FROM OrganizationMember WHERE org_id = @org_id AND user_id = @member_user_id AND role <> N'OWNER'
