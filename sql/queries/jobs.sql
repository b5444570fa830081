-- name: insert_job :queued
-- Something to be done elsewhere once this transaction has committed, not before run_at.
-- param: job_id uuid
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: run_at time
-- param: now time
-- scope: workspace
INSERT INTO Job (id, workspace_id, kind, target_id, run_at, attempts, created_at)
VALUES (@job_id, @workspace_id, @kind, @target_id, @run_at, 0, @now)

-- name: hasten_jobs :queued
-- What is to run later than anything can have been put off was set by a clock that was ahead: it is due now.
-- param: now time
-- param: latest time
-- param: page_size int
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET run_at = @now
WHERE run_at > @latest AND id IN (
    SELECT j.id FROM Job AS j WHERE j.run_at > @latest
    ORDER BY j.run_at OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
)

-- name: claim_due_jobs :many
-- Jobs whose time has come, the oldest first. Rows that another process is taking up are passed over where the
-- engine heeds the hint; take_job decides.
-- param: now time
-- param: page_size int
-- returns: DueJobRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.id, j.workspace_id, j.kind, j.target_id, j.attempts,
       CASE WHEN w.status <> N'ACTIVE' OR o.status <> N'ACTIVE' THEN 1 ELSE 0 END AS is_held
FROM Job AS j WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK, ROWLOCK)
LEFT JOIN Workspace AS w ON w.id = j.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE j.run_at <= @now
ORDER BY j.run_at, j.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_backlog :one
-- How many jobs there are whose time has come, and since when the oldest waits.
-- param: now time
-- returns: BacklogRow
-- scope: global tenant: the outbox works for every workspace
SELECT COUNT(*) AS waiting, MIN(j.run_at) AS oldest FROM Job AS j WHERE j.run_at <= @now

-- name: take_job :exec
-- Takes a job up until run_at, when it is due again unless it was finished: of two at once, one changes a row.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: attempts int
-- param: run_at time
-- scope: workspace
UPDATE Job SET run_at = @run_at, attempts = attempts + 1
WHERE workspace_id = @workspace_id AND id = @job_id AND attempts = @attempts

-- name: put_off_job :queued
-- Not yet: its workspace is not in work.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: attempts int
-- param: run_at time
-- scope: workspace
UPDATE Job SET run_at = @run_at WHERE workspace_id = @workspace_id AND id = @job_id AND attempts = @attempts

-- name: finish_job :queued
-- Done. Nothing happens where another worker has taken it up meanwhile: it will find nothing to do.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: attempts int
-- scope: workspace
DELETE FROM Job WHERE workspace_id = @workspace_id AND id = @job_id AND attempts = @attempts

-- name: postpone_job :queued
-- Not done: again at run_at, unless another worker has taken it up meanwhile.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: attempts int
-- param: run_at time
-- param: last_error text
-- scope: workspace
UPDATE Job SET run_at = @run_at, last_error = @last_error
WHERE workspace_id = @workspace_id AND id = @job_id AND attempts = @attempts
