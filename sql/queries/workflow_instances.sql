-- name: get_instance :optional
-- One instance of a project that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: instance_id uuid
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.id = @instance_id
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = i.project_id)

-- name: find_correlated_instance :optional
-- The instance that was made under a key. Right only while the caller holds its project's row; of two that make one in
-- different projects, UQ_WorkflowInstance_correlation refuses the second, which is run again and finds the first.
-- param: workspace_id uuid
-- param: correlation_key text
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.correlation_key = @correlation_key AND i.correlation_key IS NOT NULL

-- name: list_instances :many
-- The instances of projects that the caller may see, the last made first.
-- param: workspace_id uuid
-- param: user_id text
-- param: before_key text
-- param: page_size int
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.list_key < @before_key
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = i.project_id)
ORDER BY i.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_instances_in_state :many
-- As list_instances, those in a state: a range of an index of its own.
-- param: workspace_id uuid
-- param: user_id text
-- param: state text
-- param: before_key text
-- param: page_size int
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.state = @state AND i.list_key < @before_key
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = i.project_id)
ORDER BY i.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_template_instances :many
-- As list_instances, those of a template.
-- param: workspace_id uuid
-- param: user_id text
-- param: template_id uuid
-- param: state text?
-- param: before_key text
-- param: page_size int
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.template_id = @template_id AND (@state IS NULL OR i.state = @state) AND i.list_key < @before_key
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = i.project_id)
ORDER BY i.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_project_instances :many
-- As list_instances, those of a project.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: template_id uuid?
-- param: state text?
-- param: before_key text
-- param: page_size int
-- returns: InstanceRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key
FROM WorkflowInstance AS i
WHERE i.workspace_id = @workspace_id AND i.project_id = @project_id AND (@template_id IS NULL OR i.template_id = @template_id)
  AND (@state IS NULL OR i.state = @state) AND i.list_key < @before_key
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = i.project_id)
ORDER BY i.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_version :optional
-- A version of a template, or its latest, of which an instance is to be made.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int?
-- returns: VersionRow
-- scope: workspace
SELECT w.template_version, w.status,
       (SELECT COUNT(*) FROM WorkflowNode AS n
        WHERE n.workspace_id = @workspace_id AND n.template_id = @template_id AND n.template_version = w.template_version) AS nodes
FROM WorkflowTemplate AS m
JOIN WorkflowTemplateVersion AS w
  ON w.workspace_id = @workspace_id AND w.template_id = m.id AND w.template_version = COALESCE(@template_version, m.latest_version)
WHERE m.workspace_id = @workspace_id AND m.id = @template_id

-- name: has_template :value
-- Whether there is such a template.
-- param: workspace_id uuid
-- param: template_id uuid
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM WorkflowTemplate AS m WHERE m.workspace_id = @workspace_id AND m.id = @template_id)
            THEN 1 ELSE 0 END AS has_template

-- name: read_instance_room :one
-- What the first of the numbers is that take_task_numbers has taken, and whether the caller may assign tasks of the type of
-- one of the nodes at least. Right only while the caller holds take_task_numbers.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: taken int
-- returns: InstanceRoomRow
-- scope: workspace
SELECT p.project_key, p.next_number - @taken AS first_number,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS g
                         WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'assign'
                           AND g.project_id = p.id AND g.state = N'TODO'
                           AND g.task_type_id IN (SELECT n.task_type_id FROM WorkflowNode AS n
                                                  WHERE n.workspace_id = @workspace_id AND n.template_id = @template_id
                                                    AND n.template_version = @template_version))
            THEN 1 ELSE 0 END AS may_assign
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.id = @project_id AND p.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)

-- name: list_nodes :page
-- The nodes of a version after an ordinal, by ordinal. assignee_id: who is named, where they may take up such a task of the project.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: after_ordinal int
-- param: page_size int
-- returns: NodeRow
-- scope: workspace
-- rule: also n.assignee_id, who is named in a node is given its task where they may take it up
SELECT n.ordinal, n.node_id, n.title, n.description, n.task_type_id,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS a
                         WHERE a.workspace_id = @workspace_id AND a.user_id = n.assignee_id AND a.permission = N'take'
                           AND a.project_id = @project_id AND a.task_type_id = n.task_type_id AND a.state = N'TODO')
            THEN n.assignee_id END AS assignee_id,
       n.assignee_user_type_id, n.due_offset_seconds, n.trigger_rule, n.indegree
FROM WorkflowNode AS n
WHERE n.workspace_id = @workspace_id AND n.template_id = @template_id AND n.template_version = @template_version
  AND n.ordinal > @after_ordinal
