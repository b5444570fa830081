-- name: list_standing :many
-- The organisations of an account, with its role in each and the caller's: whether the caller administers them all.
-- param: user_id text
-- param: account_id text
-- param: page_size int
-- returns: StandingRow
-- scope: global tenant: whether somebody administers all organisations of a person is asked of all of them
SELECT theirs.org_id, theirs.role, theirs.source,
       CASE WHEN NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = theirs.org_id AND stop.user_id = @user_id)
            THEN mine.role END AS own_role
FROM OrganizationMember AS theirs
LEFT JOIN OrganizationMember AS mine ON mine.org_id = theirs.org_id AND mine.user_id = @user_id
WHERE theirs.user_id = @account_id
ORDER BY theirs.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: is_administrator :value
-- Whether an account is marked as an administrator of the platform.
-- param: account_id text
-- returns: bool
-- scope: global whoever administers the platform is stopped by its administrators alone
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM UserAccount AS u WHERE u.id = @account_id AND u.is_platform_admin = 1
) THEN 1 ELSE 0 END AS is_administrator

-- name: set_account_status :queued
-- Stops an account, which ends every session of it, or puts it back: whatever was minted before stays ended.
-- param: account_id text
-- param: status text
-- param: held_by text?
-- param: now time
-- scope: global the account is somebody else's than the caller's
UPDATE UserAccount
SET status = @status, held_by = @held_by, session_version = session_version + 1, updated_at = @now, version = version + 1
WHERE id = @account_id

-- name: insert_user_status_event :queued
-- What became of the account's status, for its history.
-- param: account_id text
-- param: seq int
-- param: from_status text
-- param: to_status text
-- param: reason text?
-- param: actor_id text
-- param: now time
-- scope: global the account is somebody else's than the caller's
INSERT INTO UserStatusEvent (user_id, seq, from_status, to_status, reason, actor_id, at)
VALUES (@account_id, @seq, @from_status, @to_status, @reason, @actor_id, @now)

-- name: list_user_status_events :many
-- The history of an account's status, the newest first, before the cursor.
-- param: account_id text
-- param: before_seq int
-- param: page_size int
-- returns: UserStatusEventRow
-- scope: global whoever may change an account's status may read its history
SELECT e.seq, e.from_status, e.to_status, e.reason, e.actor_id, e.at
FROM UserStatusEvent AS e
WHERE e.user_id = @account_id AND e.seq < @before_seq
ORDER BY e.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
