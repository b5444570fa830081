-- name: walk_label :many
-- The newest tasks of a label, deleted ones too, before a number.
-- param: workspace_id uuid
-- param: label_id uuid
-- param: before_no int
-- param: budget int
-- returns: NumberRow
-- scope: workspace
SELECT x.doc_no FROM TaskLabel AS x
WHERE x.workspace_id = @workspace_id AND x.label_id = @label_id AND x.doc_no < @before_no
ORDER BY x.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: walk_assignee :many
-- The newest tasks of somebody, deleted ones too, before a number: IX_Task_holder ends with the number on both engines.
-- param: workspace_id uuid
-- param: assignee_id text
-- param: before_no int
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no FROM Task AS x
WHERE x.workspace_id = @workspace_id AND x.assignee_id = @assignee_id AND x.assignee_id IS NOT NULL AND x.doc_no < @before_no
ORDER BY x.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: walk_project :many
-- The newest tasks of a project before a number.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: before_no int
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no FROM Task AS x
WHERE x.workspace_id = @workspace_id AND x.project_id = @project_id AND x.deleted_at IS NULL AND x.doc_no < @before_no
ORDER BY x.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: walk_type :many
-- The newest tasks of a type before a number.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- param: before_no int
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no FROM Task AS x
WHERE x.workspace_id = @workspace_id AND x.task_type_id = @task_type_id AND x.deleted_at IS NULL AND x.doc_no < @before_no
ORDER BY x.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: walk_priority :many
-- The newest tasks of a priority before a number. Those of all priorities are all there are.
-- param: workspace_id uuid
-- param: priority int
-- param: before_no int
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no FROM Task AS x
WHERE x.workspace_id = @workspace_id AND x.priority = @priority AND x.deleted_at IS NULL AND x.doc_no < @before_no
ORDER BY x.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: list_due :many
-- The tasks due from one key on, before another. As many as budget: there may be more.
-- param: workspace_id uuid
-- param: first_key ascii
-- param: end_key ascii
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no FROM Task AS x
WHERE x.workspace_id = @workspace_id AND x.due_key >= @first_key AND x.due_key < @end_key AND x.due_key IS NOT NULL AND x.deleted_at IS NULL
ORDER BY x.due_key
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: list_watched :many
-- The tasks that the caller watches, deleted ones too. As many as budget: there may be more.
-- param: workspace_id uuid
-- param: user_id text
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
SELECT x.doc_no
FROM TaskWatcher AS w
CROSS JOIN Task AS x
WHERE w.workspace_id = @workspace_id AND w.user_id = @user_id AND x.workspace_id = @workspace_id AND x.id = w.task_id
ORDER BY w.task_id
OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY

-- name: list_few :many
-- All that the caller may see, in no order, from the classes that they see. As many as budget: there may be more.
-- param: workspace_id uuid
-- param: user_id text
-- param: budget int
-- returns: NumberRow
-- scope: workspace
-- rule: none, numbers alone: judge_tasks reads the tasks under the rule
-- dialect: mssql
-- CROSS APPLY, which SQLite has not, stops a class at the budget; there LIMIT stops all of them.
SELECT TOP (@budget) n.doc_no
FROM VisibleProject AS v
JOIN TaskRight AS r ON r.workspace_id = @workspace_id
CROSS APPLY (
    SELECT TOP (@budget) x.doc_no FROM Task AS x
    WHERE x.workspace_id = @workspace_id AND x.project_id = v.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
      AND x.deleted_at IS NULL
    ORDER BY x.updated_key DESC
) AS n
WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND r.user_id = @user_id AND r.permission = N'view'
-- dialect: sqlite
WITH scope AS MATERIALIZED (
    SELECT v.project_id FROM VisibleProject AS v WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id
), rights AS MATERIALIZED (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
)
SELECT x.doc_no
FROM scope AS s CROSS JOIN rights AS r CROSS JOIN Task AS x INDEXED BY IX_Task_class
WHERE x.workspace_id = @workspace_id AND x.project_id = s.project_id AND x.task_type_id = r.task_type_id AND x.state = r.state
  AND x.deleted_at IS NULL
LIMIT @budget

