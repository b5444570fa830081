-- name: get_preferences :optional
-- How the caller wants to be told; nothing where it is as by default.
-- param: user_id text
-- returns: PreferencesRow
-- scope: caller
SELECT p.channels, p.digest, p.digest_hour, p.digest_weekday, p.time_zone, p.digest_key, p.version
FROM NotificationPreference AS p
WHERE p.user_id = @user_id

-- name: insert_preferences :queued
-- The first that are other than the default. The caller's account is locked.
-- param: user_id text
-- param: channels text
-- param: digest text
-- param: digest_hour int
-- param: digest_weekday int
-- param: time_zone text
-- param: next_digest_at time?
-- param: digest_key ascii
-- param: now time
-- scope: caller
INSERT INTO NotificationPreference (user_id, channels, digest, digest_hour, digest_weekday, time_zone, next_digest_at, digest_key,
                                    updated_at)
VALUES (@user_id, @channels, @digest, @digest_hour, @digest_weekday, @time_zone, @next_digest_at, @digest_key, @now)

-- name: update_preferences :queued
-- All of them. The caller's account is locked.
-- param: user_id text
-- param: channels text
-- param: digest text
-- param: digest_hour int
-- param: digest_weekday int
-- param: time_zone text
-- param: next_digest_at time?
-- param: digest_key ascii
-- param: now time
-- scope: caller
UPDATE NotificationPreference
SET channels = @channels, digest = @digest, digest_hour = @digest_hour, digest_weekday = @digest_weekday,
    time_zone = @time_zone, next_digest_at = @next_digest_at, digest_key = @digest_key, updated_at = @now, version = version + 1
WHERE user_id = @user_id

-- name: list_muted :many
-- The workspaces of the caller that they want to hear nothing of.
-- param: user_id text
-- returns: MutedRow
-- scope: caller
SELECT x.workspace_id
FROM WorkspaceMember AS m
JOIN NotificationMute AS x ON x.workspace_id = m.workspace_id AND x.user_id = @user_id
WHERE m.user_id = @user_id

-- name: mute_workspace :exec
-- The caller hears nothing of it from now on, unless they do not already. Right only while the caller holds the workspace's
-- guard row, as with what is watched.
-- param: workspace_id uuid
-- param: user_id text
-- scope: workspace
INSERT INTO NotificationMute (workspace_id, user_id)
SELECT @workspace_id, m.user_id FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id
  AND NOT EXISTS (SELECT 1 FROM NotificationMute AS x WHERE x.workspace_id = @workspace_id AND x.user_id = @user_id)

-- name: unmute_workspace :exec
-- The caller hears of it again.
-- param: workspace_id uuid
-- param: user_id text
-- scope: workspace
DELETE FROM NotificationMute WHERE workspace_id = @workspace_id AND user_id = @user_id

-- name: list_due_digests :many
-- Whose digest is due, the longest first.
-- param: now time
-- param: page_size int
-- returns: DueDigestRow
-- scope: global digests are for everybody
SELECT p.user_id, p.digest, p.digest_hour, p.digest_weekday, p.time_zone, p.next_digest_at, p.digest_key
FROM NotificationPreference AS p
WHERE p.next_digest_at <= @now
ORDER BY p.next_digest_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: advance_digest :exec
-- Takes one digest: of two processes one changes the row.
-- param: account_id text
-- param: due time
-- param: next_at time
-- param: until_key ascii
-- scope: global digests are for everybody
UPDATE NotificationPreference SET next_digest_at = @next_at, digest_key = @until_key
WHERE user_id = @account_id AND next_digest_at = @due

-- name: delete_preferences :queued
-- An erased person's.
-- param: account_id text
-- scope: global the person's own
DELETE FROM NotificationPreference WHERE user_id = @account_id
