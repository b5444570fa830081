-- name: insert_cycle :queued
-- A cycle, which is prepared first.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: starts_on ascii
-- param: ends_on ascii
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO OkrCycle (id, workspace_id, name, name_key, list_key, state, starts_on, ends_on, created_by, created_at, updated_at)
VALUES (@cycle_id, @workspace_id, @name, @name_key, @list_key, N'PREPARATION', @starts_on, @ends_on, @created_by, @now, @now)

-- name: get_cycle :optional
-- One cycle.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- returns: CycleRow
-- scope: workspace
SELECT c.id, c.name, c.state, c.starts_on, c.ends_on, c.created_by, c.created_at, c.updated_at, c.closed_at, c.version
FROM OkrCycle AS c
WHERE c.workspace_id = @workspace_id AND c.id = @cycle_id

-- name: list_cycles :many
-- Cycles by name, after the cursor; all, or those in one state.
-- param: workspace_id uuid
-- param: state text?
-- param: after_key text
-- param: page_size int
-- returns: CycleRow
-- scope: workspace
SELECT c.id, c.name, c.state, c.starts_on, c.ends_on, c.created_by, c.created_at, c.updated_at, c.closed_at, c.version
FROM OkrCycle AS c
WHERE c.workspace_id = @workspace_id AND c.list_key > @after_key AND (@state IS NULL OR c.state = @state)
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_cycle :queued
-- Takes the row of a cycle: nothing comes into it, and it is not closed, until the commit.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- scope: workspace
UPDATE OkrCycle SET version = version WHERE workspace_id = @workspace_id AND id = @cycle_id

-- name: update_cycle :queued
-- Another name, or other days.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: starts_on ascii
-- param: ends_on ascii
-- param: now time
-- scope: workspace
UPDATE OkrCycle SET name = @name, name_key = @name_key, list_key = @list_key, starts_on = @starts_on, ends_on = @ends_on,
                    updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @cycle_id

-- name: set_cycle_state :queued
-- It is in another state.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: state text
-- param: closed_at time?
-- param: now time
-- scope: workspace
UPDATE OkrCycle SET state = @state, closed_at = @closed_at, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @cycle_id

-- name: delete_cycle :exec
-- It goes, unless objectives are in it.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- scope: workspace
DELETE FROM OkrCycle WHERE workspace_id = @workspace_id AND id = @cycle_id

