-- name: insert_announced_file :queued
-- A file whose bytes are to come past the service. It counts already.
-- param: file_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: list_key text
-- param: content_type text
-- param: size int
-- param: sha256 ascii
-- param: uploaded_by text
-- param: now time
-- scope: workspace
INSERT INTO WorkspaceFile (id, workspace_id, name, list_key, content_type, size, sha256, created_at, uploaded_by, is_counted)
VALUES (@file_id, @workspace_id, @name, @list_key, @content_type, @size, @sha256, @now, @uploaded_by, 1)

-- name: insert_upload :queued
-- Its upload.
-- param: file_id uuid
-- param: workspace_id uuid
-- param: begun_by text
-- param: now time
-- param: expires_at time
-- scope: workspace
INSERT INTO FileUpload (file_id, workspace_id, state, begun_by, begun_at, expires_at)
VALUES (@file_id, @workspace_id, N'OPEN', @begun_by, @now, @expires_at)

-- name: find_upload :optional
-- An upload, whatever became of it.
-- param: workspace_id uuid
-- param: file_id uuid
-- returns: UploadRow
-- scope: workspace
SELECT u.file_id AS upload_id, u.workspace_id, u.state, u.reason, u.begun_by, u.begun_at, u.expires_at
FROM FileUpload AS u
WHERE u.workspace_id = @workspace_id AND u.file_id = @file_id

-- name: find_announced_file :optional
-- A file that is not there yet.
-- param: workspace_id uuid
-- param: file_id uuid
-- returns: AnnouncedRow
-- scope: workspace
SELECT f.id, f.workspace_id, f.name, f.content_type, f.size, f.sha256, f.uploaded_by
FROM WorkspaceFile AS f
WHERE f.workspace_id = @workspace_id AND f.id = @file_id AND f.sha256 IS NOT NULL AND f.uploaded_at IS NULL
  AND f.deleted_at IS NULL

-- name: move_upload :exec
-- From one state to another: of two at once, one changes a row.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: state_before text
-- param: state text
-- param: reason text?
-- scope: workspace
UPDATE FileUpload SET state = @state, reason = @reason
WHERE workspace_id = @workspace_id AND file_id = @file_id AND state = @state_before

-- name: give_up_file :exec
-- A file that never came: it counts no more. Its room is free for whoever changed the row.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET deleted_at = @now, is_counted = 0
WHERE workspace_id = @workspace_id AND id = @file_id AND uploaded_at IS NULL AND deleted_at IS NULL

-- name: delete_upload :queued
-- Nothing can come through its link any more.
-- param: workspace_id uuid
-- param: file_id uuid
-- scope: workspace
DELETE FROM FileUpload WHERE workspace_id = @workspace_id AND file_id = @file_id

-- name: find_counting_organization :optional
-- The organisation that the workspace counts for; no row where it is deleted.
-- param: workspace_id uuid
-- returns: CountingRow
-- scope: workspace
SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id AND w.is_active = 1
