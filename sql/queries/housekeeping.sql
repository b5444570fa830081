-- name: read_housekeeping :optional
-- By what time the last deletions went, and what the clock said then; nothing before the first.
-- returns: HousekeepingRow
-- scope: global housekeeping belongs to nobody
SELECT h.believed_at, h.ran_at FROM Housekeeping AS h WHERE h.id = 1

-- name: insert_housekeeping :queued
-- The first run's row. PK_Housekeeping lets one of two make it.
-- param: now time
-- scope: global housekeeping belongs to nobody
INSERT INTO Housekeeping (id, believed_at, ran_at) VALUES (1, @now, @now)

-- name: advance_housekeeping :exec
-- Moves the believed time, unless another process has since ran_at: of two at once, one changes the row.
-- param: believed_at time
-- param: ran_at time
-- param: now time
-- scope: global housekeeping belongs to nobody
UPDATE Housekeeping SET believed_at = @believed_at, ran_at = @now WHERE id = 1 AND ran_at = @ran_at

-- name: delete_expired_revocations :exec
-- Forgets PMA tokens that were ended and have long expired by themselves.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
DELETE FROM TokenRevocation
WHERE jti IN (
    SELECT r.jti FROM TokenRevocation AS r WHERE r.expires_at < @before
    ORDER BY r.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_expired_refresh_tokens :exec
-- Forgets refresh tokens that have long expired.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
DELETE FROM RefreshToken
WHERE id IN (
    SELECT t.id FROM RefreshToken AS t WHERE t.expires_at < @before
    ORDER BY t.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_expired_tickets :exec
-- Forgets tickets that nobody used.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
DELETE FROM OneTimeTicket
WHERE ticket_hash IN (
    SELECT t.ticket_hash FROM OneTimeTicket AS t WHERE t.expires_at < @before
    ORDER BY t.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_dead_connections :exec
-- Forgets what processes had open that have not been heard of for long.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
DELETE FROM WsConnection
WHERE process_id IN (
    SELECT p.id FROM WsProcess AS p WHERE p.seen_at < @before
    ORDER BY p.seen_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_dead_processes :exec
-- Forgets those themselves, after what they had open.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
DELETE FROM WsProcess
WHERE id IN (
    SELECT p.id FROM WsProcess AS p
    WHERE p.seen_at < @before AND NOT EXISTS (SELECT 1 FROM WsConnection AS c WHERE c.process_id = p.id)
    ORDER BY p.seen_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_expired_idempotency_records :exec
-- Forgets what was answered to requests that nobody sends again any more. Written twice, because the key
-- has two columns: T-SQL has no (a, b) IN, and with its EXISTS SQLite would read the whole table.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
-- dialect: mssql
DELETE FROM IdempotencyRecord
WHERE EXISTS (
    SELECT 1
    FROM (SELECT TOP (@batch) r.user_id, r.idempotency_key FROM IdempotencyRecord AS r WHERE r.expires_at < @before) AS e
    WHERE e.user_id = IdempotencyRecord.user_id AND e.idempotency_key = IdempotencyRecord.idempotency_key
)
-- dialect: sqlite
DELETE FROM IdempotencyRecord
WHERE (user_id, idempotency_key) IN (
    SELECT r.user_id, r.idempotency_key FROM IdempotencyRecord AS r WHERE r.expires_at < @before LIMIT @batch
)

-- name: resettle_idempotency_records :exec
-- What was stored while the clock was ahead or behind is kept as long as anything else, from the day it is found.
-- Written twice for the same reason as delete_expired_idempotency_records.
-- param: earliest time
-- param: latest time
-- param: batch int
-- scope: global housekeeping of what has expired
-- dialect: mssql
UPDATE IdempotencyRecord SET expires_at = @latest
WHERE EXISTS (
    SELECT 1
    FROM (
        SELECT TOP (@batch) r.user_id, r.idempotency_key
        FROM IdempotencyRecord AS r
        WHERE r.expires_at > @latest OR r.expires_at < @earliest
    ) AS e
    WHERE e.user_id = IdempotencyRecord.user_id AND e.idempotency_key = IdempotencyRecord.idempotency_key
)
-- dialect: sqlite
UPDATE IdempotencyRecord SET expires_at = @latest
WHERE (user_id, idempotency_key) IN (
    SELECT r.user_id, r.idempotency_key
    FROM IdempotencyRecord AS r
    WHERE r.expires_at > @latest OR r.expires_at < @earliest
    LIMIT @batch
)

-- name: delete_throttles_ahead :exec
-- Forgets locks that end later than any lock does: they were counted while the clock was ahead.
-- param: latest time
-- param: batch int
-- scope: global a throttle belongs to an address or an e-mail, not to an account
DELETE FROM SignInThrottle
WHERE throttle_key IN (
    SELECT t.throttle_key FROM SignInThrottle AS t WHERE t.expires_at > @latest
    ORDER BY t.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: expire_invitations :exec
-- Says of invitations that expired long ago that they have, and ends those that last longer than any does: they were
-- made while the clock was ahead.
-- +state: without statistics SQLite would go to what is changed through all that is pending, instead of by id.
-- param: before time
-- param: latest time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace and organisation
-- dialect: mssql
UPDATE Invitation SET state = N'EXPIRED', ended_at = expires_at
WHERE state = N'PENDING' AND id IN (
    SELECT i.id FROM Invitation AS i
    WHERE i.state = N'PENDING' AND (i.expires_at < @before OR i.expires_at > @latest)
    ORDER BY i.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)
-- dialect: sqlite
UPDATE Invitation SET state = 'EXPIRED', ended_at = expires_at
WHERE +state = 'PENDING' AND id IN (
    SELECT i.id FROM Invitation AS i
    WHERE i.state = 'PENDING' AND (i.expires_at < @before OR i.expires_at > @latest)
    ORDER BY i.expires_at LIMIT @batch
)

-- name: delete_old_invitations :exec
-- Forgets invitations, and the addresses in them, that ended long ago or would have. What became of them is in the log.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace and organisation
DELETE FROM Invitation
WHERE id IN (
    SELECT i.id FROM Invitation AS i
    WHERE i.state IN (N'ACCEPTED', N'DECLINED', N'EXPIRED', N'REVOKED') AND i.expires_at < @before
    ORDER BY i.state, i.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_old_join_links :exec
-- Forgets links to join by that expired long ago.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
DELETE FROM JoinLink
WHERE id IN (
    SELECT j.id FROM JoinLink AS j WHERE j.expires_at < @before
    ORDER BY j.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_join_links_ahead :exec
-- Forgets such as last longer than any does: they were made while the clock was ahead.
-- param: latest time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
DELETE FROM JoinLink
WHERE id IN (
    SELECT j.id FROM JoinLink AS j WHERE j.expires_at > @latest
    ORDER BY j.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: expire_transfers :exec
-- As expire_invitations, of transfers. There are few, so they are kept.
-- +state: without statistics SQLite would go to what is changed through all that is pending, instead of by id.
-- param: before time
-- param: latest time
-- param: batch int
-- scope: global tenant: housekeeping of what has expired, in every workspace
-- dialect: mssql
UPDATE OwnershipTransfer SET state = N'EXPIRED', ended_at = expires_at
WHERE state = N'PENDING' AND id IN (
    SELECT t.id FROM OwnershipTransfer AS t
    WHERE t.state = N'PENDING' AND (t.expires_at < @before OR t.expires_at > @latest)
    ORDER BY t.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)
-- dialect: sqlite
UPDATE OwnershipTransfer SET state = 'EXPIRED', ended_at = expires_at
WHERE +state = 'PENDING' AND id IN (
    SELECT t.id FROM OwnershipTransfer AS t
    WHERE t.state = 'PENDING' AND (t.expires_at < @before OR t.expires_at > @latest)
    ORDER BY t.expires_at LIMIT @batch
)

-- name: delete_expired_states :exec
-- Forgets sign-ins that nobody finished in time, and those that are done.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
DELETE FROM OAuthState
WHERE state_hash IN (
    SELECT s.state_hash FROM OAuthState AS s WHERE s.expires_at < @before
    ORDER BY s.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_expired_codes :exec
-- Forgets codes of the local issuer that have long expired.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
DELETE FROM AuthorizationCode
WHERE code_hash IN (
    SELECT c.code_hash FROM AuthorizationCode AS c WHERE c.expires_at < @before
    ORDER BY c.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_expired_browser_sessions :exec
-- Forgets sessions of browsers that have long expired.
-- param: before time
-- param: batch int
-- scope: global housekeeping of what has expired
DELETE FROM BrowserSession
WHERE id IN (
    SELECT s.id FROM BrowserSession AS s WHERE s.expires_at < @before
    ORDER BY s.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_tries_of_old_deliveries :queued
-- Forgets the tries of those deliveries of webhooks that delete_old_deliveries takes next.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what is old, in every workspace
DELETE FROM WebhookAttempt
WHERE delivery_id IN (
    SELECT d.id FROM WebhookDelivery AS d WHERE d.created_at < @before
    ORDER BY d.created_at, d.id OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_old_deliveries :exec
-- Forgets what webhooks were sent, or never were, long ago.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what is old, in every workspace
DELETE FROM WebhookDelivery
WHERE id IN (
    SELECT d.id FROM WebhookDelivery AS d WHERE d.created_at < @before
    ORDER BY d.created_at, d.id OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_gone_webhooks :exec
-- Forgets webhooks that were deleted, when nothing is left of what they were sent.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what is old, in every workspace
DELETE FROM WebhookEndpoint
WHERE id IN (
    SELECT h.id FROM WebhookEndpoint AS h
    WHERE h.deleted_at < @before
      AND NOT EXISTS (SELECT 1 FROM WebhookDelivery AS d WHERE d.workspace_id = h.workspace_id AND d.endpoint_id = h.id)
    ORDER BY h.deleted_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)
