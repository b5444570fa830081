-- name: insert_job :queued
-- Something to be done elsewhere once this transaction has committed, not before run_at.
-- param: job_id uuid
-- param: workspace_id uuid
-- param: kind text
-- param: queue text
-- param: target_id uuid
-- param: run_at time
-- param: now time
-- scope: workspace
INSERT INTO Job (id, workspace_id, kind, queue, target_id, run_at, attempts, created_at)
VALUES (@job_id, @workspace_id, @kind, @queue, @target_id, @run_at, 0, @now)

-- name: ask_job_again :queued
-- The one job of a kind for its target is asked for again: one that waits is brought forward, unless it waits because
-- it failed; one that runs is to run once more; a dead one lives. The hint keeps a missing row missing where the engine
-- heeds it; elsewhere UQ_Job_once does.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: run_at time
-- scope: workspace
UPDATE Job WITH (UPDLOCK, HOLDLOCK)
SET again_at = CASE WHEN state <> N'RUNNING' THEN NULL WHEN again_at <= @run_at THEN again_at ELSE @run_at END,
    run_at = CASE WHEN state = N'RUNNING' OR state = N'READY' AND (attempts > 0 OR run_at <= @run_at) THEN run_at ELSE @run_at END,
    attempts = CASE WHEN state = N'DEAD' THEN 0 ELSE attempts END,
    state_at = CASE WHEN state = N'RUNNING' THEN state_at END,
    state = CASE WHEN state = N'DEAD' THEN N'READY' ELSE state END
WHERE workspace_id = @workspace_id AND kind = @kind AND target_id = @target_id AND is_once = 1

-- name: insert_job_once :queued
-- The one job of a kind for its target, where there is none. Right only after ask_job_again.
-- param: job_id uuid
-- param: workspace_id uuid
-- param: kind text
-- param: queue text
-- param: target_id uuid
-- param: run_at time
-- param: now time
-- scope: workspace
INSERT INTO Job (id, workspace_id, kind, queue, target_id, run_at, attempts, created_at, is_once)
SELECT @job_id, @workspace_id, @kind, @queue, @target_id, @run_at, 0, @now, 1
WHERE NOT EXISTS (
    SELECT 1 FROM Job AS j
    WHERE j.workspace_id = @workspace_id AND j.kind = @kind AND j.target_id = @target_id AND j.is_once = 1
)

-- name: hasten_jobs :queued
-- What is to run later than anything can have been put off was set by a clock that was ahead: it is due now.
-- param: queue text
-- param: now time
-- param: latest time
-- param: page_size int
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET run_at = @now
WHERE state = N'READY' AND queue = @queue AND run_at > @latest AND id IN (
    SELECT j.id FROM Job AS j WHERE j.state = N'READY' AND j.queue = @queue AND j.run_at > @latest
    ORDER BY j.run_at OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
)

-- name: is_any_job_due :value
-- Whether there is anything for hasten_jobs or claim_due_jobs to do.
-- param: queue text
-- param: now time
-- param: latest time
-- returns: bool
-- scope: global tenant: the outbox works for every workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM Job AS j WHERE j.state = N'READY' AND j.queue = @queue AND j.run_at <= @now)
              OR EXISTS (SELECT 1 FROM Job AS j WHERE j.state = N'READY' AND j.queue = @queue AND j.run_at > @latest)
       THEN 1 ELSE 0 END AS is_due

-- name: claim_due_jobs :many
-- Jobs of a queue whose time has come, the oldest first, but for those of workspaces (busy, a JSON array) that have as
-- many as they may. Rows that another process is taking up are passed over where the engine heeds the hint; what is
-- answered stays locked for take_jobs.
-- param: queue text
-- param: busy longtext
-- param: now time
-- param: page_size int
-- returns: DueJobRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.id, j.workspace_id, j.kind, j.target_id, j.attempts, j.fence, j.is_once,
       CASE WHEN w.status <> N'ACTIVE' OR o.status <> N'ACTIVE' THEN 1 ELSE 0 END AS is_held
FROM Job AS j WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK, ROWLOCK)
LEFT JOIN Workspace AS w ON w.id = j.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE j.state = N'READY' AND j.queue = @queue AND j.run_at <= @now
  AND j.workspace_id NOT IN (SELECT CAST(b.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@busy) AS b)
ORDER BY j.run_at, j.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_backlog :many
-- Of each queue that has any, how many jobs there are whose time has come, and since when the oldest waits.
-- param: now time
-- returns: BacklogRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.queue, COUNT(*) AS waiting, MIN(j.run_at) AS oldest
FROM Job AS j
WHERE j.state = N'READY' AND j.run_at <= @now
GROUP BY j.queue

