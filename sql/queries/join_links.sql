-- name: insert_join_link :queued
-- A new link to join by.
-- param: join_link_id uuid
-- param: workspace_id uuid
-- param: role text
-- param: code_hash ascii
-- param: usage_limit int
-- param: created_by text
-- param: now time
-- param: expires_at time
-- param: list_key text
-- scope: workspace
INSERT INTO JoinLink (id, workspace_id, role, code_hash, usage_limit, created_by, created_at, expires_at, list_key)
VALUES (@join_link_id, @workspace_id, @role, @code_hash, @usage_limit, @created_by, @now, @expires_at, @list_key)

-- name: get_join_link :optional
-- One of the workspace's links.
-- param: workspace_id uuid
-- param: join_link_id uuid
-- returns: JoinLinkRow
-- scope: workspace
SELECT j.id, j.role, j.usage_limit, j.usage_count, j.created_by, j.created_at, j.expires_at
FROM JoinLink AS j
WHERE j.workspace_id = @workspace_id AND j.id = @join_link_id

-- name: list_join_links :many
-- The workspace's links, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: before_key text
-- param: page_size int
-- returns: JoinLinkRow
-- scope: workspace
SELECT j.id, j.role, j.usage_limit, j.usage_count, j.created_by, j.created_at, j.expires_at
FROM JoinLink AS j
WHERE j.workspace_id = @workspace_id AND j.list_key < @before_key
ORDER BY j.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_join_link :exec
-- Nobody joins by it any more.
-- param: workspace_id uuid
-- param: join_link_id uuid
-- scope: workspace
DELETE FROM JoinLink WHERE workspace_id = @workspace_id AND id = @join_link_id

-- name: find_join_link :optional
-- The link that a code is of, with its workspace.
-- param: code_hash ascii
-- returns: FoundJoinLinkRow
-- scope: global tenant: the code itself says which link is meant
SELECT j.id, j.workspace_id, j.role, j.created_by, j.expires_at
FROM JoinLink AS j
WHERE j.code_hash = @code_hash

-- name: use_join_link :exec
-- Takes one of its uses. The row is the guard: of two who want the last one, one changes a row.
-- param: workspace_id uuid
-- param: join_link_id uuid
-- param: now time
-- scope: workspace
UPDATE JoinLink SET usage_count = usage_count + 1
WHERE workspace_id = @workspace_id AND id = @join_link_id AND usage_count < usage_limit AND expires_at > @now
