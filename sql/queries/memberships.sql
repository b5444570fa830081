-- name: delete_project_memberships :queued
-- Takes a member of the workspace out of every project.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM ProjectMember WHERE workspace_id = @workspace_id AND user_id = @account_id

-- name: unassign_tasks :queued
-- A member's tasks are nobody's from now on, deleted ones too, which may be restored. now_text is now as updated_key has it.
-- param: workspace_id uuid
-- param: account_id text
-- param: now time
-- param: now_text ascii
-- scope: workspace
-- rule: none, whoever held them is in the workspace no more, whatever the caller may see of them
-- dialect: mssql
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text + N'/' + LOWER(CONVERT(VARCHAR(36), id)), version = version + 1
WHERE workspace_id = @workspace_id AND assignee_id = @account_id AND assignee_id IS NOT NULL
-- dialect: sqlite
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text || '/' || id, version = version + 1
WHERE workspace_id = @workspace_id AND assignee_id = @account_id AND assignee_id IS NOT NULL

-- name: unassign_hidden_tasks :queued
-- As unassign_tasks, in the projects that the member sees no more; what is deleted is nobody's to see, and keeps its tasks
-- as they are. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: account_id text
-- param: now time
-- param: now_text ascii
-- scope: workspace
-- rule: none for Task, whoever held them sees them no more, whatever the caller may see of them
-- rule: none for p, whether it is deleted is all that is asked
-- rule: also @account_id, it is their sight that ended
-- dialect: mssql
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text + N'/' + LOWER(CONVERT(VARCHAR(36), id)), version = version + 1
WHERE workspace_id = @workspace_id AND assignee_id = @account_id AND assignee_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM Project AS p
              WHERE p.workspace_id = @workspace_id AND p.id = Task.project_id AND p.deleted_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM VisibleProject AS v
                  WHERE v.workspace_id = @workspace_id AND v.user_id = @account_id AND v.project_id = Task.project_id)
-- dialect: sqlite
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text || '/' || id, version = version + 1
WHERE workspace_id = @workspace_id AND assignee_id = @account_id AND assignee_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM Project AS p
              WHERE p.workspace_id = @workspace_id AND p.id = Task.project_id AND p.deleted_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM VisibleProject AS v
                  WHERE v.workspace_id = @workspace_id AND v.user_id = @account_id AND v.project_id = Task.project_id)

-- name: unassign_unseen_tasks :exec
-- As unassign_hidden_tasks, of everybody who sees a project no more: a batch. Right only while the caller holds
-- lock_workspace, and the project's row. Whoever was assigned meanwhile is judged by the row as it is when it is locked.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: batch int
-- param: now time
-- param: now_text ascii
-- scope: workspace
-- rule: none for Task, whoever held them sees them no more, whatever the caller may see of them
-- rule: none for t, whoever held them sees them no more, whatever the caller may see of them
-- rule: also t.assignee_id, it is their sight that ended
-- rule: also Task.assignee_id, it is their sight that ended
-- dialect: mssql
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text + N'/' + LOWER(CONVERT(VARCHAR(36), id)), version = version + 1
WHERE workspace_id = @workspace_id AND id IN (
    SELECT t.id FROM Task AS t
    WHERE t.workspace_id = @workspace_id AND t.project_id = @project_id AND t.assignee_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM VisibleProject AS v
                      WHERE v.workspace_id = @workspace_id AND v.user_id = t.assignee_id AND v.project_id = t.project_id)
    ORDER BY t.number OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY)
  AND assignee_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM VisibleProject AS x
                  WHERE x.workspace_id = @workspace_id AND x.user_id = Task.assignee_id AND x.project_id = Task.project_id)
-- dialect: sqlite
UPDATE Task
SET assignee_id = NULL, updated_at = @now, updated_key = @now_text || '/' || id, version = version + 1
WHERE workspace_id = @workspace_id AND id IN (
    SELECT t.id FROM Task AS t
    WHERE t.workspace_id = @workspace_id AND t.project_id = @project_id AND t.assignee_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM VisibleProject AS v
                      WHERE v.workspace_id = @workspace_id AND v.user_id = t.assignee_id AND v.project_id = t.project_id)
    ORDER BY t.number LIMIT @batch)
  AND assignee_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM VisibleProject AS x
                  WHERE x.workspace_id = @workspace_id AND x.user_id = Task.assignee_id AND x.project_id = Task.project_id)

-- name: delete_watches :queued
-- A member watches no task any more.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM TaskWatcher WHERE workspace_id = @workspace_id AND user_id = @account_id

-- name: rename_project_memberships :queued
-- Projects list their members by the names that their workspaces have.
-- param: account_id text
-- param: member_key text
-- scope: global tenant: somebody has another name in every workspace at once
UPDATE ProjectMember SET member_key = @member_key
WHERE user_id = @account_id
  AND workspace_id IN (SELECT m.workspace_id FROM WorkspaceMember AS m WHERE m.user_id = @account_id)
