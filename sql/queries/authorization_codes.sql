-- name: insert_code :queued
-- A code for somebody who has just proved who they are.
-- param: code_hash ascii
-- param: user_id text
-- param: family_id uuid
-- param: redirect_uri text
-- param: challenge ascii
-- param: nonce ascii
-- param: session_version int
-- param: now time
-- param: expires_at time
-- scope: caller
INSERT INTO AuthorizationCode (code_hash, user_id, family_id, redirect_uri, challenge, nonce, session_version, created_at, expires_at)
VALUES (@code_hash, @user_id, @family_id, @redirect_uri, @challenge, @nonce, @session_version, @now, @expires_at)

-- name: find_code :optional
-- A code, with the account it was given for.
-- param: code_hash ascii
-- returns: CodeRow
-- scope: global the code itself says who is calling
SELECT c.user_id, c.family_id, c.redirect_uri, c.challenge, c.nonce, c.session_version, c.created_at, c.expires_at, c.used_at,
       u.email, u.directory_name, u.status, u.session_version AS account_version
FROM AuthorizationCode AS c
JOIN UserAccount AS u ON u.id = c.user_id
WHERE c.code_hash = @code_hash

-- name: use_code :exec
-- Spends a code; the row is the guard: of two who try at once, one changes a row.
-- param: code_hash ascii
-- param: user_id text
-- param: now time
-- scope: caller
UPDATE AuthorizationCode SET used_at = @now WHERE code_hash = @code_hash AND user_id = @user_id AND used_at IS NULL
