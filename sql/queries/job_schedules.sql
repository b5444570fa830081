-- name: insert_schedule :queued
-- A schedule that there is not yet; one that there is stays as it is. UQ_JobSchedule_target lets one of two make it.
-- param: schedule_id uuid
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: every_seconds int?
-- param: cron text?
-- param: time_zone text?
-- param: due_at time
-- param: now time
-- scope: workspace
INSERT INTO JobSchedule (id, workspace_id, kind, target_id, every_seconds, cron, time_zone, due_at, set_at)
SELECT @schedule_id, @workspace_id, @kind, @target_id, @every_seconds, @cron, @time_zone, @due_at, @now
WHERE NOT EXISTS (
    SELECT 1 FROM JobSchedule AS s WHERE s.workspace_id = @workspace_id AND s.kind = @kind AND s.target_id = @target_id
)

-- name: change_schedule :queued
-- Other times for it.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: every_seconds int?
-- param: cron text?
-- param: time_zone text?
-- param: due_at time
-- param: now time
-- scope: workspace
UPDATE JobSchedule SET every_seconds = @every_seconds, cron = @cron, time_zone = @time_zone, due_at = @due_at, set_at = @now
WHERE workspace_id = @workspace_id AND kind = @kind AND target_id = @target_id

-- name: delete_schedule :queued
-- It is not done again.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- scope: workspace
DELETE FROM JobSchedule WHERE workspace_id = @workspace_id AND kind = @kind AND target_id = @target_id

-- name: find_schedule :optional
-- The schedule of a kind for its target.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- returns: ScheduleRow
-- scope: workspace
SELECT s.id, s.workspace_id, s.kind, s.target_id, s.every_seconds, s.cron, s.time_zone, s.due_at, s.set_at
FROM JobSchedule AS s
WHERE s.workspace_id = @workspace_id AND s.kind = @kind AND s.target_id = @target_id

-- name: list_due_schedules :many
-- Schedules whose time has come.
-- param: now time
-- param: page_size int
-- returns: ScheduleRow
-- scope: global tenant: the outbox works for every workspace
SELECT s.id, s.workspace_id, s.kind, s.target_id, s.every_seconds, s.cron, s.time_zone, s.due_at, s.set_at
FROM JobSchedule AS s
WHERE s.due_at <= @now
ORDER BY s.due_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_schedules_set_ahead :many
-- Schedules whose time was set by a clock that was ahead.
-- param: latest time
-- param: page_size int
-- returns: ScheduleRow
-- scope: global tenant: the outbox works for every workspace
SELECT s.id, s.workspace_id, s.kind, s.target_id, s.every_seconds, s.cron, s.time_zone, s.due_at, s.set_at
FROM JobSchedule AS s
WHERE s.set_at > @latest
ORDER BY s.set_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: move_schedule :exec
-- Its next time; of several who find it due, one moves it.
-- param: workspace_id uuid
-- param: schedule_id uuid
-- param: due_at time
-- param: set_at time
-- param: next_at time
-- param: now time
-- scope: workspace
UPDATE JobSchedule SET due_at = @next_at, set_at = @now
WHERE workspace_id = @workspace_id AND id = @schedule_id AND due_at = @due_at AND set_at = @set_at
