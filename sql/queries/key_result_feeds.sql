-- name: insert_feed :queued
-- How a key result is fed, which has not been done yet. The caller holds the objective's row, and delete_feed went before.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: project_id uuid?
-- param: set_by text
-- scope: workspace
INSERT INTO KeyResultFeed (workspace_id, key_result_id, project_id, set_by)
VALUES (@workspace_id, @key_result_id, @project_id, @set_by)

-- name: delete_feed :queued
-- A key result is fed no more, or otherwise. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- scope: workspace
DELETE FROM KeyResultFeed WHERE workspace_id = @workspace_id AND key_result_id = @key_result_id

-- name: copy_feeds :queued
-- The copies of key results are fed as those were. copies: a JSON array of old and new id.
-- param: workspace_id uuid
-- param: copies longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO KeyResultFeed (workspace_id, key_result_id, project_id, set_by)
SELECT @workspace_id, j.new_id, f.project_id, f.set_by
FROM OPENJSON(@copies) WITH (old_id UNIQUEIDENTIFIER '$[0]', new_id UNIQUEIDENTIFIER '$[1]') AS j
JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = j.old_id
-- dialect: sqlite
INSERT INTO KeyResultFeed (workspace_id, key_result_id, project_id, set_by)
SELECT @workspace_id, j.value ->> '$[1]', f.project_id, f.set_by
FROM json_each(@copies) AS j
CROSS JOIN KeyResultFeed AS f
WHERE f.workspace_id = @workspace_id AND f.key_result_id = j.value ->> '$[0]'

-- name: set_feed :queued
-- How feeding it went. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: status text
-- param: error text?
-- param: fallback text?
-- param: selection_id uuid?
-- param: fetched_at time?
-- param: now time
-- scope: workspace
UPDATE KeyResultFeed SET status = @status, error = @error, fallback = @fallback, selection_id = @selection_id,
                         fetched_at = @fetched_at, fed_at = @now
WHERE workspace_id = @workspace_id AND key_result_id = @key_result_id

-- name: list_fed_objectives :many
-- The objectives of key results that a connector feeds, in the order in which their rows are taken, after one: those at
-- work, in cycles that are not closed.
-- param: workspace_id uuid
-- param: binding_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: FedObjectiveRow
-- scope: workspace
SELECT o.id
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.id > @after_id AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL
  AND o.id IN (SELECT k.objective_id FROM KeyResult AS k
               WHERE k.workspace_id = @workspace_id AND k.binding_id = @binding_id AND k.deleted_at IS NULL)
ORDER BY o.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_fed_by_connector :page
-- The key results that a connector feeds, of objectives at work, after one. Right only while the caller holds the
-- objectives' rows.
-- param: workspace_id uuid
-- param: binding_id uuid
-- param: after_id uuid
-- param: page_size int
-- returns: FedKeyResultRow
-- scope: workspace
SELECT k.id, k.objective_id, k.kind, k.title, k.description, k.weight, k.unit, k.direction, k.baseline_value, k.commit_value,
       k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text, k.stretch_text, k.current_value,
       k.current_zone, k.score, k.confidence, k.measured_at, k.source, k.source_ref, k.binding_id, k.stale_after, k.stale_at,
       k.created_by, k.created_at, k.updated_at, k.version, f.status AS feed_status, f.error AS feed_error,
       f.fallback AS feed_fallback, f.fetched_at, f.set_by
FROM KeyResult AS k
JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = k.id
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = k.objective_id
WHERE k.workspace_id = @workspace_id AND k.binding_id = @binding_id AND k.id > @after_id AND k.deleted_at IS NULL
  AND k.kind = N'METRIC' AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL
ORDER BY k.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_fed_key_result :optional
-- One of them, whatever feeds it.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- returns: FedKeyResultRow
-- scope: workspace
SELECT k.id, k.objective_id, k.kind, k.title, k.description, k.weight, k.unit, k.direction, k.baseline_value, k.commit_value,
       k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text, k.stretch_text, k.current_value,
       k.current_zone, k.score, k.confidence, k.measured_at, k.source, k.source_ref, k.binding_id, k.stale_after, k.stale_at,
       k.created_by, k.created_at, k.updated_at, k.version, f.status AS feed_status, f.error AS feed_error,
       f.fallback AS feed_fallback, f.fetched_at, f.set_by
FROM KeyResult AS k
JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = k.id
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = k.objective_id
WHERE k.workspace_id = @workspace_id AND k.id = @key_result_id AND k.deleted_at IS NULL AND k.kind = N'METRIC'
  AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL

-- name: set_source :queued
-- Who says from now on how far a key result is. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: source text
-- param: source_ref longtext?
-- param: binding_id uuid?
-- param: now time
-- scope: workspace
UPDATE KeyResult SET source = @source, source_ref = @source_ref, binding_id = @binding_id, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @key_result_id

-- name: get_feed :optional
-- How a key result is fed, and how that went last.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- returns: FeedRow
-- scope: workspace
SELECT f.key_result_id, f.set_by, f.status, f.error, f.fallback, f.selection_id, f.fetched_at, f.fed_at, k.source, k.source_ref
FROM KeyResultFeed AS f
JOIN KeyResult AS k ON k.workspace_id = @workspace_id AND k.id = f.key_result_id
WHERE f.workspace_id = @workspace_id AND f.key_result_id = @key_result_id

