-- name: list_activity :page
-- What the log says of a task that the caller may see, the newest first, before a number.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: target_id text
-- param: before_seq int
-- param: page_size int
-- returns: ActivityRow
-- scope: workspace
SELECT a.seq, a.action, a.actor_id, a.timestamp AS at, a.details
FROM AuditLog AS a
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = @task_id
WHERE a.workspace_id = @workspace_id AND a.target_type = N'task' AND a.target_id = @target_id AND a.seq < @before_seq
  AND a.outcome = N'SUCCESS' AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
