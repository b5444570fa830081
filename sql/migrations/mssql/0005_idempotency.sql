-- What was answered to a POST that carried an Idempotency-Key, so that a retry is answered the same.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0005_idempotency.sql; a test compares them.

-- request_hash: method, path and body. body: without tokens, which are made anew for a retry.
CREATE TABLE dbo.IdempotencyRecord (
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    idempotency_key NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    request_hash    CHAR(64)      NOT NULL,
    body            NVARCHAR(MAX) NOT NULL,
    expires_at      DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_IdempotencyRecord PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX IX_IdempotencyRecord_expires ON dbo.IdempotencyRecord (expires_at);
GO
