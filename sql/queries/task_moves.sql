-- name: read_column_room :optional
-- A column of a project that the caller may see, and what lies around a place in it: of the task that is to go there,
-- of the one that it goes behind, if the caller may see that, of what comes after that, and of the ends of the column.
-- Right only while the caller holds lock_column.
-- param: workspace_id uuid
-- param: user_id text
-- param: column_id uuid
-- param: task_id uuid
-- param: behind_id uuid?
-- returns: ColumnRoomRow
-- scope: workspace
-- rule: none for o, the caller has found the task that is to be put there
-- rule: none for n, of hidden tasks too only the place is used, and not told
-- rule: none for i, the one that is behind_id, whose place alone is used where the caller may not see it
-- rule: none for f, of hidden tasks too only the place is used, and not told
-- rule: none for l, of hidden tasks too only the place is used, and not told
SELECT c.id, c.project_id, c.name, c.maps_to_state, c.wip_limit,
       (SELECT o.position FROM Task AS o
        WHERE o.workspace_id = @workspace_id AND o.id = @task_id AND o.column_id = @column_id) AS own_position,
       (SELECT t.position FROM Task AS t
        WHERE t.workspace_id = @workspace_id AND t.id = @behind_id AND t.column_id = @column_id AND t.deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)) AS behind_position,
       (SELECT MIN(n.position) FROM Task AS n
        WHERE n.workspace_id = @workspace_id AND n.column_id = @column_id AND n.column_id IS NOT NULL AND n.id <> @task_id
          AND n.position > (SELECT i.position FROM Task AS i
                            WHERE i.workspace_id = @workspace_id AND i.id = @behind_id AND i.column_id = @column_id)) AS next_position,
       (SELECT MIN(f.position) FROM Task AS f
        WHERE f.workspace_id = @workspace_id AND f.column_id = @column_id AND f.column_id IS NOT NULL AND f.id <> @task_id) AS first_position,
       (SELECT MAX(l.position) FROM Task AS l
        WHERE l.workspace_id = @workspace_id AND l.column_id = @column_id AND l.column_id IS NOT NULL AND l.id <> @task_id) AS last_position
FROM BoardColumn AS c
JOIN Board AS b ON b.workspace_id = @workspace_id AND b.project_id = c.project_id AND b.id = c.board_id
WHERE c.workspace_id = @workspace_id AND c.id = @column_id AND c.deleted_at IS NULL AND b.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = c.project_id)

-- name: read_column_limit :optional
-- How many tasks a column takes, with its board or without. Right only while the caller holds lock_column.
-- param: workspace_id uuid
-- param: column_id uuid
-- returns: ColumnLimitRow
-- scope: workspace
SELECT c.wip_limit
FROM BoardColumn AS c
WHERE c.workspace_id = @workspace_id AND c.id = @column_id AND c.deleted_at IS NULL

-- name: count_column_tasks :value
-- How many tasks are in a column beside one, hidden ones too, as far as most. Right only while the caller holds
-- lock_column.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: task_id uuid
-- param: most int
-- returns: int
-- scope: workspace
-- rule: none, a column is as full as it is for everybody; only whether there is room is told
SELECT COUNT(*) AS counted
FROM (SELECT x.position FROM Task AS x
      WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL AND x.id <> @task_id
        AND x.deleted_at IS NULL
      ORDER BY x.position OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY) AS w

-- name: read_window :one
-- Of the rows that come next after a place, deleted and hidden ones too, how many there are of those asked for, and
-- the place of the last one.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: after_position int
-- param: asked int
-- returns: WindowRow
-- scope: workspace
-- rule: none, places alone, which nobody is told
SELECT COUNT(*) AS held, MAX(w.position) AS last_position
FROM (SELECT x.position FROM Task AS x
      WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL AND x.position > @after_position
      ORDER BY x.position OFFSET 0 ROWS FETCH NEXT @asked ROWS ONLY) AS w

-- name: put_window_away :queued
-- The first half of spreading a window: below all places, in order, because SQLite checks a unique index row by row.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: after_position int
-- param: last_position int
-- param: away int
-- scope: workspace
-- rule: none, places alone, which nobody is told
UPDATE Task SET position = position - @away
WHERE workspace_id = @workspace_id AND column_id = @column_id AND column_id IS NOT NULL
  AND position > @after_position AND position <= @last_position

-- name: spread_window :queued
-- The second half: evenly over the window's room, one step left free at its head.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: after_position int
-- param: last_position int
-- param: away int
-- param: step int
-- scope: workspace
-- rule: none, places alone, which nobody is told
UPDATE Task SET position = @after_position + @step * (w.place + 1)
FROM (SELECT x.doc_no, ROW_NUMBER() OVER (ORDER BY x.position) AS place
      FROM Task AS x
      WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL
        AND x.position > @after_position - @away AND x.position <= @last_position - @away) AS w
WHERE Task.workspace_id = @workspace_id AND Task.doc_no = w.doc_no

-- name: set_task_place :queued
-- Puts a task into a place of a column, or out of any. The caller holds lock_column and lock_task and has been found to
-- be allowed.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: column_id uuid?
-- param: position int?
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: none, the caller has found the task and holds it
UPDATE Task SET column_id = @column_id, position = @position, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND deleted_at IS NULL

