-- name: find_file_usage :optional
-- What a workspace has in files, and may have; no row before its first file or limit.
-- param: workspace_id uuid
-- returns: FileUsageRow
-- scope: workspace
SELECT u.files, u.file_bytes, u.max_files, u.max_file_bytes, u.own_max_files, u.own_max_file_bytes, u.version
FROM WorkspaceUsage AS u
WHERE u.workspace_id = @workspace_id

-- name: insert_file_usage :queued
-- A workspace's first.
-- param: workspace_id uuid
-- param: files int
-- param: file_bytes int
-- scope: workspace
INSERT INTO WorkspaceUsage (workspace_id, files, file_bytes) VALUES (@workspace_id, @files, @file_bytes)

-- name: take_file :exec
-- One file more, of so many bytes, if the limits have room for it: otherwise, or without a row, none is changed.
-- param: workspace_id uuid
-- param: more int
-- scope: workspace
UPDATE WorkspaceUsage SET files = files + 1, file_bytes = file_bytes + @more
WHERE workspace_id = @workspace_id
  AND (max_files IS NULL OR files < max_files) AND (own_max_files IS NULL OR files < own_max_files)
  AND (max_file_bytes IS NULL OR file_bytes + @more <= max_file_bytes)
  AND (own_max_file_bytes IS NULL OR file_bytes + @more <= own_max_file_bytes)

-- name: free_file :queued
-- One file fewer, of so many bytes.
-- param: workspace_id uuid
-- param: fewer int
-- scope: workspace
UPDATE WorkspaceUsage SET files = files - 1, file_bytes = file_bytes - @fewer WHERE workspace_id = @workspace_id

-- name: set_file_limits :queued
-- What those say who govern the workspace. What is there stays.
-- param: workspace_id uuid
-- param: max_files int?
-- param: max_file_bytes int?
-- scope: workspace
UPDATE WorkspaceUsage SET max_files = @max_files, max_file_bytes = @max_file_bytes, version = version + 1
WHERE workspace_id = @workspace_id

-- name: set_own_file_limits :queued
-- What its OWNERs say. What is there stays.
-- param: workspace_id uuid
-- param: max_files int?
-- param: max_file_bytes int?
-- scope: workspace
UPDATE WorkspaceUsage SET own_max_files = @max_files, own_max_file_bytes = @max_file_bytes, version = version + 1
WHERE workspace_id = @workspace_id
