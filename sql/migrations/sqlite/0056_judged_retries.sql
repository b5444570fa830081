-- A kept answer is given again to whoever may still do what was answered.
-- The same columns as sql/migrations/mssql/0056_judged_retries.sql; a test compares them.

-- passages: where the caller was let in for it, and for what (JSON); judged again before the answer is. request_hash is an
-- HMAC from now on. What was kept before says neither, so it is not kept: a retry of such a request takes effect again.
DELETE FROM IdempotencyRecord;
ALTER TABLE IdempotencyRecord ADD COLUMN passages TEXT NOT NULL DEFAULT '[]';
