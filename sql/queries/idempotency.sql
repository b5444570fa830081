-- name: find_idempotency_record :optional
-- What was answered under this key, until it expires.
-- param: user_id text
-- param: idempotency_key text
-- param: now time
-- returns: IdempotencyRow
-- scope: caller
SELECT r.request_hash, r.body
FROM IdempotencyRecord AS r
WHERE r.user_id = @user_id AND r.idempotency_key = @idempotency_key AND r.expires_at > @now

-- name: delete_expired_idempotency_record :queued
-- Makes room for a key that was used before and has expired.
-- param: user_id text
-- param: idempotency_key text
-- param: now time
-- scope: caller
DELETE FROM IdempotencyRecord
WHERE user_id = @user_id AND idempotency_key = @idempotency_key AND expires_at <= @now

-- name: insert_idempotency_record :queued
-- PK_IdempotencyRecord refuses a second one: of two at once with one key, one takes effect.
-- param: user_id text
-- param: idempotency_key text
-- param: request_hash ascii
-- param: body longtext
-- param: expires_at time
-- scope: caller
INSERT INTO IdempotencyRecord (user_id, idempotency_key, request_hash, body, expires_at)
VALUES (@user_id, @idempotency_key, @request_hash, @body, @expires_at)

-- name: delete_expired_idempotency_records :exec
-- Housekeeping: what has expired, of everybody.
-- param: now time
-- param: batch int
-- scope: global housekeeping of what has expired
-- dialect: mssql
DELETE FROM IdempotencyRecord
WHERE EXISTS (
    SELECT 1
    FROM (SELECT TOP (@batch) r.user_id, r.idempotency_key FROM IdempotencyRecord AS r WHERE r.expires_at <= @now) AS e
    WHERE e.user_id = IdempotencyRecord.user_id AND e.idempotency_key = IdempotencyRecord.idempotency_key
)
-- dialect: sqlite
DELETE FROM IdempotencyRecord
WHERE (user_id, idempotency_key) IN (
    SELECT r.user_id, r.idempotency_key FROM IdempotencyRecord AS r WHERE r.expires_at <= @now LIMIT @batch
)