-- name: get_feeding :optional
-- A connector that was not deleted, and how many key results other than one it feeds, in cycles that are not closed.
-- param: workspace_id uuid
-- param: binding_id uuid
-- param: unless_id uuid
-- returns: FeedingRow
-- scope: workspace
SELECT (SELECT COUNT(*) FROM KeyResult AS k
        JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = k.objective_id
        WHERE k.workspace_id = @workspace_id AND k.binding_id = @binding_id AND k.deleted_at IS NULL AND k.id <> @unless_id
          AND o.is_frozen = 0 AND o.deleted_at IS NULL) AS others
FROM ConnectorBinding AS b
WHERE b.workspace_id = @workspace_id AND b.id = @binding_id AND b.deleted_at IS NULL

-- name: list_feeding_in_cycle :many
-- The connectors that feed key results of a cycle, in the order in which their rows are taken.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- returns: FedIdRow
-- scope: workspace
SELECT DISTINCT k.binding_id AS id
FROM Objective AS o
CROSS JOIN KeyResult AS k
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.deleted_at IS NULL
  AND k.workspace_id = @workspace_id AND k.objective_id = o.id AND k.deleted_at IS NULL AND k.binding_id IS NOT NULL
ORDER BY k.binding_id

-- name: list_full_connectors :many
-- Those of list_feeding_in_cycle that feed more than most key results in cycles that are not closed. The caller holds them.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: most int
-- returns: FedIdRow
-- scope: workspace
WITH feeding AS (
    SELECT DISTINCT n.binding_id
    FROM Objective AS x
    CROSS JOIN KeyResult AS n
    WHERE x.workspace_id = @workspace_id AND x.cycle_id = @cycle_id AND x.deleted_at IS NULL
      AND n.workspace_id = @workspace_id AND n.objective_id = x.id AND n.deleted_at IS NULL AND n.binding_id IS NOT NULL
)
SELECT f.binding_id AS id
FROM feeding AS f
CROSS JOIN KeyResult AS k
CROSS JOIN Objective AS o
WHERE k.workspace_id = @workspace_id AND k.binding_id = f.binding_id AND k.deleted_at IS NULL
  AND o.workspace_id = @workspace_id AND o.id = k.objective_id AND o.is_frozen = 0 AND o.deleted_at IS NULL
GROUP BY f.binding_id
HAVING COUNT(*) > @most
ORDER BY f.binding_id

-- name: list_fed_ids_by_connector :many
-- The key results of ACTIVE objectives that a connector feeds.
-- param: workspace_id uuid
-- param: binding_id uuid
-- returns: FedIdRow
-- scope: workspace
SELECT k.id
FROM KeyResult AS k
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = k.objective_id
WHERE k.workspace_id = @workspace_id AND k.binding_id = @binding_id AND k.deleted_at IS NULL
  AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL

-- name: list_fed_of_objective :many
-- The key results of an objective that something feeds.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: FedIdRow
-- scope: workspace
SELECT k.id
FROM KeyResult AS k
WHERE k.workspace_id = @workspace_id AND k.objective_id = @objective_id AND k.deleted_at IS NULL AND k.source <> N'manual'
ORDER BY k.list_key

-- name: list_fed_by_projects :many
-- The key results of ACTIVE objectives that tasks of these projects feed, an array of ids.
-- param: workspace_id uuid
-- param: project_ids longtext
-- returns: FedIdRow
-- scope: workspace
SELECT f.key_result_id AS id
FROM OPENJSON(@project_ids) AS j
CROSS JOIN KeyResultFeed AS f
CROSS JOIN KeyResult AS k
CROSS JOIN Objective AS o
WHERE f.workspace_id = @workspace_id AND f.project_id = CAST(j.value AS UNIQUEIDENTIFIER)
  AND k.workspace_id = @workspace_id AND k.id = f.key_result_id AND k.deleted_at IS NULL
  AND o.workspace_id = @workspace_id AND o.id = k.objective_id AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL

-- name: list_fed_by_tasks :many
-- The key results of ACTIVE objectives that tasks feed, of whichever project.
-- param: workspace_id uuid
-- returns: FedIdRow
-- scope: workspace
SELECT f.key_result_id AS id
FROM KeyResultFeed AS f
CROSS JOIN KeyResult AS k
CROSS JOIN Objective AS o
WHERE f.workspace_id = @workspace_id AND f.project_id IS NOT NULL
  AND k.workspace_id = @workspace_id AND k.id = f.key_result_id AND k.deleted_at IS NULL
  AND o.workspace_id = @workspace_id AND o.id = k.objective_id AND o.state = N'ACTIVE' AND o.is_frozen = 0 AND o.deleted_at IS NULL

-- name: count_fed_tasks :one
-- The tasks of a project that somebody sees, of one type where one is named, and how many of them are DONE. The caller is
-- whoever had them counted. sees_project is 0 for whoever does not see the project any more.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: task_type_id uuid?
-- returns: FedTasksRow
-- scope: workspace
SELECT (SELECT COUNT(*) FROM VisibleProject AS v
        WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = @project_id) AS sees_project,
       COUNT(*) AS total, COALESCE(SUM(CASE WHEN t.state = N'DONE' THEN 1 ELSE 0 END), 0) AS done
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.project_id = @project_id AND t.deleted_at IS NULL
  AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
