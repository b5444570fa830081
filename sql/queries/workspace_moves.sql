-- name: insert_move :queued
-- One side asks the other. UQ_WorkspaceMove_pending refuses a second one while one waits.
-- param: move_id uuid
-- param: workspace_id uuid
-- param: org_id uuid
-- param: workspace_name text
-- param: org_name text
-- param: direction text
-- param: asked_side text
-- param: asked_by text
-- param: now time
-- param: expires_at time
-- param: list_key text
-- scope: workspace
INSERT INTO WorkspaceMove (id, workspace_id, org_id, workspace_name, org_name, direction, asked_side, asked_by, created_at,
                           expires_at, list_key)
VALUES (@move_id, @workspace_id, @org_id, @workspace_name, @org_name, @direction, @asked_side, @asked_by, @now,
        @expires_at, @list_key)

-- name: expire_moves :queued
-- Ends the one that has waited too long, so that another can be asked for.
-- param: workspace_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkspaceMove SET state = N'EXPIRED', ended_at = @now
WHERE workspace_id = @workspace_id AND state = N'PENDING' AND expires_at <= @now

-- name: end_move :exec
-- What became of it: of two who answer at once, one changes a row.
-- param: workspace_id uuid
-- param: move_id uuid
-- param: state text
-- param: ended_by text
-- param: now time
-- scope: workspace
UPDATE WorkspaceMove SET state = @state, ended_at = @now, ended_by = @ended_by
WHERE workspace_id = @workspace_id AND id = @move_id AND state = N'PENDING' AND expires_at > @now

-- name: read_org_name :value
-- The organisation's name, for the other side to read.
-- param: org_id uuid
-- returns: text
-- scope: organization
SELECT o.name FROM Organization AS o WHERE o.id = @org_id

-- name: find_workspace_to_move :optional
-- What decides whether a move can be made: whose the workspace is, the status of both, and what whoever asked is in both
-- now. Right only under both guard rows.
-- param: workspace_id uuid
-- param: org_id uuid
-- param: asked_by text
-- returns: MovableRow
-- scope: global tenant: a move is between a workspace and an organisation that it is not of yet
SELECT w.org_id, w.status, o.status AS org_status, u.status AS asker_status, a.role AS asker_role, b.role AS asker_org_role
FROM Workspace AS w
JOIN Organization AS o ON o.id = @org_id
JOIN UserAccount AS u ON u.id = @asked_by
LEFT JOIN WorkspaceMember AS a ON a.workspace_id = w.id AND a.user_id = u.id
LEFT JOIN OrganizationMember AS b ON b.org_id = o.id AND b.user_id = u.id
WHERE w.id = @workspace_id AND w.is_active = 1

-- name: list_workspace_moves :many
-- The moves of a workspace that were asked for, the newest first, before the cursor; with pending only those
-- that wait.
-- param: workspace_id uuid
-- param: pending bool
-- param: now time
-- param: before_key text
-- param: page_size int
-- returns: WorkspaceMoveRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.org_id, m.workspace_name, m.org_name, m.direction, m.asked_side, m.asked_by,
       CASE WHEN m.state = N'PENDING' AND m.expires_at <= @now THEN N'EXPIRED' ELSE m.state END AS state,
       m.created_at, m.expires_at, m.ended_at, m.ended_by
FROM WorkspaceMove AS m
WHERE m.workspace_id = @workspace_id AND m.list_key < @before_key
  AND (@pending = 0 OR (m.state = N'PENDING' AND m.expires_at > @now))
ORDER BY m.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_workspace_move :optional
-- One of them.
-- param: workspace_id uuid
-- param: move_id uuid
-- param: now time
-- returns: WorkspaceMoveRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.org_id, m.workspace_name, m.org_name, m.direction, m.asked_side, m.asked_by,
       CASE WHEN m.state = N'PENDING' AND m.expires_at <= @now THEN N'EXPIRED' ELSE m.state END AS state,
       m.created_at, m.expires_at, m.ended_at, m.ended_by
FROM WorkspaceMove AS m
WHERE m.workspace_id = @workspace_id AND m.id = @move_id

-- name: list_org_moves :many
-- The moves that were asked for into an organisation, or out of it, the newest first, before the cursor; with pending only those
-- that wait.
-- param: org_id uuid
-- param: pending bool
-- param: now time
-- param: before_key text
-- param: page_size int
-- returns: WorkspaceMoveRow
-- scope: organization
SELECT m.id, m.workspace_id, m.org_id, m.workspace_name, m.org_name, m.direction, m.asked_side, m.asked_by,
       CASE WHEN m.state = N'PENDING' AND m.expires_at <= @now THEN N'EXPIRED' ELSE m.state END AS state,
       m.created_at, m.expires_at, m.ended_at, m.ended_by
FROM WorkspaceMove AS m
WHERE m.org_id = @org_id AND m.list_key < @before_key
  AND (@pending = 0 OR (m.state = N'PENDING' AND m.expires_at > @now))
ORDER BY m.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_org_move :optional
-- One of them.
-- param: org_id uuid
-- param: move_id uuid
-- param: now time
-- returns: WorkspaceMoveRow
-- scope: organization
SELECT m.id, m.workspace_id, m.org_id, m.workspace_name, m.org_name, m.direction, m.asked_side, m.asked_by,
       CASE WHEN m.state = N'PENDING' AND m.expires_at <= @now THEN N'EXPIRED' ELSE m.state END AS state,
       m.created_at, m.expires_at, m.ended_at, m.ended_by
FROM WorkspaceMove AS m
WHERE m.org_id = @org_id AND m.id = @move_id
