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