ORDER BY n.ordinal
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: insert_instance :queued
-- A new instance. Its tasks follow in the same transaction.
-- param: workspace_id uuid
-- param: instance_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: project_id uuid
-- param: name text
-- param: correlation_key text?
-- param: list_key text
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO WorkflowInstance (id, workspace_id, template_id, template_version, project_id, name, correlation_key, list_key, created_by,
                              created_at, updated_at)
VALUES (@instance_id, @workspace_id, @template_id, @template_version, @project_id, @name, @correlation_key, @list_key, @created_by,
        @now, @now)

-- name: insert_tasks :queued
-- The tasks of nodes of an instance. tasks: a JSON array of objects: ordinal, of the node; id; number; due_at, due_key,
-- assignee_id, which may be left out; updated_key. state: TODO where the node waits for nothing.
-- param: workspace_id uuid
-- param: instance_id uuid
-- param: project_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: tasks longtext
-- param: created_by text
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO Task (id, workspace_id, project_id, number, title, description, task_type_id, state, blocked_by, assignee_id, priority,
                  due_at, due_key, created_by, created_at, updated_at, updated_key, workflow_instance_id, node_id, trigger_rule)
SELECT j.id, @workspace_id, @project_id, j.number, n.title, n.description, n.task_type_id,
       CASE WHEN n.indegree = 0 THEN N'TODO' ELSE N'BLOCKED' END, CASE WHEN n.indegree = 0 THEN NULL ELSE N'DEPENDENCY' END,
       j.assignee_id, 2, CAST(REPLACE(j.due_at, N'Z', N'') AS DATETIME2(6)), j.due_key, @created_by, @now, @now, j.updated_key, @instance_id, n.node_id, n.trigger_rule
FROM OPENJSON(@tasks) WITH (ordinal INT '$.ordinal', id UNIQUEIDENTIFIER '$.id', number INT '$.number', due_at NVARCHAR(40) '$.due_at',
                            due_key NVARCHAR(100) '$.due_key', assignee_id NVARCHAR(200) '$.assignee_id',
                            updated_key NVARCHAR(100) '$.updated_key') AS j
JOIN WorkflowNode AS n ON n.workspace_id = @workspace_id AND n.template_id = @template_id AND n.template_version = @template_version
                      AND n.ordinal = j.ordinal
-- dialect: sqlite
INSERT INTO Task (id, workspace_id, project_id, number, title, description, task_type_id, state, blocked_by, assignee_id, priority,
                  due_at, due_key, created_by, created_at, updated_at, updated_key, workflow_instance_id, node_id, trigger_rule)
SELECT j.value ->> '$.id', @workspace_id, @project_id, j.value ->> '$.number', n.title, n.description, n.task_type_id,
       CASE WHEN n.indegree = 0 THEN 'TODO' ELSE 'BLOCKED' END, CASE WHEN n.indegree = 0 THEN NULL ELSE 'DEPENDENCY' END,
       j.value ->> '$.assignee_id', 2, j.value ->> '$.due_at', j.value ->> '$.due_key', @created_by, @now, @now,
       j.value ->> '$.updated_key', @instance_id, n.node_id, n.trigger_rule
FROM json_each(@tasks) AS j
CROSS JOIN WorkflowNode AS n
WHERE n.workspace_id = @workspace_id AND n.template_id = @template_id AND n.template_version = @template_version
  AND n.ordinal = j.value ->> '$.ordinal'

-- name: insert_dependencies :queued
-- What the tasks of an instance wait for, unless it stands there by hand. ids: a JSON array of them by the ordinals of their nodes.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: ids longtext
-- param: created_by text
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO TaskDependency (workspace_id, parent_id, child_id, project_id, source, created_by, created_at)
SELECT @workspace_id, a.id, b.id, @project_id, N'workflow', @created_by, @now
FROM WorkflowEdge AS e
JOIN (SELECT CAST(j.[key] AS INT) AS ordinal, CAST(j.value AS UNIQUEIDENTIFIER) AS id FROM OPENJSON(@ids) AS j) AS a
  ON a.ordinal = e.from_ordinal
JOIN (SELECT CAST(i.[key] AS INT) AS ordinal, CAST(i.value AS UNIQUEIDENTIFIER) AS id FROM OPENJSON(@ids) AS i) AS b
  ON b.ordinal = e.to_ordinal
WHERE e.workspace_id = @workspace_id AND e.template_id = @template_id AND e.template_version = @template_version
  AND NOT EXISTS (SELECT 1 FROM TaskDependency AS k
                  WHERE k.workspace_id = @workspace_id AND k.parent_id = a.id AND k.child_id = b.id)
-- dialect: sqlite
INSERT INTO TaskDependency (workspace_id, parent_id, child_id, project_id, source, created_by, created_at)
SELECT @workspace_id, a.value, b.value, @project_id, 'workflow', @created_by, @now
FROM json_each(@ids) AS a
CROSS JOIN WorkflowEdge AS e
JOIN json_each(@ids) AS b ON b.key = e.to_ordinal
WHERE e.workspace_id = @workspace_id AND e.template_id = @template_id AND e.template_version = @template_version
  AND e.from_ordinal = a.key
  AND NOT EXISTS (SELECT 1 FROM TaskDependency AS k
                  WHERE k.workspace_id = @workspace_id AND k.parent_id = a.value AND k.child_id = b.value)

-- name: lock_instance :queued
-- Takes the guard row of an instance's state, as lock_workspace does. It comes after those of its tasks.
-- param: workspace_id uuid
-- param: instance_id uuid
-- scope: workspace
UPDATE WorkflowInstance SET version = version WHERE workspace_id = @workspace_id AND id = @instance_id

-- name: get_instance_to_change :optional
-- As get_instance, with what decides about a change: whether the project is in work, and whether the caller may assign tasks of
-- one of the nodes' types at least. Right only while the caller holds lock_instance.
-- param: workspace_id uuid
-- param: user_id text
-- param: instance_id uuid
-- returns: InstanceToChangeRow
-- scope: workspace
SELECT i.id, i.template_id, i.template_version, i.project_id, i.name, i.state, i.correlation_key, i.created_by, i.created_at,
       i.updated_at, i.ended_at, i.list_key, p.status AS project_status,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS g
                         WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'assign'
                           AND g.project_id = i.project_id AND g.state = N'TODO'
                           AND g.task_type_id IN (SELECT n.task_type_id FROM WorkflowNode AS n
                                                  WHERE n.workspace_id = @workspace_id AND n.template_id = i.template_id
                                                    AND n.template_version = i.template_version))
            THEN 1 ELSE 0 END AS may_assign
FROM WorkflowInstance AS i
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = i.project_id
WHERE i.workspace_id = @workspace_id AND i.id = @instance_id
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)

-- name: set_instance_state :queued
-- The caller holds lock_instance. ended_at: NULL while it goes on.
-- param: workspace_id uuid
-- param: instance_id uuid
-- param: state text
-- param: ended_at time?
-- param: now time
-- scope: workspace
UPDATE WorkflowInstance SET state = @state, ended_at = @ended_at, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @instance_id

-- name: lock_waiting_tasks :queued
-- Takes the rows of an instance's tasks that wait, as lock_task does.
-- param: workspace_id uuid
-- param: instance_id uuid
-- scope: workspace
-- rule: none, a lock: nothing is shown and nothing changes
UPDATE Task SET version = version
WHERE workspace_id = @workspace_id AND workflow_instance_id = @instance_id AND workflow_instance_id IS NOT NULL AND state = N'BLOCKED'

-- name: list_waiting_tasks :many
-- Those of an instance's tasks that wait. Right only while the caller holds lock_waiting_tasks.
-- param: workspace_id uuid
-- param: instance_id uuid
-- returns: WaitingTaskRow
-- scope: workspace
-- rule: none, the service lets go what waits, whoever may see it
SELECT t.id
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id = @instance_id AND t.workflow_instance_id IS NOT NULL
  AND t.state = N'BLOCKED' AND t.blocked_by = N'DEPENDENCY' AND t.deleted_at IS NULL

-- name: has_open_task :value
-- Whether anything of an instance is still to be done. Right only while the caller holds lock_instance.
-- param: workspace_id uuid
-- param: instance_id uuid
-- returns: bool
-- scope: workspace
-- rule: none, an instance ends with its last task, whoever may see that
SELECT CASE WHEN EXISTS (SELECT 1 FROM Task AS t
                         WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id = @instance_id
                           AND t.workflow_instance_id IS NOT NULL AND t.state <> N'DONE' AND t.deleted_at IS NULL)
            THEN 1 ELSE 0 END AS has_open_task

-- name: list_instance_nodes :many
-- The nodes of an instance by ordinal, each with its task as far as the caller may see that; is_deleted: it was, and they
-- could. Of a node whose task they may not see there is nothing but the ordinal.
-- param: workspace_id uuid
-- param: user_id text
-- param: instance_id uuid
-- returns: InstanceNodeRow
-- scope: workspace
-- rule: also deleted, a node whose task was deleted is shown as such
SELECT n.ordinal, CASE WHEN t.id IS NOT NULL THEN n.node_id END AS node_id, t.id AS task_id, p.project_key, t.number, t.title,
       t.task_type_id, t.state, t.blocked_by, t.assignee_id, CASE WHEN t.id IS NOT NULL THEN n.assignee_user_type_id END AS assignee_user_type_id,
       t.trigger_rule, t.due_at, CASE WHEN t.deleted_at IS NOT NULL THEN 1 ELSE 0 END AS is_deleted
FROM WorkflowInstance AS i
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = i.project_id
JOIN WorkflowNode AS n
  ON n.workspace_id = @workspace_id AND n.template_id = i.template_id AND n.template_version = i.template_version
LEFT JOIN Task AS t
  ON t.workspace_id = @workspace_id AND t.workflow_instance_id = i.id AND t.workflow_instance_id IS NOT NULL AND t.node_id = n.node_id
 AND EXISTS (SELECT 1 FROM TaskGrant AS g
             WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
               AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
WHERE i.workspace_id = @workspace_id AND i.id = @instance_id
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
ORDER BY n.ordinal

-- name: list_edges :many
-- The edges of a version, by the ordinals of their nodes.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- returns: EdgeRow
-- scope: workspace
SELECT e.from_ordinal, e.to_ordinal
FROM WorkflowEdge AS e
WHERE e.workspace_id = @workspace_id AND e.template_id = @template_id AND e.template_version = @template_version
ORDER BY e.from_ordinal, e.to_ordinal

-- name: lock_instance_tasks :queued
-- Takes the rows of an instance's tasks, as lock_task does.
-- param: workspace_id uuid
-- param: instance_id uuid
-- scope: workspace
-- rule: none, a lock: nothing is shown and nothing changes
UPDATE Task SET version = version
WHERE workspace_id = @workspace_id AND workflow_instance_id = @instance_id AND workflow_instance_id IS NOT NULL

-- name: list_instance_tasks :many
-- The tasks of an instance, deleted or not. Right only while the caller holds lock_instance_tasks.
-- param: workspace_id uuid
-- param: instance_id uuid
-- returns: InstanceTaskRow
-- scope: workspace
-- rule: none, an ADMIN moves the instance to another version, and sees every task
SELECT t.id, t.node_id, t.number, t.task_type_id, t.state, t.blocked_by,
       CASE WHEN t.deleted_at IS NOT NULL THEN 1 ELSE 0 END AS is_deleted
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id = @instance_id AND t.workflow_instance_id IS NOT NULL

-- name: delete_dependencies :queued
-- What tasks (a JSON array of ids) wait for because a workflow says so.
-- param: workspace_id uuid
-- param: ids longtext
-- scope: workspace
-- dialect: mssql
DELETE FROM TaskDependency
WHERE workspace_id = @workspace_id AND source = N'workflow'
  AND child_id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)
-- dialect: sqlite
-- INDEXED BY: it would go through all of the workspace.
DELETE FROM TaskDependency INDEXED BY IX_TaskDependency_child
WHERE workspace_id = @workspace_id AND source = 'workflow'
  AND child_id IN (SELECT j.value FROM json_each(@ids) AS j)

-- name: set_trigger_rules :queued
-- Those of the nodes of a version, for the tasks that an instance has of them.
-- param: workspace_id uuid
-- param: instance_id uuid
-- param: template_id uuid
-- param: template_version int
-- scope: workspace
-- rule: none, an ADMIN moves the instance to another version
UPDATE Task
SET trigger_rule = (SELECT n.trigger_rule FROM WorkflowNode AS n
                    WHERE n.workspace_id = @workspace_id AND n.template_id = @template_id
                      AND n.template_version = @template_version AND n.node_id = Task.node_id)
WHERE workspace_id = @workspace_id AND workflow_instance_id = @instance_id AND workflow_instance_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM WorkflowNode AS m
              WHERE m.workspace_id = @workspace_id AND m.template_id = @template_id
                AND m.template_version = @template_version AND m.node_id = Task.node_id)

-- name: set_instance_version :queued
-- The caller holds lock_instance.
-- param: workspace_id uuid
-- param: instance_id uuid
-- param: template_version int
-- param: now time
-- scope: workspace
UPDATE WorkflowInstance SET template_version = @template_version, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @instance_id

-- name: remove_tasks :queued
-- Deletes tasks (a JSON array of ids), which are of no instance any more. updated_at is the text of now.
-- param: workspace_id uuid
-- param: ids longtext
-- param: now time
-- param: updated_at ascii
-- scope: workspace
-- rule: none, an ADMIN moves the instance to another version
-- dialect: mssql
UPDATE Task
SET deleted_at = @now, workflow_instance_id = NULL, node_id = NULL, updated_at = @now,
    updated_key = @updated_at + N'/' + LOWER(CAST(id AS CHAR(36))), version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)
-- dialect: sqlite
UPDATE Task
SET deleted_at = @now, workflow_instance_id = NULL, node_id = NULL, updated_at = @now,
    updated_key = @updated_at || '/' || id, version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT j.value FROM json_each(@ids) AS j)

-- name: list_held :many
-- The tasks of an instance that nobody has begun and that wait for something now, as list_let_go has it.
-- param: workspace_id uuid
-- param: instance_id uuid
-- returns: WaitingTaskRow
-- scope: workspace
-- rule: none, an ADMIN moves the instance to another version
-- dialect: mssql
SELECT t.id
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id = @instance_id AND t.workflow_instance_id IS NOT NULL
  AND t.state = N'TODO' AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskDependency AS d
              JOIN Task AS o ON o.workspace_id = @workspace_id AND o.id = d.parent_id
              WHERE d.workspace_id = @workspace_id AND d.child_id = t.id AND o.state <> N'DONE' AND o.deleted_at IS NULL
                AND (t.trigger_rule = N'ALL_DONE' OR d.source = N'manual'
                     OR NOT EXISTS (SELECT 1 FROM TaskDependency AS e
                                    JOIN Task AS x ON x.workspace_id = @workspace_id AND x.id = e.parent_id
                                    WHERE e.workspace_id = @workspace_id AND e.child_id = t.id AND e.source = N'workflow'
                                      AND x.state = N'DONE')))
-- dialect: sqlite
-- INDEXED BY, as in list_let_go.
SELECT t.id
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.workflow_instance_id = @instance_id AND t.workflow_instance_id IS NOT NULL
  AND t.state = 'TODO' AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskDependency AS d INDEXED BY IX_TaskDependency_child
              JOIN Task AS o ON o.workspace_id = @workspace_id AND o.id = d.parent_id
              WHERE d.workspace_id = @workspace_id AND d.child_id = t.id AND o.state <> 'DONE' AND o.deleted_at IS NULL
                AND (t.trigger_rule = 'ALL_DONE' OR d.source = 'manual'
                     OR NOT EXISTS (SELECT 1 FROM TaskDependency AS e INDEXED BY IX_TaskDependency_child
                                    JOIN Task AS x ON x.workspace_id = @workspace_id AND x.id = e.parent_id
                                    WHERE e.workspace_id = @workspace_id AND e.child_id = t.id AND e.source = 'workflow'
                                      AND x.state = 'DONE')))

-- name: block_tasks :queued
-- To BLOCKED, those that list_held has found. updated_at is the text of now.
-- param: workspace_id uuid
-- param: ids longtext
-- param: now time
-- param: updated_at ascii
-- scope: workspace
-- rule: none, an ADMIN moves the instance to another version
-- dialect: mssql
UPDATE Task
SET state = N'BLOCKED', blocked_by = N'DEPENDENCY', updated_at = @now,
    updated_key = @updated_at + N'/' + LOWER(CAST(id AS CHAR(36))), version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)
-- dialect: sqlite
UPDATE Task
SET state = 'BLOCKED', blocked_by = 'DEPENDENCY', updated_at = @now, updated_key = @updated_at || '/' || id,
    version = version + 1
WHERE workspace_id = @workspace_id AND id IN (SELECT j.value FROM json_each(@ids) AS j)

-- name: insert_blocks :queued
-- The transitions that block_tasks has just made.
-- param: workspace_id uuid
-- param: ids longtext
-- param: now time
-- scope: workspace
-- rule: none, the service records what it has blocked
INSERT INTO TaskTransition (workspace_id, task_id, seq, from_state, to_state, reason, actor_id, at)
SELECT @workspace_id, t.id, t.version, N'TODO', N'BLOCKED', N'another version of the workflow', N'system', @now
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)

-- name: list_project_dependencies :many
-- All that waits in a project. Right only while the caller holds lock_project.
-- param: workspace_id uuid
-- param: project_id uuid
-- returns: DependencyRow
-- scope: workspace
SELECT d.parent_id, d.child_id FROM TaskDependency AS d WHERE d.workspace_id = @workspace_id AND d.project_id = @project_id
