-- name: insert_link :queued
-- A new link. UQ_WorkspaceExternalLink_external refuses a second one to the same item.
-- param: link_id uuid
-- param: workspace_id uuid
-- param: provider text
-- param: external_id text
-- param: display_name text?
-- param: config longtext?
-- param: linked_by text
-- param: linked_tid text
-- param: linked_as_guest bool
-- param: linked_role text
-- param: external_url text?
-- param: list_key text
-- param: status text
-- param: ok_at time?
-- param: now time
-- scope: workspace
INSERT INTO WorkspaceExternalLink (id, workspace_id, provider, external_id, display_name, config, linked_at, linked_by,
                                   linked_tid, linked_as_guest, linked_role, updated_at, external_url, list_key, status, last_checked_at, last_ok_at, check_after)
VALUES (@link_id, @workspace_id, @provider, @external_id, @display_name, @config, @now, @linked_by,
        @linked_tid, @linked_as_guest, @linked_role, @now, @external_url, @list_key, @status, @ok_at, @ok_at, @now)

-- name: get_link :optional
-- One link that was not deleted.
-- param: workspace_id uuid
-- param: link_id uuid
-- returns: LinkRow
-- scope: workspace
SELECT l.id, l.workspace_id, l.provider, l.external_id, l.display_name, l.config, l.external_url AS url, l.status, l.failures,
       l.last_checked_at, l.last_ok_at, l.last_reason, l.linked_at, l.linked_by, l.updated_at, l.version
FROM WorkspaceExternalLink AS l
WHERE l.workspace_id = @workspace_id AND l.id = @link_id AND l.deleted_at IS NULL

-- name: list_links :page
-- The links, by display name, after the cursor; of one provider where one is given.
-- param: workspace_id uuid
-- param: provider text?
-- param: after_key text
-- param: page_size int
-- returns: LinkRow
-- scope: workspace
SELECT l.id, l.workspace_id, l.provider, l.external_id, l.display_name, l.config, l.external_url AS url, l.status, l.failures,
       l.last_checked_at, l.last_ok_at, l.last_reason, l.linked_at, l.linked_by, l.updated_at, l.version
FROM WorkspaceExternalLink AS l
WHERE l.workspace_id = @workspace_id AND l.list_key > @after_key AND l.deleted_at IS NULL
  AND (@provider IS NULL OR l.provider = @provider)
ORDER BY l.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_link :queued
-- Another display name or config.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: display_name text?
-- param: config longtext?
-- param: list_key text
-- param: now time
-- scope: workspace
UPDATE WorkspaceExternalLink
SET display_name = @display_name, config = @config, list_key = @list_key, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @link_id AND deleted_at IS NULL

-- name: delete_link :queued
-- Ends a link; the item can be linked anew.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkspaceExternalLink
SET deleted_at = @now, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @link_id AND deleted_at IS NULL

-- name: lock_link :queued
-- Takes the guard row of a link's health, as lock_workspace does: two checks at once are counted one after
-- the other.
-- param: workspace_id uuid
-- param: link_id uuid
-- scope: workspace
UPDATE WorkspaceExternalLink SET version = version WHERE workspace_id = @workspace_id AND id = @link_id

-- name: read_link_health :optional
-- What is to be counted on. Right only while the caller holds lock_link.
-- param: workspace_id uuid
-- param: link_id uuid
-- returns: LinkHealthRow
-- scope: workspace
SELECT l.status, l.checks, l.failures
FROM WorkspaceExternalLink AS l
WHERE l.workspace_id = @workspace_id AND l.id = @link_id AND l.deleted_at IS NULL

-- name: hasten_links :queued
-- What is to be looked at later than the schedule puts anything off was set by a clock that was ahead: it is due now.
-- param: now time
-- param: latest time
-- param: page_size int
-- scope: global tenant: the schedule looks after every workspace's links
UPDATE WorkspaceExternalLink SET check_after = @now
WHERE check_after > @latest AND deleted_at IS NULL
  AND id IN (
    SELECT l.id FROM WorkspaceExternalLink AS l WHERE l.check_after > @latest AND l.deleted_at IS NULL
    ORDER BY l.check_after OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
  )

-- name: claim_due_links :many
-- Links that the schedule is to look at, oldest first. Rows that another process is taking up are passed over
-- where the engine heeds the hint; take_due_link decides.
-- param: now time
-- param: page_size int
-- returns: DueLinkRow
-- scope: global tenant: the schedule looks after every workspace's links
SELECT l.workspace_id, l.id AS link_id, l.provider, l.external_id, l.linked_tid, l.linked_as_guest, l.linked_role,
       CASE WHEN w.status <> N'ACTIVE' OR o.status <> N'ACTIVE' THEN 1 ELSE 0 END AS is_held
FROM WorkspaceExternalLink AS l WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK, ROWLOCK)
LEFT JOIN Workspace AS w ON w.id = l.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE l.check_after <= @now AND l.deleted_at IS NULL
ORDER BY l.check_after
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: take_due_link :exec
-- Moves a link on to when the schedule looks at it next: of two who take it up at once, one changes a row.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: now time
-- param: check_after time
-- scope: workspace
UPDATE WorkspaceExternalLink SET check_after = @check_after
WHERE workspace_id = @workspace_id AND id = @link_id AND check_after <= @now AND deleted_at IS NULL

-- name: set_link_health :queued
-- What a check found. ok_at is the moment of a good one; another leaves the last good one as it was.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: status text
-- param: checks int
-- param: failures int
-- param: reason text?
-- param: ok_at time?
-- param: now time
-- scope: workspace
UPDATE WorkspaceExternalLink
SET status = @status, checks = @checks, failures = @failures, last_reason = @reason, last_checked_at = @now,
    last_ok_at = COALESCE(@ok_at, last_ok_at)
WHERE workspace_id = @workspace_id AND id = @link_id AND deleted_at IS NULL

-- name: insert_link_check :queued
-- Keeps what a check found.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: seq int
-- param: status text
-- param: reason text?
-- param: now time
-- scope: workspace
INSERT INTO LinkCheck (workspace_id, link_id, seq, checked_at, status, reason)
VALUES (@workspace_id, @link_id, @seq, @now, @status, @reason)

-- name: delete_old_link_checks :queued
-- Keeps the history as long as it is of use.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: last_seq int
-- scope: workspace
DELETE FROM LinkCheck WHERE workspace_id = @workspace_id AND link_id = @link_id AND seq <= @last_seq

-- name: list_link_checks :many
-- The checks of a link, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: link_id uuid
-- param: before_seq int
-- param: page_size int
-- returns: LinkCheckRow
-- scope: workspace
SELECT c.seq, c.checked_at, c.status, c.reason
FROM LinkCheck AS c
WHERE c.workspace_id = @workspace_id AND c.link_id = @link_id AND c.seq < @before_seq
ORDER BY c.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
