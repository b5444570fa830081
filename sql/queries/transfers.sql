-- name: insert_transfer :queued
-- An OWNER asks a member to take over. UQ_OwnershipTransfer_pending refuses a second one that waits.
-- param: transfer_id uuid
-- param: workspace_id uuid
-- param: from_user text
-- param: to_user text
-- param: now time
-- param: expires_at time
-- param: list_key text
-- scope: workspace
INSERT INTO OwnershipTransfer (id, workspace_id, from_user, to_user, created_at, expires_at, list_key)
VALUES (@transfer_id, @workspace_id, @from_user, @to_user, @now, @expires_at, @list_key)

-- name: get_transfer :optional
-- One of the workspace's transfers, as it stands at this time.
-- param: workspace_id uuid
-- param: transfer_id uuid
-- param: now time
-- returns: TransferRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.from_user, t.to_user,
       CASE WHEN t.state = N'PENDING' AND t.expires_at <= @now THEN N'EXPIRED' ELSE t.state END AS state,
       t.created_at, t.expires_at, t.ended_at
FROM OwnershipTransfer AS t
WHERE t.workspace_id = @workspace_id AND t.id = @transfer_id

-- name: list_transfers :many
-- The workspace's transfers, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: now time
-- param: before_key text
-- param: page_size int
-- returns: TransferRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.from_user, t.to_user,
       CASE WHEN t.state = N'PENDING' AND t.expires_at <= @now THEN N'EXPIRED' ELSE t.state END AS state,
       t.created_at, t.expires_at, t.ended_at
FROM OwnershipTransfer AS t
WHERE t.workspace_id = @workspace_id AND t.list_key < @before_key
ORDER BY t.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: expire_transfer :queued
-- Says of a transfer that has expired that it has, to make room for another.
-- param: workspace_id uuid
-- param: now time
-- scope: workspace
UPDATE OwnershipTransfer SET state = N'EXPIRED', ended_at = expires_at
WHERE workspace_id = @workspace_id AND state = N'PENDING' AND expires_at <= @now

-- name: end_transfer :exec
-- Accepted, declined or cancelled: once, and only while it waits.
-- param: workspace_id uuid
-- param: transfer_id uuid
-- param: state text
-- param: now time
-- scope: workspace
UPDATE OwnershipTransfer SET state = @state, ended_at = @now
WHERE workspace_id = @workspace_id AND id = @transfer_id AND state = N'PENDING' AND expires_at > @now
