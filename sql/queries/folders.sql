-- name: read_folder :optional
-- What the store is to know of a workspace. No row: it was purged.
-- param: workspace_id uuid
-- returns: FolderRow
-- scope: workspace
SELECT w.created_at, w.deleted_at FROM Workspace AS w WHERE w.id = @workspace_id

-- name: set_folder_pending :queued
-- The store has yet to learn what this transaction does to the workspace.
-- param: workspace_id uuid
-- scope: workspace
UPDATE Workspace SET blob_ready = 0 WHERE id = @workspace_id

-- name: set_folder_ready :exec
-- The store knows of the workspace as it was read; nothing happens where it is another by now.
-- param: workspace_id uuid
-- param: blob_path text
-- param: deleted_at time?
-- scope: workspace
UPDATE Workspace SET blob_path = @blob_path, blob_ready = 1
WHERE id = @workspace_id AND (deleted_at = @deleted_at OR (deleted_at IS NULL AND @deleted_at IS NULL))
