-- name: get_task :optional
-- One task that the caller may see. No row: 404, whatever the reason.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- returns: TaskRow
-- scope: workspace
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.doc_no,
       t.description
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: get_task_by_key :optional
-- As get_task, by a key that its project has or had, and its number.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_key text
-- param: number int
-- returns: TaskRow
-- scope: workspace
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.doc_no,
       t.description
FROM ProjectKey AS k
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.project_id = k.project_id AND t.number = @number
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE k.workspace_id = @workspace_id AND k.project_key = @project_key AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: lock_task :queued
-- Takes the task's row, as lock_workspace does: whoever reads it next reads what holds to the commit.
-- param: workspace_id uuid
-- param: task_id uuid
-- scope: workspace
-- rule: none, nothing is shown or changed: the row is taken before it is judged
UPDATE Task SET version = version WHERE workspace_id = @workspace_id AND id = @task_id

-- name: get_task_to_change :optional
-- As get_task, deleted or not, with what decides about a change. Right only while the caller holds lock_task.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: permission text
-- returns: TaskToChangeRow
-- scope: workspace
-- rule: also deleted, what is deleted can be brought back
SELECT t.id, t.project_id, t.column_id, t.title, t.description, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority, t.due_at, t.created_by,
       t.number, p.project_key, p.status AS project_status, t.version, t.doc_no,
       CASE WHEN t.deleted_at IS NULL THEN 0 ELSE 1 END AS is_deleted,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS m
                         WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id AND m.permission = @permission
                           AND m.project_id = t.project_id AND m.task_type_id = t.task_type_id AND m.state = t.state)
            THEN 1 ELSE 0 END AS may
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.id = @task_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: take_task_numbers :queued
-- Takes the guard row of a project's numbers, and so many of them: no gap and no repeat, whoever else makes tasks.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: taken int
-- scope: workspace
-- rule: none, nothing is shown: read_task_room judges under this lock, and a refusal undoes it
UPDATE Project SET next_number = next_number + @taken WHERE workspace_id = @workspace_id AND id = @project_id AND deleted_at IS NULL

-- name: read_task_room :optional
-- A project that the caller may see, whether they could see a task of a type in a state there, and whether a new one
-- may be theirs to make: who could take it up. Right only while the caller holds take_task_numbers, or a task of it.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: task_type_id uuid
-- param: state text
-- returns: TaskRoomRow
-- scope: workspace
SELECT p.status,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS s
                         WHERE s.workspace_id = @workspace_id AND s.user_id = @user_id AND s.permission = N'view'
                           AND s.project_id = p.id AND s.task_type_id = @task_type_id AND s.state = @state)
            THEN 1 ELSE 0 END AS may_see,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS m
                         WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id AND m.permission = N'take'
                           AND m.project_id = p.id AND m.task_type_id = @task_type_id AND m.state = N'TODO')
            THEN 1 ELSE 0 END AS may_take
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.id = @project_id AND p.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)

-- name: insert_task :queued
-- A new task. before_next: how far its number lies before the project's next one, which take_task_numbers has moved on.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: project_id uuid
-- param: before_next int
-- param: column_id uuid?
-- param: position int?
-- param: title text
-- param: description longtext?
-- param: task_type_id uuid
-- param: priority int
-- param: due_at time?
-- param: due_key ascii?
-- param: external_source text?
-- param: external_id text?
-- param: created_by text
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: none for p, read_task_room has judged under the lock of take_task_numbers
INSERT INTO Task (id, workspace_id, project_id, number, column_id, position, title, description, task_type_id, state, priority,
                  due_at, due_key, external_source, external_id, created_by, created_at, updated_at, updated_key)
SELECT @task_id, @workspace_id, p.id, p.next_number - @before_next, @column_id, @position, @title, @description, @task_type_id, N'TODO', @priority,
       @due_at, @due_key, @external_source, @external_id, @created_by, @now, @now, @updated_key
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.id = @project_id AND p.deleted_at IS NULL

