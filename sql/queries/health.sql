-- name: read_schema_version :value
-- The newest migration applied; readiness compares it with the code's.
-- returns: int?
-- scope: global the schema belongs to nobody
SELECT MAX(s.version) AS version FROM SchemaMigration AS s

-- name: update_write_probe :exec
-- A change that has to reach the disk.
-- param: now time
-- scope: global the probe belongs to nobody
UPDATE WriteProbe SET written_at = @now WHERE id = 1

-- name: insert_write_probe :queued
-- The first one makes the row.
-- param: now time
-- scope: global the probe belongs to nobody
INSERT INTO WriteProbe (id, written_at) VALUES (1, @now)
