-- name: ask_scan :queued
-- A file that was not looked at, or not to the end, waits to be. What was found stays until something else is.
-- param: workspace_id uuid
-- param: file_id uuid
-- scope: workspace
UPDATE WorkspaceFile SET scan_status = N'PENDING'
WHERE workspace_id = @workspace_id AND id = @file_id AND scan_status IN (N'SKIPPED', N'ERROR')
  AND uploaded_at IS NOT NULL AND deleted_at IS NULL

-- name: fail_scan :queued
-- It could not be looked at to the end. What was found before stays.
-- param: workspace_id uuid
-- param: file_id uuid
-- scope: workspace
UPDATE WorkspaceFile SET scan_status = N'ERROR'
WHERE workspace_id = @workspace_id AND id = @file_id AND scan_status = N'PENDING'

-- name: set_verdict :exec
-- What was found in these bytes, where it is not what was found before; nothing where the file is gone or another. That
-- the scanner would not look takes nothing back.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: sha256 ascii
-- param: scan_status text
-- param: threat text?
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET scan_status = @scan_status, scanned_at = @now, threat = @threat
WHERE workspace_id = @workspace_id AND id = @file_id AND sha256 = @sha256 AND scan_status <> @scan_status
  AND (@scan_status <> N'SKIPPED' OR scan_status IN (N'PENDING', N'ERROR'))
  AND uploaded_at IS NOT NULL AND deleted_at IS NULL

-- name: keep_verdict :queued
-- The same was found again.
-- param: workspace_id uuid
-- param: file_id uuid
-- param: sha256 ascii
-- param: scan_status text
-- param: threat text?
-- param: now time
-- scope: workspace
UPDATE WorkspaceFile SET scanned_at = @now, threat = @threat
WHERE workspace_id = @workspace_id AND id = @file_id AND sha256 = @sha256 AND scan_status = @scan_status
