-- name: read_session :optional
-- Whether the account may act and the PMA token still stands: for routes outside a workspace;
-- and whether it administers the platform.
-- param: user_id text
-- param: jti uuid?
-- returns: SessionRow
-- scope: caller
SELECT u.status AS account_status,
       u.session_version,
       CASE WHEN r.jti IS NULL THEN 0 ELSE 1 END AS is_revoked,
       u.is_platform_admin
FROM UserAccount AS u
LEFT JOIN TokenRevocation AS r ON r.jti = @jti AND r.user_id = @user_id
WHERE u.id = @user_id

-- name: get_account :optional
-- The caller's account.
-- param: user_id text
-- returns: AccountRow
-- scope: caller
SELECT u.id, u.tid, u.email, u.display_name, u.status, u.session_version, u.created_at, u.verified_at
FROM UserAccount AS u
WHERE u.id = @user_id

-- name: find_account :optional
-- Somebody's account, to add them to a workspace.
-- param: account_id text
-- returns: AccountRow
-- scope: global an ADMIN adds people by their user id, who are not the caller
SELECT u.id, u.tid, u.email, u.display_name, u.status, u.session_version, u.created_at, u.verified_at
FROM UserAccount AS u
WHERE u.id = @account_id

-- name: insert_account :queued
-- The account of somebody who has just proved who they are. PK_UserAccount refuses a second one of the same id.
-- param: account_id text
-- param: tid text
-- param: email text?
-- param: display_name text?
-- param: now time
-- scope: global an account is made by its own first sign-in
INSERT INTO UserAccount (id, tid, email, display_name, created_at, updated_at, verified_at)
VALUES (@account_id, @tid, @email, @display_name, @now, @now, @now)

-- name: expect_account :queued
-- An account made on somebody's behalf: it waits for its sign-in, which decides all of it but the id.
-- param: account_id text
-- param: tid text
-- param: display_name text?
-- param: now time
-- scope: global an ADMIN adds people by their user id, who are not the caller
INSERT INTO UserAccount (id, tid, display_name, created_at, updated_at)
VALUES (@account_id, @tid, @display_name, @now, @now)

-- name: claim_account :exec
-- The first sign-in takes an account that was made on its behalf: of two at once, one changes a row.
-- param: user_id text
-- param: tid text
-- param: email text?
-- param: display_name text?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET tid = @tid, email = @email, display_name = @display_name, verified_at = @now, updated_at = @now, version = version + 1
WHERE id = @user_id AND verified_at IS NULL

-- name: rename_memberships :queued
-- The name by which the caller's workspaces list them, now that it is known or another.
-- param: user_id text
-- param: display_name text
-- param: member_key text
-- param: now time
-- scope: caller
UPDATE WorkspaceMember
SET display_name = @display_name, member_key = @member_key, updated_at = @now, version = version + 1
WHERE user_id = @user_id

-- name: update_account :queued
-- Takes over what the identity provider says of the caller now.
-- param: user_id text
-- param: email text?
-- param: display_name text?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET email = @email, display_name = @display_name, updated_at = @now, version = version + 1
WHERE id = @user_id

-- name: bump_session_version :queued
-- Ends every PMA token of the caller, and every access token of the local issuer.
-- param: user_id text
-- param: now time
-- scope: caller
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
-- param: user_id text
-- param: page_size int
-- returns: RoleRow
-- scope: caller
SELECT w.id, w.name, m.role
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.user_id = @user_id AND w.is_active = 1
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