-- name: count_dead_jobs :value
-- How many dead letters there are.
-- returns: int
-- scope: global tenant: the outbox works for every workspace
SELECT COUNT(*) AS dead FROM Job AS j WHERE j.state = N'DEAD'

-- name: take_jobs :queued
-- Takes up what claim_due_jobs has answered in this transaction (ids, a JSON array), for a holder whose row is held.
-- param: ids longtext
-- param: holder_id uuid
-- param: now time
-- scope: global tenant: the outbox works for every workspace
UPDATE Job
SET state = N'RUNNING', state_at = @now, holder = @holder_id, fence = fence + 1, attempts = attempts + 1, again_at = NULL
WHERE id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: put_off_jobs :queued
-- Not yet: their workspaces are not in work. ids: a JSON array of what claim_due_jobs has answered.
-- param: ids longtext
-- param: run_at time
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET run_at = @run_at
WHERE id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: finish_job :queued
-- Done. Nothing happens where it was let go and another has taken it up, which will find nothing to do; nor where it was
-- asked for anew.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: fence int
-- scope: workspace
DELETE FROM Job WHERE workspace_id = @workspace_id AND id = @job_id AND fence = @fence AND again_at IS NULL

-- name: postpone_job :queued
-- Again at run_at, or when it was asked for anew where it did not fail (attempts 0); unless another has taken it up.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: fence int
-- param: attempts int
-- param: run_at time
-- param: last_error text?
-- scope: workspace
UPDATE Job
SET state = N'READY', state_at = NULL, holder = NULL, attempts = @attempts, last_error = @last_error,
    run_at = CASE WHEN @attempts = 0 AND again_at < @run_at THEN again_at ELSE @run_at END, again_at = NULL
WHERE workspace_id = @workspace_id AND id = @job_id AND fence = @fence

-- name: bury_job :queued
-- It is not tried again: a dead letter, unless it was asked for anew, or another has taken it up.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: fence int
-- param: last_error text
-- param: now time
-- scope: workspace
UPDATE Job
SET state = N'DEAD', state_at = @now, holder = NULL, last_error = @last_error
WHERE workspace_id = @workspace_id AND id = @job_id AND fence = @fence AND again_at IS NULL

-- name: rerun_job :queued
-- What was asked for anew while it was worked at begins anew. After finish_job or bury_job, which leave it as it is.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: fence int
-- scope: workspace
UPDATE Job
SET state = N'READY', state_at = NULL, holder = NULL, attempts = 0, last_error = NULL, run_at = again_at, again_at = NULL
WHERE workspace_id = @workspace_id AND id = @job_id AND fence = @fence AND again_at IS NOT NULL

-- name: insert_job_holder :queued
-- A process begins to work at jobs.
-- param: holder_id uuid
-- param: now time
-- scope: global tenant: the outbox works for every workspace
INSERT INTO JobHolder (id, beat, created_at) VALUES (@holder_id, 0, @now)

-- name: beat_job_holder :exec
-- The process is there. 0 rows: it was taken for dead, and what it had is others'. Its row is held until the commit, so
-- that nobody takes it for dead meanwhile.
-- param: holder_id uuid
-- scope: global tenant: the outbox works for every workspace
UPDATE JobHolder SET beat = beat + 1 WHERE id = @holder_id

-- name: list_job_holders :many
-- The processes that work at jobs.
-- returns: JobHolderRow
-- scope: global tenant: the outbox works for every workspace
SELECT h.id, h.beat FROM JobHolder AS h

-- name: list_jobs_held :many
-- What a process works at.
-- param: holder_id uuid
-- returns: HeldJobRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.id, j.fence FROM Job AS j WHERE j.holder = @holder_id

-- name: delete_silent_job_holder :exec
-- A process whose beat stood still is taken for dead; of two that find it so, one does.
-- param: holder_id uuid
-- param: beat int
-- scope: global tenant: the outbox works for every workspace
DELETE FROM JobHolder WHERE id = @holder_id AND beat = @beat

-- name: delete_job_holder :queued
-- A process ends.
-- param: holder_id uuid
-- scope: global tenant: the outbox works for every workspace
DELETE FROM JobHolder WHERE id = @holder_id

-- name: let_go_jobs :queued
-- What a process had is anybody's, and no more its to settle (fence). not_tried: 1 where it gives back what it has not done, which was no attempt.
-- param: holder_id uuid
-- param: not_tried int
-- param: now time
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET state = N'READY', state_at = NULL, holder = NULL, run_at = @now, attempts = attempts - @not_tried,
    fence = fence + 1
WHERE holder = @holder_id

-- name: let_go_job :queued
-- As let_go_jobs, one that its process does not know of: it was taken up, and the answer got lost.
-- param: job_id uuid
-- param: fence int
-- param: now time
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET state = N'READY', state_at = NULL, holder = NULL, run_at = @now, attempts = attempts - 1, fence = fence + 1
WHERE state = N'RUNNING' AND id = @job_id AND fence = @fence

