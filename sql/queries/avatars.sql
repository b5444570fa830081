-- name: read_avatar :optional
-- Somebody's picture, if there is one.
-- param: account_id text
-- returns: AvatarRow
-- scope: global whoever sees somebody sees their picture; that they do is asked before
SELECT p.avatar_id, p.avatar_type, p.avatar_sha256
FROM UserProfile AS p
WHERE p.user_id = @account_id AND p.avatar_id IS NOT NULL

-- name: set_avatar :exec
-- Another picture, or none with NULL, of somebody who has told something of themselves before.
-- param: user_id text
-- param: avatar_id uuid?
-- param: avatar_type text?
-- param: avatar_sha256 ascii?
-- param: now time
-- scope: caller
UPDATE UserProfile
SET avatar_id = @avatar_id, avatar_type = @avatar_type, avatar_sha256 = @avatar_sha256, updated_at = @now
WHERE user_id = @user_id

-- name: insert_avatar :queued
-- The first that somebody tells of themselves. Right only while the caller holds lock_account.
-- param: user_id text
-- param: avatar_id uuid
-- param: avatar_type text
-- param: avatar_sha256 ascii
-- param: now time
-- scope: caller
INSERT INTO UserProfile (user_id, avatar_id, avatar_type, avatar_sha256, updated_at)
VALUES (@user_id, @avatar_id, @avatar_type, @avatar_sha256, @now)

-- name: is_avatar_used :value
-- Whether it is somebody's picture.
-- param: avatar_id uuid
-- returns: bool
-- scope: global the outbox works for everybody
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM UserProfile AS p WHERE p.avatar_id = @avatar_id
) THEN 1 ELSE 0 END AS is_avatar_used
