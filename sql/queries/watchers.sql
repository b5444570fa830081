-- name: watch_task :exec
-- The caller watches a task that they may see, unless they do already. Right only while the caller holds the workspace's
-- guard row: a membership that ends takes its watching with it.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: now time
-- scope: workspace
INSERT INTO TaskWatcher (workspace_id, task_id, user_id, added_at)
SELECT @workspace_id, t.id, @user_id, @now
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
  AND NOT EXISTS (SELECT 1 FROM TaskWatcher AS w
                  WHERE w.workspace_id = @workspace_id AND w.task_id = @task_id AND w.user_id = @user_id)

-- name: unwatch_task :exec
-- The caller watches it no more.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- scope: workspace
DELETE FROM TaskWatcher WHERE workspace_id = @workspace_id AND task_id = @task_id AND user_id = @user_id

-- name: list_watchers :many
-- Who watches a task that the caller may see, by their ids, after the cursor.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_id text
-- param: page_size int
-- returns: WatcherRow
-- scope: workspace
SELECT w.user_id, m.display_name, w.added_at
FROM TaskWatcher AS w
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = w.task_id
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = w.user_id
WHERE w.workspace_id = @workspace_id AND w.task_id = @task_id AND w.user_id > @after_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY w.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
