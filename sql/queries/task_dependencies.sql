-- name: insert_dependency :queued
-- The child waits until the parent is done. PK_TaskDependency refuses a second time.
-- param: workspace_id uuid
-- param: parent_id uuid
-- param: child_id uuid
-- param: project_id uuid
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO TaskDependency (workspace_id, parent_id, child_id, project_id, source, created_by, created_at)
VALUES (@workspace_id, @parent_id, @child_id, @project_id, N'manual', @created_by, @now)

-- name: delete_dependency :exec
-- The child waits for this parent no more; those of a workflow stay.
-- param: workspace_id uuid
-- param: parent_id uuid
-- param: child_id uuid
-- scope: workspace
DELETE FROM TaskDependency
WHERE workspace_id = @workspace_id AND parent_id = @parent_id AND child_id = @child_id AND source = N'manual'

-- name: list_parents :many
-- What a task waits for, as far as the caller may see it, by number: all are of its project.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_number int
-- param: page_size int
-- returns: ListedTaskRow
-- scope: workspace
-- plan: sorts what one task is tied to
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM TaskDependency AS d
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = d.parent_id
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE d.workspace_id = @workspace_id AND d.child_id = @task_id AND t.number > @after_number AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.number
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_children :many
-- What waits for a task, as list_parents.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_number int
-- param: page_size int
-- returns: ListedTaskRow
-- scope: workspace
-- plan: sorts what one task is tied to
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM TaskDependency AS d
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = d.child_id
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE d.workspace_id = @workspace_id AND d.parent_id = @task_id AND t.number > @after_number AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.number
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_parents_of :many
-- One step of the cycle check: what a set of tasks waits for (a JSON array of ids). The service keeps what it has seen:
-- a recursive query in T-SQL has no UNION, so it would count paths, not tasks.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: ParentRow
-- scope: workspace
SELECT DISTINCT d.parent_id
FROM OPENJSON(@ids) AS j
CROSS JOIN TaskDependency AS d
WHERE d.workspace_id = @workspace_id AND d.child_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_waiting :many
-- The tasks that wait for one. No edge is added to it while its row is held.
-- param: workspace_id uuid
-- param: parent_id uuid
-- returns: ChildRow
-- scope: workspace
SELECT d.child_id FROM TaskDependency AS d WHERE d.workspace_id = @workspace_id AND d.parent_id = @parent_id

-- name: lock_tasks :queued
-- Takes the rows of several tasks (a JSON array of ids), as lock_task does.
-- param: workspace_id uuid
-- param: ids longtext
-- scope: workspace
-- rule: none, a lock: nothing is shown and nothing changes
UPDATE Task SET version = version
WHERE workspace_id = @workspace_id AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: list_unlocked :many
-- Those of a set of tasks (a JSON array of ids) that are blocked by dependency and wait for nothing any more: all that they
-- waited for is done or deleted. The caller holds lock_tasks, taken in a statement before this one: of two parents that are
-- done at once, the second then sees the first.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: UnlockedRow
-- scope: workspace
-- rule: none, the service lets go what waits, whoever may see it; of its events each is told what they may see
SELECT t.id, t.project_id, p.project_key, t.number, t.task_type_id
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.state = N'BLOCKED' AND t.blocked_by = N'DEPENDENCY' AND t.deleted_at IS NULL
  AND t.id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)
  AND NOT EXISTS (SELECT 1 FROM TaskDependency AS d
                  JOIN Task AS o ON o.workspace_id = @workspace_id AND o.id = d.parent_id
                  WHERE d.workspace_id = @workspace_id AND d.child_id = t.id AND o.state <> N'DONE' AND o.deleted_at IS NULL)

-- name: unlock_tasks :queued
-- To TODO, those that list_unlocked has found under the same locks. updated_at is the text of now.
-- param: workspace_id uuid
-- param: ids longtext
-- param: now time
-- param: updated_at ascii
-- scope: workspace
-- rule: none, the service lets go what waits, whoever may see it
-- dialect: mssql
UPDATE Task
SET state = N'TODO', blocked_by = NULL, updated_at = @now, updated_key = @updated_at + N'/' + LOWER(CAST(id AS CHAR(36))),
    version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)
-- dialect: sqlite
UPDATE Task
SET state = 'TODO', blocked_by = NULL, updated_at = @now, updated_key = @updated_at || '/' || id,
    version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT j.value FROM json_each(@ids) AS j)

-- name: insert_unlocks :queued
-- The transitions that unlock_tasks has just made.
-- param: workspace_id uuid
-- param: ids longtext
-- param: now time
-- scope: workspace
-- rule: none, the service records what it has let go
INSERT INTO TaskTransition (workspace_id, task_id, seq, from_state, to_state, reason, actor_id, at)
SELECT @workspace_id, t.id, t.version, N'BLOCKED', N'TODO', N'dependencies satisfied', N'system', @now
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: block_task :queued
-- A task that has not been begun waits for another now. The caller holds lock_task.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: none, the caller holds the row and was found to be allowed
UPDATE Task
SET state = N'BLOCKED', blocked_by = N'DEPENDENCY', updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND state = N'TODO' AND deleted_at IS NULL

-- name: insert_block :queued
-- The transition that block_task has just made.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: seq int
-- param: reason text
-- param: actor_id text
-- param: now time
-- scope: workspace
INSERT INTO TaskTransition (workspace_id, task_id, seq, from_state, to_state, reason, actor_id, at)
VALUES (@workspace_id, @task_id, @seq, N'TODO', N'BLOCKED', @reason, @actor_id, @now)
