-- What was answered to a POST that carried an Idempotency-Key, so that a retry is answered the same.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0005_idempotency.sql; a test compares them.

-- request_hash: method, path and body. body: without tokens, which are made anew for a retry.
CREATE TABLE IdempotencyRecord (
    user_id         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash    TEXT NOT NULL,
    body            TEXT NOT NULL,
    expires_at      TEXT NOT NULL,
    CONSTRAINT PK_IdempotencyRecord PRIMARY KEY (user_id, idempotency_key)
) STRICT;
CREATE INDEX IX_IdempotencyRecord_expires ON IdempotencyRecord (expires_at);
