-- name: list_key_results_ever :many
-- The key results that an objective has or had.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: MeasuredByRow
-- scope: workspace
SELECT k.id FROM KeyResult AS k WHERE k.workspace_id = @workspace_id AND k.objective_id = @objective_id

-- name: list_objective_activity :page
-- What the log says of an objective and its key results (targets: a JSON array of ids), the newest first, before a number.
-- param: workspace_id uuid
-- param: targets longtext
-- param: before_seq int
-- param: page_size int
-- returns: ObjectiveActivityRow
-- scope: workspace
-- plan: sorts the history of one objective
-- dialect: mssql
SELECT a.seq, a.action, a.actor_id, a.timestamp AS at, a.target_type, a.target_id, a.details
FROM OPENJSON(@targets) WITH (target_id NVARCHAR(200) '$') AS j
JOIN AuditLog AS a ON a.workspace_id = @workspace_id AND a.target_type IN (N'objective', N'key_result')
                  AND a.target_id = j.target_id COLLATE Latin1_General_100_BIN2
WHERE a.seq < @before_seq AND a.outcome = N'SUCCESS'
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
SELECT a.seq, a.action, a.actor_id, a.timestamp AS at, a.target_type, a.target_id, a.details
FROM json_each(@targets) AS j
CROSS JOIN AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.target_type IN ('objective', 'key_result') AND a.target_id = j.value
  AND a.seq < @before_seq AND a.outcome = 'SUCCESS'
ORDER BY a.seq DESC
LIMIT @page_size