-- name: judge_tasks :many
-- Of tasks that are named by their numbers, those that the caller may see and that a filter asks for, the newest first.
-- doc_nos, and of each field the values that it may have: JSON arrays; what is NULL or 0 asks nothing.
-- param: workspace_id uuid
-- param: user_id text
-- param: doc_nos longtext
-- param: project_id uuid?
-- param: states text?
-- param: task_type_ids text?
-- param: label_ids text?
-- param: priorities text?
-- param: assignee_ids longtext?
-- param: or_nobody bool
-- param: creator_ids longtext?
-- param: due_after time?
-- param: due_before time?
-- param: no_due bool
-- param: watched bool
-- param: page_size int
-- returns: FilteredTaskRow
-- scope: workspace
-- plan: sorts the few that are named
-- dialect: mssql
-- Text out of JSON has the database's collation there, which is not that of the columns.
SELECT TOP (@page_size) t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.doc_no
FROM OPENJSON(@doc_nos) AS d
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE t.workspace_id = @workspace_id AND t.doc_no = CAST(d.value AS BIGINT) AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND (@project_id IS NULL OR t.project_id = @project_id)
  AND (@states IS NULL OR t.state IN (SELECT j.value COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@states) AS j))
  AND (@task_type_ids IS NULL OR t.task_type_id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@task_type_ids) AS j))
  AND (@priorities IS NULL OR t.priority IN (SELECT CAST(j.value AS BIGINT) FROM OPENJSON(@priorities) AS j))
  AND (@assignee_ids IS NULL OR t.assignee_id IN (SELECT j.value COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@assignee_ids) AS j) OR (@or_nobody = 1 AND t.assignee_id IS NULL))
  AND (@creator_ids IS NULL OR t.created_by IN (SELECT j.value COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@creator_ids) AS j))
  AND (@due_after IS NULL OR t.due_at >= @due_after) AND (@due_before IS NULL OR t.due_at < @due_before)
  AND (@no_due = 0 OR t.due_at IS NULL)
  AND (@label_ids IS NULL OR EXISTS (SELECT 1 FROM TaskLabel AS l
                                     WHERE l.workspace_id = @workspace_id AND l.doc_no = t.doc_no
                                       AND l.label_id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@label_ids) AS j)))
  AND (@watched = 0 OR EXISTS (SELECT 1 FROM TaskWatcher AS w
                               WHERE w.workspace_id = @workspace_id AND w.task_id = t.id AND w.user_id = @user_id))
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.doc_no DESC
-- dialect: sqlite
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.doc_no
FROM json_each(@doc_nos) AS d
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE t.workspace_id = @workspace_id AND t.doc_no = d.value AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND (@project_id IS NULL OR t.project_id = @project_id)
  AND (@states IS NULL OR t.state IN (SELECT j.value FROM json_each(@states) AS j))
  AND (@task_type_ids IS NULL OR t.task_type_id IN (SELECT j.value FROM json_each(@task_type_ids) AS j))
  AND (@priorities IS NULL OR t.priority IN (SELECT j.value FROM json_each(@priorities) AS j))
  AND (@assignee_ids IS NULL OR t.assignee_id IN (SELECT j.value FROM json_each(@assignee_ids) AS j) OR (@or_nobody = 1 AND t.assignee_id IS NULL))
  AND (@creator_ids IS NULL OR t.created_by IN (SELECT j.value FROM json_each(@creator_ids) AS j))
  AND (@due_after IS NULL OR t.due_at >= @due_after) AND (@due_before IS NULL OR t.due_at < @due_before)
  AND (@no_due = 0 OR t.due_at IS NULL)
  AND (@label_ids IS NULL OR EXISTS (SELECT 1 FROM TaskLabel AS l
                                     WHERE l.workspace_id = @workspace_id AND l.doc_no = t.doc_no
                                       AND l.label_id IN (SELECT j.value FROM json_each(@label_ids) AS j)))
  AND (@watched = 0 OR EXISTS (SELECT 1 FROM TaskWatcher AS w
                               WHERE w.workspace_id = @workspace_id AND w.task_id = t.id AND w.user_id = @user_id))
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.doc_no DESC
LIMIT @page_size
