-- name: find_idempotency_record :optional
-- What was answered under this key. However old it is by the clock, it counts as long as it is there.
-- param: user_id text
-- param: idempotency_key text
-- returns: IdempotencyRow
-- scope: caller
SELECT r.request_hash, r.body, r.passages
FROM IdempotencyRecord AS r
WHERE r.user_id = @user_id AND r.idempotency_key = @idempotency_key

-- name: insert_idempotency_record :queued
-- PK_IdempotencyRecord refuses a second one: of two at once with one key, one takes effect.
-- param: user_id text
-- param: idempotency_key text
-- param: request_hash ascii
-- param: body longtext
-- param: passages longtext
-- param: expires_at time
-- scope: caller
INSERT INTO IdempotencyRecord (user_id, idempotency_key, request_hash, body, passages, expires_at)
VALUES (@user_id, @idempotency_key, @request_hash, @body, @passages, @expires_at)
