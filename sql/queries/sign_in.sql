-- name: insert_password :queued
-- The password of a local account. UQ_UserPassword_email refuses a second account of one address.
-- param: account_id text
-- param: email_key text
-- param: password_hash ascii
-- param: now time
-- scope: global the account is being registered; nobody has signed in yet
INSERT INTO UserPassword (user_id, email_key, password_hash, changed_at)
VALUES (@account_id, @email_key, @password_hash, @now)

-- name: find_password :optional
-- A local account by its folded e-mail address.
-- param: email_key text
-- returns: PasswordRow
-- scope: global whoever signs in is not known before this
SELECT p.user_id, p.password_hash, u.tid, u.email, u.directory_name, u.status, u.session_version
FROM UserPassword AS p
JOIN UserAccount AS u ON u.id = p.user_id
WHERE p.email_key = @email_key

-- name: get_password :optional
-- The caller's own password.
-- param: user_id text
-- returns: OwnPasswordRow
-- scope: caller
SELECT p.email_key, p.password_hash, u.email, u.directory_name, u.session_version
FROM UserPassword AS p
JOIN UserAccount AS u ON u.id = p.user_id
WHERE p.user_id = @user_id

-- name: set_password :exec
-- Another password, if it is still the one that was proved: of two who change it, one changes a row.
-- param: user_id text
-- param: password_hash ascii
-- param: proved_hash ascii
-- param: now time
-- scope: caller
UPDATE UserPassword SET password_hash = @password_hash, changed_at = @now
WHERE user_id = @user_id AND password_hash = @proved_hash

-- name: update_password_hash :queued
-- Stores the same password under today's Argon2 parameters.
-- param: user_id text
-- param: password_hash ascii
-- scope: caller
UPDATE UserPassword SET password_hash = @password_hash WHERE user_id = @user_id

-- name: delete_password :exec
-- Nobody signs in to this account with a password again. The row is the guard: of two who take it, one changes a row.
-- param: user_id text
-- param: password_hash ascii
-- scope: caller
DELETE FROM UserPassword WHERE user_id = @user_id AND password_hash = @password_hash

-- name: lock_throttle :queued
-- Takes the guard row of a throttle: failures are counted one after the other. The hint keeps a missing row
-- missing where the engine heeds it; elsewhere PK_SignInThrottle lets one of two begin to count, and the other
-- is run again.
-- param: throttle_key ascii
-- scope: global a throttle belongs to an address or an e-mail, not to an account
UPDATE SignInThrottle WITH (UPDLOCK, HOLDLOCK) SET failures = failures WHERE throttle_key = @throttle_key

-- name: find_throttle :optional
-- What was counted. Right only while the caller holds lock_throttle.
-- param: throttle_key ascii
-- returns: ThrottleRow
-- scope: global a throttle belongs to an address or an e-mail, not to an account
SELECT t.failures, t.expires_at
FROM SignInThrottle AS t
WHERE t.throttle_key = @throttle_key

-- name: insert_throttle :queued
-- Begins to count.
-- param: throttle_key ascii
-- param: expires_at time
-- scope: global a throttle belongs to an address or an e-mail, not to an account
INSERT INTO SignInThrottle (throttle_key, failures, expires_at) VALUES (@throttle_key, 1, @expires_at)

-- name: set_throttle :queued
-- Counts on, or begins anew after the window.
-- param: throttle_key ascii
-- param: failures int
-- param: expires_at time
-- scope: global a throttle belongs to an address or an e-mail, not to an account
UPDATE SignInThrottle SET failures = @failures, expires_at = @expires_at WHERE throttle_key = @throttle_key

-- name: forgive_throttle :queued
-- Gives back an attempt that was none: of a sign-in that succeeded, or that nobody judged.
-- param: throttle_key ascii
-- scope: global a throttle belongs to an address or an e-mail, not to an account
UPDATE SignInThrottle SET failures = failures - 1 WHERE throttle_key = @throttle_key AND failures > 0

-- name: delete_throttle :queued
-- A successful sign-in clears its account's count.
-- param: throttle_key ascii
-- scope: global a throttle belongs to an address or an e-mail, not to an account
DELETE FROM SignInThrottle WHERE throttle_key = @throttle_key

-- name: delete_expired_throttles :queued
-- Keeps the table as small as the last window.
-- param: now time
-- scope: global a throttle belongs to an address or an e-mail, not to an account
DELETE FROM SignInThrottle WHERE expires_at < @now

-- name: insert_refresh_token :queued
-- A new refresh token, kept as a digest.
-- param: token_id uuid
-- param: family_id uuid
-- param: user_id text
-- param: token_hash ascii
-- param: now time
-- param: expires_at time
-- scope: caller
INSERT INTO RefreshToken (id, family_id, user_id, token_hash, issued_at, expires_at)
VALUES (@token_id, @family_id, @user_id, @token_hash, @now, @expires_at)

-- name: find_refresh_token :optional
-- A refresh token by its digest, with the account it belongs to.
-- param: token_hash ascii
-- returns: RefreshTokenRow
-- scope: global the token itself says who is calling
SELECT t.id, t.family_id, t.user_id, t.issued_at, t.expires_at, t.used_at, t.revoked_at,
       u.tid, u.email, u.directory_name, u.status, u.session_version
FROM RefreshToken AS t
JOIN UserAccount AS u ON u.id = t.user_id
WHERE t.token_hash = @token_hash

-- name: use_refresh_token :exec
-- Spends a refresh token; the row is the guard: of two who try at once, one changes a row.
-- param: token_id uuid
-- param: user_id text
-- param: now time
-- scope: caller
UPDATE RefreshToken SET used_at = @now
WHERE id = @token_id AND user_id = @user_id AND used_at IS NULL AND revoked_at IS NULL

-- name: forgive_reuse :exec
-- Lets a token that was spent since then count once more, a bounded number of times: two tabs that refreshed at
-- once. The row is the guard here too.
-- param: token_id uuid
-- param: user_id text
-- param: since time
-- param: until time
-- param: most int
-- scope: caller
UPDATE RefreshToken SET forgiven = forgiven + 1
WHERE id = @token_id AND user_id = @user_id AND revoked_at IS NULL AND forgiven < @most
  AND used_at >= @since AND used_at <= @until

-- name: revoke_family :queued
-- Ends every token that descends from one sign-in (RFC 9700 section 4.14.2).
-- param: family_id uuid
-- param: user_id text
-- param: now time
-- scope: caller
UPDATE RefreshToken SET revoked_at = @now
WHERE family_id = @family_id AND user_id = @user_id AND revoked_at IS NULL

-- name: revoke_refresh_tokens :queued
-- Ends every refresh token of the caller.
-- param: user_id text
-- param: now time
-- scope: caller
UPDATE RefreshToken SET revoked_at = @now WHERE user_id = @user_id AND revoked_at IS NULL
