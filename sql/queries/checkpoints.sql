-- name: insert_checkpoint :queued
-- Keeps a signed head. One is enough for a number.
-- param: workspace_id uuid
-- param: seq int
-- param: entry_hash ascii
-- param: jws longtext
-- param: now time
-- scope: workspace
INSERT INTO AuditCheckpoint (workspace_id, seq, entry_hash, signed_at, jws)
VALUES (@workspace_id, @seq, @entry_hash, @now, @jws)

-- name: list_checkpoints :page
-- Signed heads, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: before_seq int
-- param: page_size int
-- returns: CheckpointRow
-- scope: workspace
SELECT c.seq, c.entry_hash, c.signed_at, c.jws
FROM AuditCheckpoint AS c
WHERE c.workspace_id = @workspace_id AND c.seq < @before_seq
ORDER BY c.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_checkpoints :page
-- Signed heads of a stretch of the chain, oldest first.
-- param: workspace_id uuid
-- param: after_seq int
-- param: until_seq int
-- param: page_size int
-- returns: CheckpointRow
-- scope: workspace
SELECT c.seq, c.entry_hash, c.signed_at, c.jws
FROM AuditCheckpoint AS c
WHERE c.workspace_id = @workspace_id AND c.seq > @after_seq AND c.seq <= @until_seq
ORDER BY c.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: find_checkpoint :optional
-- The signed head of a number.
-- param: workspace_id uuid
-- param: seq int
-- returns: CheckpointRow
-- scope: workspace
SELECT c.seq, c.entry_hash, c.signed_at, c.jws
FROM AuditCheckpoint AS c
WHERE c.workspace_id = @workspace_id AND c.seq = @seq
