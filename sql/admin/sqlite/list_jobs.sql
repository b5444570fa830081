-- list_jobs
-- What: What the outbox has yet to do in other systems, the most tried first, with what stopped it last.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: a job is tried again by itself, after five minutes at the latest. To have one run at once, set its run_at to now.
-- param: tried int = 0  Only those that were tried at least so often.

SELECT j.id, j.kind, j.workspace_id, w.name AS workspace, j.target_id, j.attempts, j.last_error, j.created_at, j.run_at
FROM Job AS j LEFT JOIN Workspace AS w ON w.id = j.workspace_id
WHERE j.attempts >= @tried
ORDER BY j.attempts DESC, j.run_at, j.id;
