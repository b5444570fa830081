-- scan_files
-- What: Has the virus scanner look at files that it has not looked at to the end: those of before it was switched on, too.
-- Who:  a DBA, after FILE_SCAN_POLICY has been set; again while it finds as many as a batch.
-- Undo: nothing to undo.
-- Note: needs the function uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: batch int = 10000  Files in one run.

CREATE TEMP TABLE Unscanned (id TEXT, workspace_id TEXT);
BEGIN IMMEDIATE;
INSERT INTO temp.Unscanned
SELECT f.id, f.workspace_id FROM WorkspaceFile AS f
WHERE f.scan_status IN ('SKIPPED', 'ERROR') AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM Job AS j WHERE j.workspace_id = f.workspace_id AND j.kind = 'scan' AND j.target_id = f.id)
ORDER BY f.workspace_id, f.id LIMIT @batch;
UPDATE WorkspaceFile SET scan_status = 'PENDING' WHERE id IN (SELECT u.id FROM temp.Unscanned AS u);
INSERT INTO Job (id, workspace_id, kind, target_id, queue, is_once, run_at, created_at)
SELECT uuid(), u.workspace_id, 'scan', u.id, 'scan', 1, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
FROM temp.Unscanned AS u;
COMMIT;
SELECT COUNT(*) AS files FROM temp.Unscanned;
DROP TABLE temp.Unscanned;
