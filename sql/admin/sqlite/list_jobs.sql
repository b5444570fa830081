-- list_jobs
-- What: Jobs that are not done, and dead letters, the most tried first, with what stopped them last.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: what is READY is tried again by itself; what is DEAD is not: retry_job has either tried at once.
-- param: tried int = 0  Only those that were tried at least so often.
-- param: state text? = NULL  Only those that are READY, RUNNING or DEAD.

SELECT j.id, j.kind, j.workspace_id, w.name AS workspace, j.target_id, j.attempts, j.last_error, j.created_at, j.run_at, j.queue, j.state, j.state_at
FROM Job AS j LEFT JOIN Workspace AS w ON w.id = j.workspace_id
WHERE j.attempts >= @tried AND (@state IS NULL OR j.state = @state)
ORDER BY j.attempts DESC, j.run_at, j.id;
