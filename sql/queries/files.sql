-- name: insert_file :queued
-- A file whose bytes are on their way.
-- param: file_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: list_key text
-- param: content_type text
-- param: size int
-- param: uploaded_by text
-- param: now time
-- scope: workspace
INSERT INTO WorkspaceFile (id, workspace_id, name, list_key, content_type, size, created_at, uploaded_by)
VALUES (@file_id, @workspace_id, @name, @list_key, @content_type, @size, @now, @uploaded_by)

-- name: finish_file :exec
-- All bytes are in the store.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: sha256 ascii
-- param: scan_status text
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET uploaded_at = @now, sha256 = @sha256, scan_status = @scan_status, is_counted = 1
WHERE workspace_id = @workspace_id AND id = @file_id AND uploaded_at IS NULL AND deleted_at IS NULL

-- name: get_file :optional
-- One file that is there.
-- param: workspace_id uuid
-- param: file_id uuid
-- returns: FileRow
-- scope: workspace
SELECT f.id, f.workspace_id, f.name, f.content_type, f.size, f.sha256, f.uploaded_by, f.uploaded_at,
       f.scan_status, f.scanned_at, f.threat
FROM WorkspaceFile AS f
WHERE f.workspace_id = @workspace_id AND f.id = @file_id AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL

-- name: list_files :many
-- The files, by name, after the cursor.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: FileRow
-- scope: workspace
SELECT f.id, f.workspace_id, f.name, f.content_type, f.size, f.sha256, f.uploaded_by, f.uploaded_at,
       f.scan_status, f.scanned_at, f.threat
FROM WorkspaceFile AS f
WHERE f.workspace_id = @workspace_id AND f.list_key > @after_key AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL
ORDER BY f.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: mark_file_deleted :queued
-- Not to be seen any more; a job removes the blob and then the row.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET deleted_at = @now, is_counted = 0
WHERE workspace_id = @workspace_id AND id = @file_id AND uploaded_at IS NOT NULL AND deleted_at IS NULL

-- name: read_file_state :optional
-- Whether a file's blob is to stay.
-- param: workspace_id uuid
-- param: file_id uuid
-- returns: FileStateRow
-- scope: workspace
SELECT f.deleted_at FROM WorkspaceFile AS f WHERE f.workspace_id = @workspace_id AND f.id = @file_id

-- name: abandon_file :queued
-- Ends an upload that did not finish in time, before its blob goes: one that finishes now finds nothing.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET deleted_at = @now
WHERE workspace_id = @workspace_id AND id = @file_id AND uploaded_at IS NULL AND deleted_at IS NULL

-- name: delete_file_row :queued
-- The blob has gone.
-- param: workspace_id uuid
-- param: file_id uuid
-- scope: workspace
DELETE FROM WorkspaceFile WHERE workspace_id = @workspace_id AND id = @file_id AND deleted_at IS NOT NULL
