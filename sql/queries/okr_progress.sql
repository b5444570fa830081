-- name: list_counted_below :many
-- One step of the roll-up: what adds to each of a JSON array of objectives, and counts.
-- SQLite would read all of the workspace for each, by the primary key, as that has the weight too.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: CountedRow
-- scope: workspace
-- dialect: mssql
SELECT a.parent_id, o.id, o.title, a.weight
FROM OPENJSON(@ids) AS j
CROSS JOIN ObjectiveAlignment AS a
CROSS JOIN Objective AS o
WHERE a.workspace_id = @workspace_id AND a.parent_id = CAST(j.value AS UNIQUEIDENTIFIER)
  AND o.workspace_id = @workspace_id AND o.id = a.child_id AND o.deleted_at IS NULL
  AND o.state IN (N'ACTIVE', N'SUCCESSFUL', N'NOT_SUCCESSFUL')
-- dialect: sqlite
SELECT a.parent_id, o.id, o.title, a.weight
FROM json_each(@ids) AS j
CROSS JOIN ObjectiveAlignment AS a INDEXED BY UQ_ObjectiveAlignment_parent
CROSS JOIN Objective AS o
WHERE a.workspace_id = @workspace_id AND a.parent_id = j.value
  AND o.workspace_id = @workspace_id AND o.id = a.child_id AND o.deleted_at IS NULL
  AND o.state IN ('ACTIVE', 'SUCCESSFUL', 'NOT_SUCCESSFUL')

-- name: list_measures :many
-- How far the key results of a JSON array of objectives are.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: MeasureRow
-- scope: workspace
SELECT k.objective_id, k.id, k.title, k.weight, k.score, k.measured_at, k.stale_at, k.source, f.status AS feed_status
FROM OPENJSON(@ids) AS j
CROSS JOIN KeyResult AS k
LEFT JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = k.id
WHERE k.workspace_id = @workspace_id AND k.objective_id = CAST(j.value AS UNIQUEIDENTIFIER) AND k.deleted_at IS NULL

-- name: list_counted_of_cycle :many
-- The objectives of a cycle that were not deleted, up to most, and whether something of the cycle that counts stands above
-- each. The joins keep their order: from the cycle's side, each of its objectives would look at all others.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: most int
-- returns: CycleObjectiveRow
-- scope: workspace
SELECT o.id, o.title, o.state,
       CASE WHEN EXISTS (SELECT 1 FROM ObjectiveAlignment AS a
                         CROSS JOIN Objective AS p
                         WHERE a.workspace_id = @workspace_id AND a.child_id = o.id
                           AND p.workspace_id = @workspace_id AND p.id = a.parent_id AND p.cycle_id = @cycle_id
                           AND p.deleted_at IS NULL AND p.state IN (N'ACTIVE', N'SUCCESSFUL', N'NOT_SUCCESSFUL'))
            THEN 1 ELSE 0 END AS is_below
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.deleted_at IS NULL
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY
