-- name: insert_connector :queued
-- A new connector, which has not been refreshed.
-- param: connector_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: kind text
-- param: config longtext
-- param: secret ascii?
-- param: key_id text?
-- param: fallback text
-- param: max_age_seconds int?
-- param: static_value longtext?
-- param: expected_columns longtext?
-- param: schedule text?
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO ConnectorBinding (id, workspace_id, name, name_key, list_key, kind, config, secret, key_id, fallback,
                              max_age_seconds, static_value, expected_columns, schedule, set_by, created_by, created_at, updated_at)
VALUES (@connector_id, @workspace_id, @name, @name_key, @list_key, @kind, @config, @secret, @key_id, @fallback,
        @max_age_seconds, @static_value, @expected_columns, @schedule, @created_by, @created_by, @now, @now)

-- name: count_connectors :value
-- How many the workspace has.
-- param: workspace_id uuid
-- returns: int
-- scope: workspace
SELECT COUNT(*) FROM ConnectorBinding AS b WHERE b.workspace_id = @workspace_id AND b.deleted_at IS NULL

-- name: get_connector :optional
-- One connector; its secret, sealed, is for who asks its source.
-- param: workspace_id uuid
-- param: connector_id uuid
-- returns: ConnectorRow
-- scope: workspace
SELECT b.id, b.name, b.kind, b.config, b.secret, b.key_id, b.source_version, b.fallback, b.max_age_seconds, b.static_value,
       b.expected_columns, b.schedule, b.status, b.last_error, b.last_refreshed_at, b.set_by, b.created_by,
       b.created_at, b.updated_at, b.version
FROM ConnectorBinding AS b
WHERE b.workspace_id = @workspace_id AND b.id = @connector_id AND b.deleted_at IS NULL

-- name: list_connectors :page
-- The workspace's connectors by name, after the cursor.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: ConnectorRow
-- scope: workspace
SELECT b.id, b.name, b.kind, b.config, b.secret, b.key_id, b.source_version, b.fallback, b.max_age_seconds, b.static_value,
       b.expected_columns, b.schedule, b.status, b.last_error, b.last_refreshed_at, b.set_by, b.created_by,
       b.created_at, b.updated_at, b.version
FROM ConnectorBinding AS b
WHERE b.workspace_id = @workspace_id AND b.list_key > @after_key AND b.deleted_at IS NULL
ORDER BY b.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_connector :queued
-- Takes the connector's row: whoever changes it, or writes down how a refresh ended, waits.
-- param: workspace_id uuid
-- param: connector_id uuid
-- scope: workspace
UPDATE ConnectorBinding SET version = version WHERE workspace_id = @workspace_id AND id = @connector_id

-- name: update_connector :queued
-- As somebody changed it. Where another thing is asked, status begins anew.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: config longtext
-- param: secret ascii?
-- param: key_id text?
-- param: source_version int
-- param: set_by text
-- param: fallback text
-- param: max_age_seconds int?
-- param: static_value longtext?
-- param: expected_columns longtext?
-- param: schedule text?
-- param: status text
-- param: last_error text?
-- param: now time
-- scope: workspace
UPDATE ConnectorBinding
SET name = @name, name_key = @name_key, list_key = @list_key, config = @config, secret = @secret, key_id = @key_id,
    source_version = @source_version, set_by = @set_by, fallback = @fallback, max_age_seconds = @max_age_seconds,
    static_value = @static_value, expected_columns = @expected_columns, schedule = @schedule, status = @status,
    last_error = @last_error, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @connector_id

-- name: delete_connector :queued
-- It is gone, and its secret; its journal stays.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: now time
-- scope: workspace
UPDATE ConnectorBinding SET deleted_at = @now, secret = NULL, key_id = NULL, version = version + 1
WHERE workspace_id = @workspace_id AND id = @connector_id

-- name: set_connector_status :queued
-- How a refresh ended. The version is raised by who finds that it ended otherwise than the one before.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: status text
-- param: last_error text?
-- param: now time
-- param: version int
-- scope: workspace
UPDATE ConnectorBinding SET status = @status, last_error = @last_error, last_refreshed_at = @now, version = @version
WHERE workspace_id = @workspace_id AND id = @connector_id

-- name: insert_selection :queued
-- Something was asked of a source, and this came of it.
-- param: selection_id uuid
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: actor_id text
-- param: cause text
-- param: asked text
-- param: outcome text
-- param: error text?
-- param: fallback text?
-- param: row_total int?
-- param: byte_total int?
-- param: checksum ascii?
-- param: duration_ms int
-- param: at time
-- param: list_key ascii
-- scope: workspace
INSERT INTO ConnectorSelection (id, workspace_id, binding_id, actor_id, cause, asked, outcome, error, fallback, row_total,
                                byte_total, checksum, duration_ms, at, list_key)
VALUES (@selection_id, @workspace_id, @connector_id, @actor_id, @cause, @asked, @outcome, @error, @fallback, @row_total,
        @byte_total, @checksum, @duration_ms, @at, @list_key)

-- name: get_selection :optional
-- One of what was asked for a connector.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: selection_id uuid
-- returns: SelectionRow
-- scope: workspace
SELECT s.id, s.actor_id, s.cause, s.asked, s.outcome, s.error, s.fallback, s.row_total, s.byte_total, s.checksum,
       s.duration_ms, s.at
FROM ConnectorSelection AS s
WHERE s.workspace_id = @workspace_id AND s.id = @selection_id AND s.binding_id = @connector_id

-- name: list_selections :many
-- What was asked for a connector, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: before_key ascii
-- param: page_size int
-- returns: SelectionRow
-- scope: workspace
SELECT s.id, s.actor_id, s.cause, s.asked, s.outcome, s.error, s.fallback, s.row_total, s.byte_total, s.checksum,
       s.duration_ms, s.at
FROM ConnectorSelection AS s
WHERE s.workspace_id = @workspace_id AND s.binding_id = @connector_id AND s.list_key < @before_key
ORDER BY s.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_connector_value :optional
-- What the last refresh that succeeded brought.
-- param: workspace_id uuid
-- param: connector_id uuid
-- returns: ConnectorValueRow
-- scope: workspace
SELECT v.selection_id, v.cells, v.checksum, v.fetched_at
FROM ConnectorValue AS v
WHERE v.workspace_id = @workspace_id AND v.binding_id = @connector_id

-- name: insert_connector_value :queued
-- What a refresh brought. Right only after delete_connector_value, holding the connector's row.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: selection_id uuid
-- param: cells longtext
-- param: checksum ascii
-- param: fetched_at time
-- scope: workspace
INSERT INTO ConnectorValue (workspace_id, binding_id, selection_id, cells, checksum, fetched_at)
VALUES (@workspace_id, @connector_id, @selection_id, @cells, @checksum, @fetched_at)

-- name: delete_connector_value :queued
-- Another one comes, or it answered what is asked no more.
-- param: workspace_id uuid
-- param: connector_id uuid
-- scope: workspace
DELETE FROM ConnectorValue WHERE workspace_id = @workspace_id AND binding_id = @connector_id

-- name: read_asking :optional
-- Whether somebody may be asked for a connector now, without anybody's word: its workspace is in work.
-- param: workspace_id uuid
-- param: connector_id uuid
-- returns: AskingRow
-- scope: workspace
SELECT w.is_active, w.status, o.status AS org_status
FROM ConnectorBinding AS b
JOIN Workspace AS w ON w.id = b.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE b.workspace_id = @workspace_id AND b.id = @connector_id AND b.deleted_at IS NULL

-- name: list_connectors_under_other_keys :page
-- What is still sealed with an older key, for rotating.
-- param: key_id text
-- param: page_size int
-- returns: SealedConnectorRow
-- scope: global tenant: rotation goes through every workspace's secrets; an operator runs it
-- plan: run by hand, rarely; whatever is under the newest key is passed over by index
SELECT b.id, b.workspace_id, b.kind, b.config, b.secret, b.key_id, b.version
FROM ConnectorBinding AS b
WHERE b.key_id IS NOT NULL AND b.key_id <> @key_id
ORDER BY b.workspace_id, b.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: reseal_connector :exec
-- The same secret under another key, unless somebody has changed it meanwhile.
-- param: workspace_id uuid
-- param: connector_id uuid
-- param: secret ascii
-- param: key_id text
-- param: version int
-- scope: workspace
UPDATE ConnectorBinding SET secret = @secret, key_id = @key_id
WHERE workspace_id = @workspace_id AND id = @connector_id AND version = @version
