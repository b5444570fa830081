-- name: insert_browser_session :queued
-- A browser that has signed in. UQ_BrowserSession_hash refuses a second one of the same cookie.
-- param: session_id uuid
-- param: token_hash ascii
-- param: user_id text
-- param: provider text
-- param: subject text
-- param: sid text?
-- param: sealed longtext
-- param: key_id text
-- param: session_version int
-- param: user_agent text
-- param: now time
-- param: expires_at time
-- param: renew_at time
-- scope: caller
INSERT INTO BrowserSession (id, token_hash, user_id, provider, subject, sid, sealed, key_id, session_version, user_agent,
                            created_at, last_seen_at, expires_at, renew_at)
VALUES (@session_id, @token_hash, @user_id, @provider, @subject, @sid, @sealed, @key_id, @session_version, @user_agent,
        @now, @now, @expires_at, @renew_at)

-- name: find_browser_session :optional
-- What a cookie stands for, with what its account says of it now.
-- param: token_hash ascii
-- returns: BrowserSessionRow
-- scope: global the cookie itself says who is calling
SELECT s.id, s.user_id, s.provider, s.sealed, s.key_id, s.version, s.session_version, s.created_at, s.last_seen_at, s.expires_at,
       s.renew_at, s.renewing_until, u.status AS account_status, u.session_version AS account_version
FROM BrowserSession AS s
JOIN UserAccount AS u ON u.id = s.user_id
WHERE s.token_hash = @token_hash

-- name: claim_renewal :exec
-- Takes the right to renew these tokens, until then: of two who try at once, one changes a row. What is held for longer
-- than anybody holds it was taken while the clock was ahead.
-- param: session_id uuid
-- param: user_id text
-- param: version int
-- param: now time
-- param: until time
-- scope: caller
UPDATE BrowserSession SET renewing_until = @until
WHERE id = @session_id AND user_id = @user_id AND version = @version
  AND (renewing_until IS NULL OR renewing_until <= @now OR renewing_until > @until)

-- name: postpone_renewal :queued
-- Nobody tries again before then.
-- param: session_id uuid
-- param: user_id text
-- param: version int
-- param: until time
-- scope: caller
UPDATE BrowserSession SET renewing_until = @until WHERE id = @session_id AND user_id = @user_id AND version = @version

-- name: renew_browser_session :exec
-- Other tokens in the place of these; nobody renews them before then.
-- param: session_id uuid
-- param: user_id text
-- param: version int
-- param: sealed longtext
-- param: key_id text
-- param: renew_at time
-- param: not_before time?
-- scope: caller
UPDATE BrowserSession
SET sealed = @sealed, key_id = @key_id, renew_at = @renew_at, renewing_until = @not_before, version = version + 1
WHERE id = @session_id AND user_id = @user_id AND version = @version

-- name: touch_browser_session :queued
-- Somebody was here.
-- param: session_id uuid
-- param: user_id text
-- param: now time
-- scope: caller
UPDATE BrowserSession SET last_seen_at = @now WHERE id = @session_id AND user_id = @user_id

-- name: get_browser_session :optional
-- One session of the caller's.
-- param: session_id uuid
-- param: user_id text
-- returns: OwnSessionRow
-- scope: caller
SELECT s.id, s.provider, s.user_agent, s.created_at, s.last_seen_at, s.expires_at
FROM BrowserSession AS s
WHERE s.id = @session_id AND s.user_id = @user_id

-- name: read_sealed_session :optional
-- What a session of the caller's holds, for the last time.
-- param: session_id uuid
-- param: user_id text
-- returns: SealedSessionRow
-- scope: caller
SELECT s.id, s.provider, s.sealed, s.key_id
FROM BrowserSession AS s
WHERE s.id = @session_id AND s.user_id = @user_id

-- name: list_browser_sessions :many
-- The caller's sessions, the newest first.
-- param: user_id text
-- param: page_size int
-- returns: OwnSessionRow
-- scope: caller
SELECT s.id, s.provider, s.user_agent, s.created_at, s.last_seen_at, s.expires_at
FROM BrowserSession AS s
WHERE s.user_id = @user_id
ORDER BY s.created_at DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: end_browser_session :exec
-- Ends one session of the caller's; of two who try at once, one changes a row.
-- param: session_id uuid
-- param: user_id text
-- scope: caller
DELETE FROM BrowserSession WHERE id = @session_id AND user_id = @user_id

-- name: end_session_of_cookie :queued
-- Ends what another cookie of the same browser stood for, whoever it was of.
-- param: token_hash ascii
-- scope: global the cookie itself says whose it is
DELETE FROM BrowserSession WHERE token_hash = @token_hash

-- name: end_browser_sessions :exec
-- Ends all of the caller's sessions.
-- param: user_id text
-- scope: caller
DELETE FROM BrowserSession WHERE user_id = @user_id

-- name: end_oldest_sessions :queued
-- Ends the caller's sessions but for the newest ones, of which at least one is kept.
-- param: user_id text
-- param: kept int
-- scope: caller
DELETE FROM BrowserSession
WHERE user_id = @user_id AND id NOT IN (
    SELECT s.id FROM BrowserSession AS s WHERE s.user_id = @user_id
    ORDER BY s.created_at DESC OFFSET 0 ROWS FETCH NEXT @kept ROWS ONLY
)

-- name: list_sessions_of_sid :many
-- The sessions that came of one session at the directory.
-- param: provider text
-- param: sid text
-- param: page_size int
-- returns: DirectorySessionRow
-- scope: global the directory says that it has ended
SELECT s.id, s.user_id, s.subject
FROM BrowserSession AS s
WHERE s.provider = @provider AND s.sid = @sid
ORDER BY s.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_sessions_of_subject :many
-- The sessions of one of the directory's people.
-- param: provider text
-- param: subject text
-- param: page_size int
-- returns: DirectorySessionRow
-- scope: global the directory says that they have ended
SELECT s.id, s.user_id, s.subject
FROM BrowserSession AS s
WHERE s.provider = @provider AND s.subject = @subject
ORDER BY s.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
