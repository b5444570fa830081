-- name: list_alignment :many
-- What an objective adds to, by id; deleted objectives too where all is asked for.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: even_deleted bool
-- returns: AlignmentRow
-- scope: workspace
-- plan: sorts at most as many parents as an objective may have
SELECT a.parent_id AS objective_id, a.weight, o.cycle_id, o.title, o.state
FROM ObjectiveAlignment AS a
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = a.parent_id
WHERE a.workspace_id = @workspace_id AND a.child_id = @objective_id AND (@even_deleted = 1 OR o.deleted_at IS NULL)
ORDER BY a.parent_id

-- name: list_objectives_by_id :many
-- Those of a JSON array of ids that were not deleted.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: PlacedRow
-- scope: workspace
SELECT o.id, o.is_frozen
FROM OPENJSON(@ids) AS j
CROSS JOIN Objective AS o
WHERE o.workspace_id = @workspace_id AND o.id = CAST(j.value AS UNIQUEIDENTIFIER) AND o.deleted_at IS NULL

-- name: list_edges_up :many
-- One step of the walk up: what each of a JSON array of objectives adds to. Deleted ones too: they can be restored.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: EdgeRow
-- scope: workspace
SELECT a.child_id, a.parent_id
FROM OPENJSON(@ids) AS j
CROSS JOIN ObjectiveAlignment AS a
WHERE a.workspace_id = @workspace_id AND a.child_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_edges_down :many
-- One step of the walk down: what adds to each of a JSON array of objectives.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: EdgeRow
-- scope: workspace
SELECT a.child_id, a.parent_id
FROM OPENJSON(@ids) AS j
CROSS JOIN ObjectiveAlignment AS a
WHERE a.workspace_id = @workspace_id AND a.parent_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: delete_parents :queued
-- An objective adds to nothing any more. The caller holds the workspace's row.
-- param: workspace_id uuid
-- param: objective_id uuid
-- scope: workspace
DELETE FROM ObjectiveAlignment WHERE workspace_id = @workspace_id AND child_id = @objective_id

-- name: insert_parent :queued
-- What an objective adds to. The caller holds the workspace's row, and has found that no cycle comes of it.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: parent_id uuid
-- param: weight int
-- scope: workspace
INSERT INTO ObjectiveAlignment (workspace_id, child_id, parent_id, weight)
VALUES (@workspace_id, @objective_id, @parent_id, @weight)
