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

-- name: lock_waiting :queued
-- Takes the rows of several tasks, and of those that wait for one of parents (both JSON arrays of ids), as lock_task does. No
-- edge is added to a parent while its row is held.
-- param: workspace_id uuid
-- param: parents longtext
-- param: ids longtext
-- scope: workspace
-- rule: none, a lock: nothing is shown and nothing changes
UPDATE Task SET version = version
WHERE workspace_id = @workspace_id
  AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j
             UNION
             SELECT d.child_id FROM OPENJSON(@parents) AS pj CROSS JOIN TaskDependency AS d
             WHERE d.workspace_id = @workspace_id AND d.parent_id = CAST(pj.value AS UNIQUEIDENTIFIER))

-- name: lock_instances :queued
-- Takes the guard rows of the workflow instances that tasks are of, the tasks as in lock_waiting. They come after those of
-- the tasks: which instance a task is of changes only under its own.
-- param: workspace_id uuid
-- param: parents longtext
-- param: ids longtext
-- scope: workspace
-- rule: none, a lock: nothing is shown and nothing changes
UPDATE WorkflowInstance SET version = version
WHERE workspace_id = @workspace_id
  AND id IN (SELECT t.workflow_instance_id
             FROM Task AS t
             WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id IS NOT NULL
               AND t.id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j
                            UNION
                            SELECT d.child_id FROM OPENJSON(@parents) AS pj CROSS JOIN TaskDependency AS d
                            WHERE d.workspace_id = @workspace_id AND d.parent_id = CAST(pj.value AS UNIQUEIDENTIFIER)))

-- name: list_let_go :many
-- Those of a set of tasks, as in lock_waiting, that are blocked by dependency and wait for nothing any more: all that they
-- waited for is done or deleted, or, where one of it is enough (ANY_DONE), one of what the workflow has them wait for is
-- done. None of an instance that was paused or cancelled. assignee_id: whom the workflow names, who may take it up now. Then
-- the instances of parents, if those were the last of them that were to be done. The caller holds lock_waiting and then
-- lock_instances, taken in statements before this one: of two parents that are done at once, the second then sees the first.
-- param: workspace_id uuid
-- param: parents longtext
-- param: ids longtext
-- returns: LetGoRow
-- scope: workspace
-- rule: none, the service lets go what waits, whoever may see it; of its events each is told what they may see
-- rule: also n.assignee_id, who is named in a workflow is given the task where they may take it up
-- dialect: mssql
SELECT N'task' AS object_type, t.id, t.project_id, p.project_key, t.number, t.task_type_id, n.assignee_id
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
LEFT JOIN WorkflowInstance AS i ON i.workspace_id = @workspace_id AND i.id = t.workflow_instance_id
LEFT JOIN WorkflowNode AS n
  ON n.workspace_id = @workspace_id AND n.template_id = i.template_id AND n.template_version = i.template_version
 AND n.node_id = t.node_id AND t.assignee_id IS NULL
 AND EXISTS (SELECT 1 FROM TaskGrant AS a
             WHERE a.workspace_id = @workspace_id AND a.user_id = n.assignee_id AND a.permission = N'take'
               AND a.project_id = t.project_id AND a.task_type_id = t.task_type_id AND a.state = N'TODO')
WHERE t.workspace_id = @workspace_id AND t.state = N'BLOCKED' AND t.blocked_by = N'DEPENDENCY' AND t.deleted_at IS NULL
  AND (i.state IS NULL OR i.state IN (N'RUNNING', N'COMPLETED'))
  AND t.id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j
               UNION
               SELECT c.child_id FROM OPENJSON(@parents) AS pj CROSS JOIN TaskDependency AS c
               WHERE c.workspace_id = @workspace_id AND c.parent_id = CAST(pj.value AS UNIQUEIDENTIFIER))
  AND NOT EXISTS (SELECT 1 FROM TaskDependency AS d
                  JOIN Task AS o ON o.workspace_id = @workspace_id AND o.id = d.parent_id
                  WHERE d.workspace_id = @workspace_id AND d.child_id = t.id AND o.state <> N'DONE' AND o.deleted_at IS NULL
                    AND (t.trigger_rule = N'ALL_DONE' OR d.source = N'manual'
                         OR NOT EXISTS (SELECT 1 FROM TaskDependency AS e
                                        JOIN Task AS x ON x.workspace_id = @workspace_id AND x.id = e.parent_id
                                        WHERE e.workspace_id = @workspace_id AND e.child_id = t.id AND e.source = N'workflow'
                                          AND x.state = N'DONE')))
