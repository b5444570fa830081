-- name: insert_state :queued
-- A sign-in that begins. PK_OAuthState refuses a second one of the same state.
-- param: state_hash ascii
-- param: provider text
-- param: browser_hash ascii
-- param: session_hash ascii?
-- param: sealed ascii
-- param: key_id text
-- param: return_to text
-- param: now time
-- param: expires_at time
-- scope: global whoever signs in is not known before this
INSERT INTO OAuthState (state_hash, provider, browser_hash, session_hash, sealed, key_id, return_to, created_at, expires_at)
VALUES (@state_hash, @provider, @browser_hash, @session_hash, @sealed, @key_id, @return_to, @now, @expires_at)

-- name: find_state :optional
-- A sign-in under way, by its state.
-- param: state_hash ascii
-- returns: StateRow
-- scope: global whoever signs in is not known before this
SELECT s.provider, s.browser_hash, s.session_hash, s.sealed, s.key_id, s.return_to, s.created_at, s.expires_at, s.used_at
FROM OAuthState AS s
WHERE s.state_hash = @state_hash

-- name: use_state :exec
-- Spends a state; the row is the guard: of two who try at once, one changes a row.
-- param: state_hash ascii
-- param: now time
-- scope: global whoever signs in is not known before this
UPDATE OAuthState SET used_at = @now WHERE state_hash = @state_hash AND used_at IS NULL