-- name: freeze_objectives :exec
-- A batch of the objectives of a cycle that is closed: whoever holds one is waited for, and whoever comes later finds it
-- frozen. SQL Server takes the whole table from all workspaces for a statement that holds 5000 rows: a batch has fewer.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: batch int
-- scope: workspace
UPDATE Objective SET is_frozen = 1
WHERE workspace_id = @workspace_id AND cycle_id = @cycle_id AND id IN (
    SELECT o.id FROM Objective AS o WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.is_frozen = 0
    ORDER BY o.list_key OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: stop_reminders :exec
-- Nobody is told any more of what is late in a cycle: a batch, as of freeze_objectives, which the caller has done.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: batch int
-- scope: workspace
UPDATE KeyResult SET remind_at = NULL
WHERE workspace_id = @workspace_id AND remind_at IS NOT NULL AND id IN (
    SELECT k.id
    FROM Objective AS o
    CROSS JOIN KeyResult AS k
    WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id
      AND k.workspace_id = @workspace_id AND k.objective_id = o.id AND k.remind_at IS NOT NULL
    ORDER BY o.list_key OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: count_in_approval :value
-- How many objectives of a cycle wait to be approved. The caller has frozen them: none more do.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS objectives FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.state = N'IN_APPROVAL' AND o.deleted_at IS NULL

-- name: count_objectives :value
-- How many a cycle has, deleted ones too; no further than to most.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: most int
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS objectives
FROM (SELECT o.list_key FROM Objective AS o WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id
      ORDER BY o.list_key OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY) AS x

-- name: list_copied :many
-- What a copy of a cycle has of objectives (key_result_id NULL) and key results.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- returns: CopiedRow
-- scope: workspace
SELECT o.id AS objective_id, NULL AS key_result_id
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.deleted_at IS NULL
UNION ALL
SELECT o.id AS objective_id, k.id AS key_result_id
FROM Objective AS o
CROSS JOIN KeyResult AS k
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.deleted_at IS NULL
  AND k.workspace_id = @workspace_id AND k.objective_id = o.id AND k.deleted_at IS NULL

-- name: copy_objectives :queued
-- As drafts into another cycle. copies: a JSON array of old and new id and list_key. Whose owner has left is the caller's.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: copies longtext
-- param: created_by text
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO Objective (id, workspace_id, cycle_id, title, description, level, state, owner_id, list_key, created_by, created_at, updated_at)
SELECT j.new_id, @workspace_id, @cycle_id, o.title, o.description, o.level, N'DRAFT',
       CASE WHEN EXISTS (SELECT 1 FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id AND m.user_id = o.owner_id)
            THEN o.owner_id ELSE @created_by END,
       j.list_key, @created_by, @now, @now
FROM OPENJSON(@copies) WITH (old_id UNIQUEIDENTIFIER '$[0]', new_id UNIQUEIDENTIFIER '$[1]', list_key VARCHAR(64) '$[2]') AS j
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = j.old_id
-- dialect: sqlite
INSERT INTO Objective (id, workspace_id, cycle_id, title, description, level, state, owner_id, list_key, created_by, created_at, updated_at)
SELECT j.value ->> '$[1]', @workspace_id, @cycle_id, o.title, o.description, o.level, 'DRAFT',
       CASE WHEN EXISTS (SELECT 1 FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id AND m.user_id = o.owner_id)
            THEN o.owner_id ELSE @created_by END,
       j.value ->> '$[2]', @created_by, @now, @now
FROM json_each(@copies) AS j
CROSS JOIN Objective AS o
WHERE o.workspace_id = @workspace_id AND o.id = j.value ->> '$[0]'

-- name: copy_key_results :queued
-- What they are measured by, and nothing of how far they were. copies: a JSON array of old and new id, the new objective's id
-- and list_key.
-- param: workspace_id uuid
-- param: copies longtext
-- param: created_by text
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO KeyResult (id, workspace_id, objective_id, kind, title, description, list_key, weight, unit, direction, baseline_value,
                       commit_value, target_value, stretch_value, fail_text, commit_text, target_text, stretch_text,
                       source, source_ref, binding_id, stale_after, created_by, created_at, updated_at)
SELECT j.new_id, @workspace_id, j.objective_id, k.kind, k.title, k.description, j.list_key, k.weight, k.unit, k.direction,
       k.baseline_value, k.commit_value, k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text,
       k.stretch_text, k.source, k.source_ref, k.binding_id, k.stale_after, @created_by, @now, @now
FROM OPENJSON(@copies) WITH (old_id UNIQUEIDENTIFIER '$[0]', new_id UNIQUEIDENTIFIER '$[1]', objective_id UNIQUEIDENTIFIER '$[2]',
                             list_key VARCHAR(64) '$[3]') AS j
JOIN KeyResult AS k ON k.workspace_id = @workspace_id AND k.id = j.old_id
-- dialect: sqlite
INSERT INTO KeyResult (id, workspace_id, objective_id, kind, title, description, list_key, weight, unit, direction, baseline_value,
                       commit_value, target_value, stretch_value, fail_text, commit_text, target_text, stretch_text,
                       source, source_ref, binding_id, stale_after, created_by, created_at, updated_at)
SELECT j.value ->> '$[1]', @workspace_id, j.value ->> '$[2]', k.kind, k.title, k.description, j.value ->> '$[3]', k.weight, k.unit,
       k.direction, k.baseline_value, k.commit_value, k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text,
       k.stretch_text, k.source, k.source_ref, k.binding_id, k.stale_after, @created_by, @now, @now
FROM json_each(@copies) AS j
CROSS JOIN KeyResult AS k
WHERE k.workspace_id = @workspace_id AND k.id = j.value ->> '$[0]'

-- name: list_copied_alignment :many
-- What those objectives add to: others of the cycle, and of other cycles that are not closed.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- returns: CopiedAlignmentRow
-- scope: workspace
SELECT a.child_id, a.parent_id, a.weight, p.cycle_id AS parent_cycle_id
FROM Objective AS o
CROSS JOIN ObjectiveAlignment AS a
CROSS JOIN Objective AS p
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.deleted_at IS NULL
  AND a.workspace_id = @workspace_id AND a.child_id = o.id
  AND p.workspace_id = @workspace_id AND p.id = a.parent_id AND p.deleted_at IS NULL
  AND (p.cycle_id = @cycle_id OR p.is_frozen = 0)

-- name: insert_copied_alignment :queued
-- What the copies add to. edges: a JSON array of child, parent and weight.
-- param: workspace_id uuid
-- param: edges longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO ObjectiveAlignment (workspace_id, child_id, parent_id, weight)
SELECT @workspace_id, j.child_id, j.parent_id, j.weight
FROM OPENJSON(@edges) WITH (child_id UNIQUEIDENTIFIER '$[0]', parent_id UNIQUEIDENTIFIER '$[1]', weight INT '$[2]') AS j
-- dialect: sqlite
INSERT INTO ObjectiveAlignment (workspace_id, child_id, parent_id, weight)
SELECT @workspace_id, j.value ->> '$[0]', j.value ->> '$[1]', j.value ->> '$[2]'
FROM json_each(@edges) AS j
