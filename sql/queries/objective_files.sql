-- name: list_objective_files :many
-- The files that are attached to an objective, by name, after the cursor.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: after_key text
-- param: page_size int
-- returns: ObjectiveFileRow
-- scope: workspace
-- plan: sorts at most as many files as an objective may have
SELECT f.id, f.name, f.content_type, f.size, f.sha256, f.scan_status, x.added_by, x.added_at
FROM ObjectiveFile AS x
JOIN WorkspaceFile AS f ON f.workspace_id = @workspace_id AND f.id = x.file_id
WHERE x.workspace_id = @workspace_id AND x.objective_id = @objective_id AND f.deleted_at IS NULL AND f.list_key > @after_key
ORDER BY f.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: count_objective_files :value
-- How many are attached. Right only while the caller holds the objective's row.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS files FROM ObjectiveFile AS x WHERE x.workspace_id = @workspace_id AND x.objective_id = @objective_id

-- name: has_objective_file :value
-- Whether a file is attached.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: file_id uuid
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM ObjectiveFile AS x
                         WHERE x.workspace_id = @workspace_id AND x.objective_id = @objective_id AND x.file_id = @file_id)
       THEN 1 ELSE 0 END AS is_attached

-- name: insert_objective_file :queued
-- Attaches a file. The caller holds the workspace's row, under which files are deleted too.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: file_id uuid
-- param: added_by text
-- param: now time
-- scope: workspace
INSERT INTO ObjectiveFile (workspace_id, objective_id, file_id, added_by, added_at)
VALUES (@workspace_id, @objective_id, @file_id, @added_by, @now)

-- name: delete_objective_file :queued
-- It is attached no more.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: file_id uuid
-- scope: workspace
DELETE FROM ObjectiveFile WHERE workspace_id = @workspace_id AND objective_id = @objective_id AND file_id = @file_id

-- name: delete_attachments_of_file :queued
-- A file goes: it is attached to nothing any more. The caller holds the workspace's row.
-- param: workspace_id uuid
-- param: file_id uuid
-- scope: workspace
DELETE FROM ObjectiveFile WHERE workspace_id = @workspace_id AND file_id = @file_id
