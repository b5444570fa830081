-- name: list_columns_of :many
-- The columns that tasks are in, which are taken before the tasks. ids: a JSON array.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: ColumnOfRow
-- scope: workspace
-- rule: none, a lock: nothing is shown
SELECT DISTINCT t.column_id
FROM OPENJSON(@ids) AS j
CROSS JOIN Task AS t
WHERE t.workspace_id = @workspace_id AND t.id = CAST(j.value AS UNIQUEIDENTIFIER) AND t.column_id IS NOT NULL
