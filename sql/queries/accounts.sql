-- name: read_session :optional
-- Whether the account may act and the PMA token still stands, whether it administers the platform, and the name it is
-- shown by: for routes outside a workspace.
-- param: user_id text
-- param: jti uuid?
-- returns: SessionRow
-- scope: caller
SELECT u.status AS account_status,
       u.session_version,
       CASE WHEN r.jti IS NULL THEN 0 ELSE 1 END AS is_revoked,
       u.is_platform_admin,
       u.display_name
FROM UserAccount AS u
LEFT JOIN TokenRevocation AS r ON r.jti = @jti AND r.user_id = @user_id
WHERE u.id = @user_id

-- name: get_account :optional
-- The caller's account.
-- param: user_id text
-- returns: AccountRow
-- scope: caller
SELECT u.id, u.tid, u.email, u.display_name, u.directory_name, u.status, u.session_version, u.created_at, u.verified_at, u.expected_by,
       u.last_seen_at
FROM UserAccount AS u
WHERE u.id = @user_id

-- name: find_account :optional
-- Somebody's account, to add them to a workspace.
-- param: account_id text
-- returns: AccountRow
-- scope: global an ADMIN adds people by their user id, who are not the caller
SELECT u.id, u.tid, u.email, u.display_name, u.directory_name, u.status, u.session_version, u.created_at, u.verified_at, u.expected_by,
       u.last_seen_at
FROM UserAccount AS u
WHERE u.id = @account_id

-- name: lock_account :queued
-- Takes the guard row of everything decided about an account, as lock_workspace does for a workspace: its status, its
-- sessions, the names it is listed by. First of all locks; of two accounts, that of the lower id first.
-- param: account_id text
-- scope: global an account is decided about by others too, who are not the caller
UPDATE UserAccount SET version = version WHERE id = @account_id

-- name: insert_account :queued
-- The account of somebody who has just proved who they are. PK_UserAccount refuses a second one of the same id.
-- param: account_id text
-- param: tid text
-- param: email text?
-- param: display_name text?
-- param: now time
-- scope: global an account is made by its own first sign-in
INSERT INTO UserAccount (id, tid, email, display_name, directory_name, created_at, updated_at, verified_at)
VALUES (@account_id, @tid, @email, @display_name, @display_name, @now, @now, @now)

-- name: expect_account :queued
-- An account made on somebody's behalf, by whoever expects them: it waits for its sign-in, which decides all of it but
-- the id.
-- param: account_id text
-- param: tid text
-- param: display_name text?
-- param: expected_by text
-- param: now time
-- scope: global an ADMIN adds people by their user id, who are not the caller
INSERT INTO UserAccount (id, tid, display_name, expected_by, expected_at, created_at, updated_at)
VALUES (@account_id, @tid, @display_name, @expected_by, @now, @now, @now)

-- name: claim_account :exec
-- The first sign-in takes an account that was made on its behalf, whatever anybody has made of it meanwhile: of two
-- at once, one changes a row.
-- param: user_id text
-- param: tid text
-- param: email text?
-- param: display_name text?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET tid = @tid, email = @email, display_name = @display_name, directory_name = @display_name, status = N'ACTIVE',
    held_by = NULL, verified_at = @now, updated_at = @now, version = version + 1
WHERE id = @user_id AND verified_at IS NULL

-- name: rename_memberships :queued
-- The name by which the caller's workspaces list them, now that it is known or another.
-- param: user_id text
-- param: display_name text?
-- param: member_key text
-- param: now time
-- scope: caller
UPDATE WorkspaceMember
SET display_name = @display_name, member_key = @member_key, updated_at = @now, version = version + 1
WHERE user_id = @user_id

-- name: rename_org_memberships :queued
-- As rename_memberships, in the caller's organisations.
-- param: user_id text
-- param: display_name text?
-- param: member_key text
-- param: now time
-- scope: caller
UPDATE OrganizationMember
SET display_name = @display_name, member_key = @member_key, updated_at = @now, version = version + 1
WHERE user_id = @user_id

-- name: update_account :queued
-- Takes over what the identity provider says of the caller now. A name that they chose themselves stays what is shown.
-- param: user_id text
-- param: email text?
-- param: directory_name text?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET email = @email, directory_name = @directory_name,
    display_name = COALESCE((SELECT p.name FROM UserProfile AS p WHERE p.user_id = @user_id), @directory_name),
    updated_at = @now, version = version + 1
WHERE id = @user_id

-- name: index_account :queued
-- By what the account is found: whoever writes its name or its address writes this after it.
-- param: account_id text
-- param: list_key text
-- param: email_key text?
-- scope: global an account is made, and named, by others too
UPDATE UserAccount SET list_key = @list_key, email_key = @email_key WHERE id = @account_id

-- name: mark_seen :queued
-- When the caller was here, kept to the hour: of several at once, one changes a row. No change of what they are.
-- param: user_id text
-- param: before time
-- param: after time
-- param: now time
-- scope: caller
UPDATE UserAccount SET last_seen_at = @now
WHERE id = @user_id AND (last_seen_at IS NULL OR last_seen_at < @before OR last_seen_at > @after)

-- name: bump_session_version :queued
-- Ends every PMA token of somebody, and every access token of the local issuer.
-- param: user_id text
-- param: now time
-- scope: global a directory ends the sessions of its people, who are not the caller
UPDATE UserAccount
SET session_version = session_version + 1, updated_at = @now, version = version + 1
WHERE id = @user_id

-- name: insert_revocation :queued
-- Ends one PMA token.
-- param: jti uuid
-- param: user_id text
-- param: expires_at time
-- param: now time
-- scope: caller
INSERT INTO TokenRevocation (jti, user_id, expires_at, revoked_at)
VALUES (@jti, @user_id, @expires_at, @now)

-- name: list_roles :many
-- The first of the caller's workspaces, by name, with the role in each: what a token and a session tell.
-- With org_id, those of that organisation alone.
-- param: user_id text
-- param: org_id uuid?
-- param: page_size int
-- returns: RoleRow
-- scope: caller
SELECT w.id, w.name, m.role
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.user_id = @user_id AND w.is_active = 1
  AND (@org_id IS NULL OR w.org_id = @org_id)
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: set_default_org :queued
-- The organisation that the caller works in from now on; NULL for none.
-- param: user_id text
-- param: org_id uuid?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET default_org_id = @org_id, updated_at = @now, version = version + 1
WHERE id = @user_id

-- name: read_active_organization :optional
-- The organisation that the caller works in; no row where they chose none, or are not in it any more.
-- param: user_id text
-- returns: ActiveOrganizationRow
-- scope: caller
SELECT o.id, o.name, m.role
FROM UserAccount AS u
JOIN OrganizationMember AS m ON m.user_id = u.id AND m.org_id = u.default_org_id
JOIN Organization AS o ON o.id = m.org_id
WHERE u.id = @user_id
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = m.org_id AND stop.user_id = @user_id)
