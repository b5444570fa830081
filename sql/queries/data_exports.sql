-- name: find_pending_export :optional
-- What a job has yet to make for the caller.
-- param: user_id text
-- returns: DataExportRow
-- scope: caller
SELECT x.id, x.state, x.size, x.sha256, x.created_at, x.expires_at
FROM UserDataExport AS x
WHERE x.user_id = @user_id AND x.state = N'PENDING'

-- name: insert_data_export :queued
-- UQ_UserDataExport_pending lets one wait at a time.
-- param: export_id uuid
-- param: user_id text
-- param: now time
-- param: list_key text
-- scope: caller
INSERT INTO UserDataExport (id, user_id, created_at, list_key) VALUES (@export_id, @user_id, @now, @list_key)

-- name: list_data_exports :many
-- The caller's, the newest first, before the cursor, but for what has expired.
-- param: user_id text
-- param: now time
-- param: before_key text
-- param: page_size int
-- returns: DataExportRow
-- scope: caller
SELECT x.id, x.state, x.size, x.sha256, x.created_at, x.expires_at
FROM UserDataExport AS x
WHERE x.user_id = @user_id AND x.list_key < @before_key
  AND x.state <> N'ENDED' AND (x.expires_at IS NULL OR x.expires_at > @now)
ORDER BY x.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_data_export :optional
-- One of the caller's, unless it has expired.
-- param: user_id text
-- param: export_id uuid
-- param: now time
-- returns: DataExportRow
-- scope: caller
SELECT x.id, x.state, x.size, x.sha256, x.created_at, x.expires_at
FROM UserDataExport AS x
WHERE x.user_id = @user_id AND x.id = @export_id
  AND x.state <> N'ENDED' AND (x.expires_at IS NULL OR x.expires_at > @now)

-- name: list_live_exports :many
-- Those of an account that are not to be removed yet.
-- param: account_id text
-- param: page_size int
-- returns: LiveExportRow
-- scope: global the platform erases others too
SELECT x.id
FROM UserDataExport AS x
WHERE x.user_id = @account_id AND x.list_key > N'' AND x.state <> N'ENDED'
ORDER BY x.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_expired_exports :many
-- Those that nobody may take any more, the oldest first.
-- param: now time
-- param: page_size int
-- returns: LiveExportRow
-- scope: global housekeeping of what has expired
SELECT x.id
FROM UserDataExport AS x
WHERE x.state = N'READY' AND x.expires_at <= @now
ORDER BY x.expires_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: end_export :queued
-- A job removes it.
-- param: export_id uuid
-- scope: global the outbox works for everybody
UPDATE UserDataExport SET state = N'ENDED' WHERE id = @export_id

-- name: read_export :optional
-- What there is to be made, or removed.
-- param: export_id uuid
-- returns: ExportWorkRow
-- scope: global the outbox works for everybody
SELECT x.user_id, x.state, u.tid, u.email, u.display_name, u.directory_name, u.status, u.created_at, p.name, p.bio
FROM UserDataExport AS x
JOIN UserAccount AS u ON u.id = x.user_id
LEFT JOIN UserProfile AS p ON p.user_id = x.user_id
WHERE x.id = @export_id

-- name: finish_export :exec
-- It lies in the store, for as long as it does not expire. Nothing happens where it was ended meanwhile.
-- param: export_id uuid
-- param: size int
-- param: sha256 ascii
-- param: expires_at time
-- scope: global the outbox works for everybody
UPDATE UserDataExport SET state = N'READY', size = @size, sha256 = @sha256, expires_at = @expires_at
WHERE id = @export_id AND state = N'PENDING'

-- name: delete_export :queued
-- Its bytes are gone.
-- param: export_id uuid
-- scope: global the outbox works for everybody
DELETE FROM UserDataExport WHERE id = @export_id

-- name: export_workspaces :many
-- The person's workspaces, by name, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: ExportedPlaceRow
-- scope: global tenant: the person's own, in every workspace
SELECT m.workspace_id AS id, w.name, m.role, m.source, m.added_at, m.added_by, m.list_key
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.user_id = @account_id AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_organizations :many
-- The person's organisations, by name, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: ExportedPlaceRow
-- scope: global tenant: the person's own, in every organisation
SELECT m.org_id AS id, o.name, m.role, m.source, m.added_at, m.added_by, m.list_key
FROM OrganizationMember AS m
JOIN Organization AS o ON o.id = m.org_id
WHERE m.user_id = @account_id AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_sessions :many
-- The person's sign-ins as far as they are kept, the newest first.
-- param: account_id text
-- param: page_size int
-- returns: ExportedSessionRow
-- scope: global the person's own
SELECT t.issued_at, t.expires_at, t.used_at, t.revoked_at
FROM RefreshToken AS t
WHERE t.user_id = @account_id
ORDER BY t.expires_at DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_account_log :page
-- What the chain of the person's account tells, in order, after a number. From where somebody else acted, and what their
-- entry tells of them, is theirs.
-- param: account_id text
-- param: after_seq int
-- param: page_size int
-- returns: ExportedEntryRow
-- scope: global the chain of an account lies outside every workspace
SELECT a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       CASE WHEN a.actor_id = @account_id THEN a.details END AS details, CASE WHEN a.actor_id = @account_id THEN a.ip END AS ip
FROM PlatformAuditLog AS a
WHERE a.scope_type = N'user' AND a.scope_id = @account_id AND a.seq > @after_seq
ORDER BY a.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_workspace_log :page
-- What the person did in a workspace, in order, after a number.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_seq int
-- param: page_size int
-- returns: ExportedEntryRow
-- scope: workspace
SELECT a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome, a.details, a.ip
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.actor_id = @account_id AND a.seq > @after_seq
ORDER BY a.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_comments :page
-- What the person said of tasks of a workspace, in order, after the cursor; also of such as they see no more.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_key ascii
-- param: page_size int
-- returns: ExportedCommentRow
-- scope: workspace
SELECT c.id, c.task_id, c.body, c.created_at, c.edited_at, c.list_key
FROM Comment AS c
WHERE c.workspace_id = @workspace_id AND c.created_by = @account_id AND c.list_key > @after_key
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_objective_comments :page
-- What the person said of objectives of a workspace, in order, after the cursor.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_key ascii
-- param: page_size int
-- returns: ExportedObjectiveCommentRow
-- scope: workspace
SELECT c.id, c.objective_id, c.body, c.created_at, c.edited_at, c.list_key
FROM ObjectiveComment AS c
WHERE c.workspace_id = @workspace_id AND c.created_by = @account_id AND c.list_key > @after_key
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_check_ins :page
-- What the person said of key results of a workspace, in order, after the cursor.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_key ascii
-- param: page_size int
-- returns: ExportedCheckInRow
-- scope: workspace
SELECT c.id, c.key_result_id, c.value, c.zone, c.confidence, c.note, c.created_at, c.list_key
FROM CheckIn AS c
WHERE c.workspace_id = @workspace_id AND c.created_by = @account_id AND c.list_key > @after_key
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: export_notifications :many
-- What the person was told in a workspace, in order, after the cursor; without what it was about, which they may see no
-- more.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_key ascii
-- param: page_size int
-- returns: ExportedNotificationRow
-- scope: workspace
SELECT n.id, n.type, n.reason, n.object_type, n.object_id, n.state, n.created_at, n.list_key
FROM Notification AS n
WHERE n.workspace_id = @workspace_id AND n.user_id = @account_id AND n.list_key > @after_key
ORDER BY n.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
