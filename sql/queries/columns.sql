-- name: insert_column :queued
-- A new column of a board, whose project's row the caller holds.
-- param: column_id uuid
-- param: workspace_id uuid
-- param: project_id uuid
-- param: board_id uuid
-- param: name text
-- param: position int
-- param: maps_to_state text?
-- param: wip_limit int?
-- param: now time
-- scope: workspace
INSERT INTO BoardColumn (id, workspace_id, project_id, board_id, name, position, maps_to_state, wip_limit, created_at, updated_at)
VALUES (@column_id, @workspace_id, @project_id, @board_id, @name, @position, @maps_to_state, @wip_limit, @now, @now)

-- name: get_column :optional
-- A column of a board that is there, of a project that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: column_id uuid
-- returns: ColumnRow
-- scope: workspace
SELECT c.id, c.project_id, c.board_id, c.name, c.maps_to_state, c.wip_limit, c.created_at, c.updated_at, c.version, c.position
FROM BoardColumn AS c
JOIN Board AS b ON b.workspace_id = @workspace_id AND b.project_id = c.project_id AND b.id = c.board_id
WHERE c.workspace_id = @workspace_id AND c.id = @column_id AND c.deleted_at IS NULL AND b.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = c.project_id)

-- name: list_column_places :many
-- A board's columns in order, and where they are; there are never more than a few dozen. Right only while the caller
-- holds the project's row.
-- param: workspace_id uuid
-- param: board_id uuid
-- returns: ColumnPlaceRow
-- scope: workspace
SELECT c.id, c.position
FROM BoardColumn AS c
WHERE c.workspace_id = @workspace_id AND c.board_id = @board_id AND c.deleted_at IS NULL
ORDER BY c.position

-- name: list_columns :many
-- A board's columns in order, with how many tasks the caller may see in each, as far as most: those of the classes that
-- the caller sees, each of which is one range of an index.
-- param: workspace_id uuid
-- param: user_id text
-- param: board_id uuid
-- param: after_position int
-- param: most int
-- param: page_size int
-- returns: CountedColumnRow
-- scope: workspace
-- rule: none for x, counted by the classes that the caller sees, in a project that they see
-- dialect: mssql
WITH rights AS (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = N'view'
)
SELECT c.id, c.project_id, c.board_id, c.name, c.maps_to_state, c.wip_limit, c.created_at, c.updated_at, c.version, c.position,
       (SELECT COUNT(*)
        FROM (SELECT TOP (@most) x.doc_no FROM rights AS k
              JOIN Task AS x ON x.workspace_id = @workspace_id AND x.column_id = c.id AND x.column_id IS NOT NULL
               AND x.task_type_id = k.task_type_id AND x.state = k.state AND x.deleted_at IS NULL) AS y) AS task_count
FROM BoardColumn AS c
WHERE c.workspace_id = @workspace_id AND c.board_id = @board_id AND c.deleted_at IS NULL AND c.position > @after_position
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = c.project_id)
ORDER BY c.position
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
WITH rights AS MATERIALIZED (
    SELECT r.task_type_id, r.state FROM TaskRight AS r
    WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
)
SELECT c.id, c.project_id, c.board_id, c.name, c.maps_to_state, c.wip_limit, c.created_at, c.updated_at, c.version, c.position,
       (SELECT COUNT(*)
        FROM (SELECT x.doc_no FROM rights AS k
              CROSS JOIN Task AS x INDEXED BY IX_Task_column
              WHERE x.workspace_id = @workspace_id AND x.column_id = c.id AND x.column_id IS NOT NULL
                AND x.task_type_id = k.task_type_id AND x.state = k.state AND x.deleted_at IS NULL
              LIMIT @most) AS y) AS task_count
FROM BoardColumn AS c
WHERE c.workspace_id = @workspace_id AND c.board_id = @board_id AND c.deleted_at IS NULL AND c.position > @after_position
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = c.project_id)
ORDER BY c.position
LIMIT @page_size

-- name: update_column :queued
-- What a person writes of a column, and its place among its board's. UQ_BoardColumn_position refuses one that is taken.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: name text
-- param: maps_to_state text?
-- param: wip_limit int?
-- param: position int
-- param: now time
-- scope: workspace
UPDATE BoardColumn
SET name = @name, maps_to_state = @maps_to_state, wip_limit = @wip_limit, position = @position, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @column_id AND deleted_at IS NULL

-- name: put_columns_away :queued
-- The first half of spreading a board's columns: below all places, in order, because SQLite checks a unique index row by
-- row.
-- param: workspace_id uuid
-- param: board_id uuid
-- param: away int
-- scope: workspace
UPDATE BoardColumn SET position = position - @away
WHERE workspace_id = @workspace_id AND board_id = @board_id AND deleted_at IS NULL

-- name: set_column_place :queued
-- The second half, for each column.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: position int
-- scope: workspace
UPDATE BoardColumn SET position = @position
WHERE workspace_id = @workspace_id AND id = @column_id AND deleted_at IS NULL

-- name: delete_column :queued
-- Ends a column. Tasks that were deleted in it go on naming it.
-- param: workspace_id uuid
-- param: column_id uuid
-- param: now time
-- scope: workspace
UPDATE BoardColumn SET deleted_at = @now, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @column_id AND deleted_at IS NULL

-- name: lock_column :queued
-- Takes the guard row of a column's tasks, as lock_workspace does: their order and how many there may be.
-- param: workspace_id uuid
-- param: column_id uuid
-- scope: workspace
UPDATE BoardColumn SET version = version WHERE workspace_id = @workspace_id AND id = @column_id