-- name: delete_old_dead_jobs :exec
-- Dead letters that nobody has retried for long. Without statistics SQLite would sort all there are.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping of what is over, in every workspace
-- dialect: mssql
DELETE FROM Job
WHERE id IN (
    SELECT j.id FROM Job AS j WHERE j.state = N'DEAD' AND j.state_at < @before
    ORDER BY j.state_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)
-- dialect: sqlite
DELETE FROM Job
WHERE id IN (
    SELECT j.id FROM Job AS j INDEXED BY IX_Job_dead WHERE j.state = 'DEAD' AND j.state_at < @before
    ORDER BY j.state_at LIMIT @batch
)

-- name: list_jobs :many
-- The workspace's jobs that are not done, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: before_at time
-- param: before_id uuid
-- param: page_size int
-- returns: JobRow
-- scope: workspace
SELECT j.id, j.kind, j.queue, j.state, j.target_id, j.attempts, j.last_error, j.created_at, j.run_at, j.state_at
FROM Job AS j
WHERE j.workspace_id = @workspace_id AND j.created_at <= @before_at AND (j.created_at < @before_at OR j.id < @before_id)
ORDER BY j.created_at DESC, j.id DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_jobs_in_state :many
-- As list_jobs, those in a state: a range of an index of its own.
-- param: workspace_id uuid
-- param: state text
-- param: before_at time
-- param: before_id uuid
-- param: page_size int
-- returns: JobRow
-- scope: workspace
SELECT j.id, j.kind, j.queue, j.state, j.target_id, j.attempts, j.last_error, j.created_at, j.run_at, j.state_at
FROM Job AS j
WHERE j.workspace_id = @workspace_id AND j.state = @state AND j.created_at <= @before_at
  AND (j.created_at < @before_at OR j.id < @before_id)
ORDER BY j.created_at DESC, j.id DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_job :optional
-- One job of the workspace that is not done.
-- param: workspace_id uuid
-- param: job_id uuid
-- returns: JobRow
-- scope: workspace
SELECT j.id, j.kind, j.queue, j.state, j.target_id, j.attempts, j.last_error, j.created_at, j.run_at, j.state_at
FROM Job AS j
WHERE j.workspace_id = @workspace_id AND j.id = @job_id

-- name: retry_job :exec
-- A dead letter, or one that waits, is due now and begins anew. 0 rows: somebody works at it, or it is done.
-- param: workspace_id uuid
-- param: job_id uuid
-- param: now time
-- scope: workspace
UPDATE Job SET state = N'READY', state_at = NULL, attempts = 0, run_at = @now
WHERE workspace_id = @workspace_id AND id = @job_id AND state <> N'RUNNING'

-- name: delete_job :exec
-- It is not to be done. Who works at it finds so at the next beat, and stops.
-- param: workspace_id uuid
-- param: job_id uuid
-- scope: workspace
DELETE FROM Job WHERE workspace_id = @workspace_id AND id = @job_id

-- name: list_jobs_handed_out :many
-- Of each workspace, how many jobs of a queue workers have, or were handed by the broker and not taken up so far.
-- param: queue text
-- param: now time
-- param: latest time
-- returns: HandedOutRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.workspace_id, COUNT(*) AS jobs
FROM Job AS j
WHERE j.state = N'RUNNING' AND j.queue = @queue
   OR j.state = N'READY' AND j.queue = @queue AND j.run_at > @now AND j.run_at <= @latest AND j.state_at IS NOT NULL
GROUP BY j.workspace_id

-- name: hand_out_jobs :queued
-- What claim_due_jobs has answered in this transaction goes to the broker; it is due again at run_at unless it was taken up.
-- param: ids longtext
-- param: run_at time
-- param: now time
-- scope: global tenant: the outbox works for every workspace
UPDATE Job SET run_at = @run_at, state_at = @now
WHERE id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: find_handed_out_job :optional
-- What a worker was told of, where nobody has taken it up since.
-- param: job_id uuid
-- param: fence int
-- returns: DueJobRow
-- scope: global tenant: the outbox works for every workspace
SELECT j.id, j.workspace_id, j.kind, j.target_id, j.attempts, j.fence, j.is_once,
       CASE WHEN w.status <> N'ACTIVE' OR o.status <> N'ACTIVE' THEN 1 ELSE 0 END AS is_held
FROM Job AS j WITH (UPDLOCK, HOLDLOCK, ROWLOCK)
LEFT JOIN Workspace AS w ON w.id = j.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE j.id = @job_id AND j.fence = @fence AND j.state = N'READY'
