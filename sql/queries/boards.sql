-- name: insert_board :queued
-- A new board of a project, whose row the caller holds.
-- param: board_id uuid
-- param: workspace_id uuid
-- param: project_id uuid
-- param: name text
-- param: list_key text
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO Board (id, workspace_id, project_id, name, list_key, created_by, created_at, updated_at)
VALUES (@board_id, @workspace_id, @project_id, @name, @list_key, @created_by, @now, @now)

-- name: get_board :optional
-- A board of a project that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: board_id uuid
-- returns: BoardRow
-- scope: workspace
SELECT b.id, b.project_id, b.name, b.created_by, b.created_at, b.updated_at, b.version
FROM Board AS b
WHERE b.workspace_id = @workspace_id AND b.id = @board_id AND b.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = b.project_id)

-- name: get_deleted_board :optional
-- As get_board, one that was deleted.
-- param: workspace_id uuid
-- param: user_id text
-- param: board_id uuid
-- returns: BoardRow
-- scope: workspace
SELECT b.id, b.project_id, b.name, b.created_by, b.created_at, b.updated_at, b.version
FROM Board AS b
WHERE b.workspace_id = @workspace_id AND b.id = @board_id AND b.deleted_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = b.project_id)

-- name: list_boards :many
-- The boards of a project that the caller may see, by name, after the cursor.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: after_key text
-- param: page_size int
-- returns: BoardRow
-- scope: workspace
SELECT b.id, b.project_id, b.name, b.created_by, b.created_at, b.updated_at, b.version
FROM Board AS b
WHERE b.workspace_id = @workspace_id AND b.project_id = @project_id AND b.list_key > @after_key AND b.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = b.project_id)
ORDER BY b.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_deleted_boards :many
-- As list_boards, those that were deleted.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: after_key text
-- param: page_size int
-- returns: BoardRow
-- scope: workspace
SELECT b.id, b.project_id, b.name, b.created_by, b.created_at, b.updated_at, b.version
FROM Board AS b
WHERE b.workspace_id = @workspace_id AND b.project_id = @project_id AND b.list_key > @after_key AND b.deleted_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = b.project_id)
ORDER BY b.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: rename_board :queued
-- Another name of a board.
-- param: workspace_id uuid
-- param: board_id uuid
-- param: name text
-- param: list_key text
-- param: now time
-- scope: workspace
UPDATE Board SET name = @name, list_key = @list_key, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @board_id AND deleted_at IS NULL

-- name: set_board_deleted :queued
-- Deletes a board or brings it back. Its columns and their tasks keep their places, and come and go with it.
-- param: workspace_id uuid
-- param: board_id uuid
-- param: deleted_at time?
-- param: now time
-- scope: workspace
UPDATE Board SET deleted_at = @deleted_at, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @board_id