UNION ALL
SELECT N'workflow_instance', w.id, w.project_id, N'', 0, CAST(NULL AS UNIQUEIDENTIFIER), CAST(NULL AS NVARCHAR(200))
FROM Task AS b
JOIN WorkflowInstance AS w ON w.workspace_id = @workspace_id AND w.id = b.workflow_instance_id AND w.state = N'RUNNING'
WHERE b.workspace_id = @workspace_id AND b.id IN (SELECT CAST(r.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@parents) AS r)
  AND NOT EXISTS (SELECT 1 FROM Task AS y
                  WHERE y.workspace_id = @workspace_id AND y.workflow_instance_id = w.id AND y.workflow_instance_id IS NOT NULL
                    AND y.state <> N'DONE' AND y.deleted_at IS NULL)
-- dialect: sqlite
-- INDEXED BY: it would go to what a task waits for through all of the workspace.
SELECT 'task' AS object_type, t.id, t.project_id, p.project_key, t.number, t.task_type_id, n.assignee_id
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
LEFT JOIN WorkflowInstance AS i ON i.workspace_id = @workspace_id AND i.id = t.workflow_instance_id
LEFT JOIN WorkflowNode AS n
  ON n.workspace_id = @workspace_id AND n.template_id = i.template_id AND n.template_version = i.template_version
 AND n.node_id = t.node_id AND t.assignee_id IS NULL
 AND EXISTS (SELECT 1 FROM TaskGrant AS a
             WHERE a.workspace_id = @workspace_id AND a.user_id = n.assignee_id AND a.permission = 'take'
               AND a.project_id = t.project_id AND a.task_type_id = t.task_type_id AND a.state = 'TODO')
WHERE t.workspace_id = @workspace_id AND t.state = 'BLOCKED' AND t.blocked_by = 'DEPENDENCY' AND t.deleted_at IS NULL
  AND (i.state IS NULL OR i.state IN ('RUNNING', 'COMPLETED'))
  AND t.id IN (SELECT j.value FROM json_each(@ids) AS j
               UNION
               SELECT c.child_id FROM json_each(@parents) AS pj CROSS JOIN TaskDependency AS c
               WHERE c.workspace_id = @workspace_id AND c.parent_id = pj.value)
  AND NOT EXISTS (SELECT 1 FROM TaskDependency AS d INDEXED BY IX_TaskDependency_child
                  JOIN Task AS o ON o.workspace_id = @workspace_id AND o.id = d.parent_id
                  WHERE d.workspace_id = @workspace_id AND d.child_id = t.id AND o.state <> 'DONE' AND o.deleted_at IS NULL
                    AND (t.trigger_rule = 'ALL_DONE' OR d.source = 'manual'
                         OR NOT EXISTS (SELECT 1 FROM TaskDependency AS e INDEXED BY IX_TaskDependency_child
                                        JOIN Task AS x ON x.workspace_id = @workspace_id AND x.id = e.parent_id
                                        WHERE e.workspace_id = @workspace_id AND e.child_id = t.id AND e.source = 'workflow'
                                          AND x.state = 'DONE')))
UNION ALL
SELECT 'workflow_instance', w.id, w.project_id, '', 0, NULL, NULL
FROM Task AS b
JOIN WorkflowInstance AS w ON w.workspace_id = @workspace_id AND w.id = b.workflow_instance_id AND w.state = 'RUNNING'
WHERE b.workspace_id = @workspace_id AND b.id IN (SELECT r.value FROM json_each(@parents) AS r)
  AND NOT EXISTS (SELECT 1 FROM Task AS y
                  WHERE y.workspace_id = @workspace_id AND y.workflow_instance_id = w.id AND y.workflow_instance_id IS NOT NULL
                    AND y.state <> 'DONE' AND y.deleted_at IS NULL)

-- name: unlock_tasks :queued
-- To TODO, those that list_let_go has found under the same locks. updated_at is the text of now.
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

-- name: assign_unlocked :queued
-- To whom the workflow names, those of which list_let_go has said so.
-- param: workspace_id uuid
-- param: ids longtext
-- scope: workspace
-- rule: none, list_let_go has judged whom it names under the same locks
UPDATE Task
SET assignee_id = (SELECT n.assignee_id
                   FROM WorkflowInstance AS i
                   JOIN WorkflowNode AS n ON n.workspace_id = @workspace_id AND n.template_id = i.template_id
                                         AND n.template_version = i.template_version AND n.node_id = Task.node_id
                   WHERE i.workspace_id = @workspace_id AND i.id = Task.workflow_instance_id)
WHERE workspace_id = @workspace_id AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

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