-- name: move_column_tasks :queued
-- All tasks of a column go to another, in the order that they have, or out of any. Both columns are held.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: to_column_id uuid?
-- param: shift int?
-- param: now time
-- param: updated_at ascii
-- scope: workspace
-- rule: none, a column ends for everybody, and hidden tasks go with it
-- dialect: mssql
UPDATE Task
SET column_id = @to_column_id, position = position + @shift, updated_at = @now,
    updated_key = @updated_at + N'/' + LOWER(CAST(id AS CHAR(36))), version = version + 1
WHERE workspace_id = @workspace_id AND column_id = @column_id AND column_id IS NOT NULL AND deleted_at IS NULL
-- dialect: sqlite
UPDATE Task
SET column_id = @to_column_id, position = position + @shift, updated_at = @now,
    updated_key = @updated_at || '/' || id, version = version + 1
WHERE workspace_id = @workspace_id AND column_id = @column_id AND column_id IS NOT NULL AND deleted_at IS NULL

-- name: read_column_walk :optional
-- A column of a project that the caller may see, and how far a walk of list_column_tasks may look: the place of the
-- budget-th task. looked_at < budget: that is the end of the column.
-- param: workspace_id uuid
-- param: user_id text
-- param: column_id uuid
-- param: after_position int
-- param: budget int
-- returns: ColumnWalkRow
-- scope: workspace
-- rule: none for x, places alone, which nobody is told; deleted tasks keep theirs, so that the index alone is read
SELECT c.project_id, f.ceiling, f.looked_at
FROM BoardColumn AS c
JOIN Board AS b ON b.workspace_id = @workspace_id AND b.project_id = c.project_id AND b.id = c.board_id
CROSS JOIN (SELECT MAX(w.position) AS ceiling, COUNT(*) AS looked_at
            FROM (SELECT x.position FROM Task AS x
                  WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL
                    AND x.position > @after_position
                  ORDER BY x.position OFFSET 0 ROWS FETCH NEXT @budget ROWS ONLY) AS w) AS f
WHERE c.workspace_id = @workspace_id AND c.id = @column_id AND c.deleted_at IS NULL AND b.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = c.project_id)

-- name: list_column_tasks :many
-- A column's tasks that the caller may see, in order, from a place up to the ceiling: a walk along one index. For whoever
-- sees most of them.
-- param: workspace_id uuid
-- param: user_id text
-- param: column_id uuid
-- param: after_position int
-- param: ceiling int
-- param: page_size int
-- returns: ColumnTaskRow
-- scope: workspace
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.position
FROM Task AS t
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.workspace_id = @workspace_id AND t.column_id = @column_id AND t.column_id IS NOT NULL
  AND t.position > @after_position AND t.position <= @ceiling AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.position
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: merge_column_tasks :many
-- As list_column_tasks, from the classes that the caller sees: the first of each range, then the first of those. It
-- costs by their number, not by the column's. For whoever sees few.
-- param: workspace_id uuid
-- param: user_id text
-- param: column_id uuid
-- param: after_position int
-- param: page_size int
-- returns: ColumnTaskRow
-- scope: workspace
-- rule: none for x, candidates; each is read again under the rule
-- plan: sorts one page of candidates; every class is one range of an index
-- dialect: mssql
-- CROSS APPLY, which SQLite has not: there the range of each class is found first, and then read.
WITH rights AS (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = N'view'
), candidate AS (
    SELECT TOP (@page_size) n.doc_no
    FROM rights AS k
    CROSS APPLY (
        SELECT TOP (@page_size) x.doc_no, x.position FROM Task AS x
        WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL AND x.task_type_id = k.task_type_id
              AND x.state = k.state AND x.position > @after_position AND x.deleted_at IS NULL
        ORDER BY x.position
    ) AS n
    ORDER BY n.position
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.position
FROM candidate AS d
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.doc_no = d.doc_no
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY t.position
-- dialect: sqlite
WITH rights AS MATERIALIZED (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
), span AS MATERIALIZED (
    SELECT k.task_type_id, k.state, (
        SELECT MAX(y.position) FROM (
            SELECT x.position FROM Task AS x INDEXED BY IX_Task_column
            WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL AND x.task_type_id = k.task_type_id
              AND x.state = k.state AND x.position > @after_position AND x.deleted_at IS NULL
            ORDER BY x.position LIMIT @page_size) AS y) AS last_position
    FROM rights AS k
), candidate AS MATERIALIZED (
    SELECT x.doc_no, x.position FROM span AS k CROSS JOIN Task AS x INDEXED BY IX_Task_column
    WHERE x.workspace_id = @workspace_id AND x.column_id = @column_id AND x.column_id IS NOT NULL AND x.task_type_id = k.task_type_id
              AND x.state = k.state AND x.position > @after_position AND x.deleted_at IS NULL AND x.position <= k.last_position
    ORDER BY x.position LIMIT @page_size
)
SELECT t.id, t.project_id, p.project_key, t.number, t.column_id, t.title, t.task_type_id, t.state, t.blocked_by, t.assignee_id, t.priority,
       t.due_at, t.external_source, t.external_id, t.created_by, t.created_at, t.updated_at, t.version, t.updated_key, t.position
FROM candidate AS d
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE t.workspace_id = @workspace_id AND t.doc_no = d.doc_no AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY d.position