-- name: update_task :queued
-- What a person writes of a task. The caller holds lock_task and has been found to be allowed.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: title text
-- param: description longtext?
-- param: task_type_id uuid
-- param: priority int
-- param: due_at time?
-- param: due_key ascii?
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: none, get_task_to_change has judged under lock_task
UPDATE Task
SET title = @title, description = @description, task_type_id = @task_type_id, priority = @priority, due_at = @due_at, due_key = @due_key,
    updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND deleted_at IS NULL

-- name: set_task_deleted :queued
-- Deletes a task or brings it back; it keeps its number, its place in a column, and all that hangs on it.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: deleted_at time?
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: none, get_task_to_change has judged under lock_task
UPDATE Task
SET deleted_at = @deleted_at, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id

-- name: find_external_task :optional
-- The task that stands for an item of another system, for who may see every task.
-- param: workspace_id uuid
-- param: user_id text
-- param: external_source text
-- param: external_id text
-- returns: ExternalTaskRow
-- scope: workspace
SELECT t.id, t.project_id
FROM Task AS t
WHERE t.workspace_id = @workspace_id AND t.external_source = @external_source AND t.external_id = @external_id
  AND t.external_source IS NOT NULL AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: list_recent_tasks :many
-- All that the caller may see, the last changed first: a walk along one index that looks at no more than budget tasks.
-- For whoever sees most of them; looked_at < budget: below this page there is nothing.
-- param: workspace_id uuid
-- param: user_id text
-- param: before_key ascii
-- param: state text?
-- param: task_type_id uuid?
-- param: budget int
-- param: page_size int
-- returns: WalkedTaskRow
-- scope: workspace
-- rule: none for x, keys alone, which bound how far the walk looks
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key,
       (SELECT COUNT(*) FROM (
         SELECT x.updated_key FROM Task AS x
         WHERE x.workspace_id = @workspace_id AND x.updated_key < @before_key AND x.deleted_at IS NULL
         ORDER BY x.updated_key DESC OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w) AS looked_at
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.updated_key < @before_key AND t.deleted_at IS NULL
  AND t.updated_key >= (SELECT MIN(w.updated_key) FROM (
         SELECT x.updated_key FROM Task AS x
         WHERE x.workspace_id = @workspace_id AND x.updated_key < @before_key AND x.deleted_at IS NULL
         ORDER BY x.updated_key DESC OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w)
  AND (@state IS NULL OR t.state = @state) AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.updated_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_deleted_tasks :many
-- As list_recent_tasks, those that were deleted and that the caller could see, the last deleted first.
-- param: workspace_id uuid
-- param: user_id text
-- param: before_key ascii
-- param: state text?
-- param: task_type_id uuid?
-- param: budget int
-- param: page_size int
-- returns: WalkedTaskRow
-- scope: workspace
-- rule: none for x, keys alone, which bound how far the walk looks
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key,
       (SELECT COUNT(*) FROM (
         SELECT x.updated_key FROM Task AS x
         WHERE x.workspace_id = @workspace_id AND x.updated_key < @before_key AND x.deleted_at IS NOT NULL
         ORDER BY x.updated_key DESC OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w) AS looked_at
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.updated_key < @before_key AND t.deleted_at IS NOT NULL
  AND t.updated_key >= (SELECT MIN(w.updated_key) FROM (
         SELECT x.updated_key FROM Task AS x
         WHERE x.workspace_id = @workspace_id AND x.updated_key < @before_key AND x.deleted_at IS NOT NULL
         ORDER BY x.updated_key DESC OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w)
  AND (@state IS NULL OR t.state = @state) AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.updated_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_assigned_floor :one
-- How far a walk of list_assigned_tasks may look: the key of the budget-th. looked_at < budget: that is the end.
-- param: workspace_id uuid
-- param: assignee_id text
-- param: before_key ascii
-- param: budget int
-- returns: FloorRow
-- scope: workspace
-- rule: none for x, keys alone, which bound how far the walk looks
SELECT MIN(w.updated_key) AS floor_key, COUNT(*) AS looked_at
FROM (SELECT x.updated_key FROM Task AS x
      WHERE x.workspace_id = @workspace_id AND x.assignee_id = @assignee_id AND x.assignee_id IS NOT NULL AND x.updated_key < @before_key
        AND x.deleted_at IS NULL
      ORDER BY x.updated_key DESC OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w

-- name: list_assigned_tasks :many
-- What somebody is assigned to, as far as the caller may see it, the last changed first, down to the floor.
-- param: workspace_id uuid
-- param: user_id text
-- param: assignee_id text
-- param: project_id uuid?
-- param: state text?
-- param: task_type_id uuid?
-- param: before_key ascii
-- param: floor_key ascii
-- param: page_size int
-- returns: ListedTaskRow
-- scope: workspace
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.assignee_id = @assignee_id AND t.assignee_id IS NOT NULL AND t.updated_key < @before_key AND t.updated_key >= @floor_key
  AND t.deleted_at IS NULL AND (@project_id IS NULL OR t.project_id = @project_id) AND (@state IS NULL OR t.state = @state)
  AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.updated_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: merge_recent_tasks :many
-- As list_recent_tasks, from the caller's classes: the first tasks of each class's range, then the first of those. It
-- costs by the number of classes, not of tasks. For whoever sees little.
-- param: workspace_id uuid
-- param: user_id text
-- param: state text?
-- param: task_type_id uuid?
-- param: before_key ascii
-- param: page_size int
-- returns: ListedTaskRow
-- scope: workspace
-- rule: none for x, keys alone: the tasks are read again under the rule
-- plan: sorts one page of candidates; every class is one range of an index
-- dialect: mssql
-- CROSS APPLY, which SQLite has not: there the range of each class is found first, and then read.
WITH class AS (
    SELECT TOP (@page_size) v.project_id, r.task_type_id, r.state
    FROM VisibleProject AS v
    JOIN TaskRight AS r ON r.workspace_id = @workspace_id
    CROSS APPLY (
        SELECT TOP (1) x.updated_key FROM Task AS x
        WHERE x.workspace_id = @workspace_id AND x.project_id = v.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
        ORDER BY x.updated_key DESC
    ) AS h
    WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id
      AND r.user_id = @user_id AND r.permission = N'view'
      AND (@state IS NULL OR r.state = @state) AND (@task_type_id IS NULL OR r.task_type_id = @task_type_id)
    ORDER BY h.updated_key DESC
), candidate AS (
    SELECT TOP (@page_size) n.doc_no
    FROM class AS c
    CROSS APPLY (
        SELECT TOP (@page_size) x.doc_no, x.updated_key FROM Task AS x
        WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
        ORDER BY x.updated_key DESC
    ) AS n
    ORDER BY n.updated_key DESC
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM candidate AS c
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.doc_no = c.doc_no
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.updated_key DESC
-- dialect: sqlite
WITH scope AS MATERIALIZED (
    SELECT v.project_id FROM VisibleProject AS v WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id
), rights AS MATERIALIZED (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
      AND (@state IS NULL OR r.state = @state) AND (@task_type_id IS NULL OR r.task_type_id = @task_type_id)
), head AS MATERIALIZED (
    SELECT s.project_id, r.task_type_id, r.state, (
        SELECT MAX(x.updated_key) FROM Task AS x INDEXED BY IX_Task_class
        WHERE x.workspace_id = @workspace_id AND x.project_id = s.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL) AS first_key
    FROM scope AS s CROSS JOIN rights AS r
), class AS MATERIALIZED (
    SELECT h.project_id, h.task_type_id, h.state FROM head AS h WHERE h.first_key IS NOT NULL ORDER BY h.first_key DESC LIMIT @page_size
), span AS MATERIALIZED (
    SELECT c.project_id, c.task_type_id, c.state, (
        SELECT MIN(y.updated_key) FROM (
            SELECT x.updated_key FROM Task AS x INDEXED BY IX_Task_class
            WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
            ORDER BY x.updated_key DESC LIMIT @page_size) AS y) AS last_key
    FROM class AS c
), candidate AS MATERIALIZED (
    SELECT x.doc_no, x.updated_key FROM span AS c CROSS JOIN Task AS x INDEXED BY IX_Task_class
    WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL AND x.updated_key >= c.last_key
    ORDER BY x.updated_key DESC LIMIT @page_size
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM candidate AS c
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE t.workspace_id = @workspace_id AND t.doc_no = c.doc_no AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY c.updated_key DESC

-- name: merge_project_tasks :many
-- A project's tasks that the caller may see, the last changed first, from the caller's classes in it.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: state text?
-- param: task_type_id uuid?
-- param: before_key ascii
-- param: page_size int
-- returns: ListedTaskRow
-- scope: workspace
-- rule: none for x, keys alone: the tasks are read again under the rule
-- plan: sorts one page of candidates; every class is one range of an index
-- dialect: mssql
-- CROSS APPLY, which SQLite has not: there the range of each class is found first, and then read.
WITH class AS (
    SELECT TOP (@page_size) v.project_id, r.task_type_id, r.state
    FROM VisibleProject AS v
    JOIN TaskRight AS r ON r.workspace_id = @workspace_id
    CROSS APPLY (
        SELECT TOP (1) x.updated_key FROM Task AS x
        WHERE x.workspace_id = @workspace_id AND x.project_id = v.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
        ORDER BY x.updated_key DESC
    ) AS h
    WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = @project_id
      AND r.user_id = @user_id AND r.permission = N'view'
      AND (@state IS NULL OR r.state = @state) AND (@task_type_id IS NULL OR r.task_type_id = @task_type_id)
    ORDER BY h.updated_key DESC
), candidate AS (
    SELECT TOP (@page_size) n.doc_no
    FROM class AS c
    CROSS APPLY (
        SELECT TOP (@page_size) x.doc_no, x.updated_key FROM Task AS x
        WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
        ORDER BY x.updated_key DESC
    ) AS n
    ORDER BY n.updated_key DESC
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM candidate AS c
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.doc_no = c.doc_no
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.updated_key DESC
-- dialect: sqlite
WITH scope AS MATERIALIZED (
    SELECT v.project_id FROM VisibleProject AS v WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = @project_id
), rights AS MATERIALIZED (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
      AND (@state IS NULL OR r.state = @state) AND (@task_type_id IS NULL OR r.task_type_id = @task_type_id)
), head AS MATERIALIZED (
    SELECT s.project_id, r.task_type_id, r.state, (
        SELECT MAX(x.updated_key) FROM Task AS x INDEXED BY IX_Task_class
        WHERE x.workspace_id = @workspace_id AND x.project_id = s.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL) AS first_key
    FROM scope AS s CROSS JOIN rights AS r
), class AS MATERIALIZED (
    SELECT h.project_id, h.task_type_id, h.state FROM head AS h WHERE h.first_key IS NOT NULL ORDER BY h.first_key DESC LIMIT @page_size
), span AS MATERIALIZED (
    SELECT c.project_id, c.task_type_id, c.state, (
        SELECT MIN(y.updated_key) FROM (
            SELECT x.updated_key FROM Task AS x INDEXED BY IX_Task_class
            WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL
            ORDER BY x.updated_key DESC LIMIT @page_size) AS y) AS last_key
    FROM class AS c
), candidate AS MATERIALIZED (
    SELECT x.doc_no, x.updated_key FROM span AS c CROSS JOIN Task AS x INDEXED BY IX_Task_class
    WHERE x.workspace_id = @workspace_id AND x.project_id = c.project_id AND x.task_type_id = c.task_type_id AND x.state = c.state
          AND x.updated_key < @before_key AND x.deleted_at IS NULL AND x.updated_key >= c.last_key
    ORDER BY x.updated_key DESC LIMIT @page_size
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key
FROM candidate AS c
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE t.workspace_id = @workspace_id AND t.doc_no = c.doc_no AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY c.updated_key DESC
