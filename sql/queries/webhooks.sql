-- name: insert_webhook :queued
-- A new endpoint.
-- param: webhook_id uuid
-- param: workspace_id uuid
-- param: url text
-- param: description text?
-- param: event_types longtext
-- param: is_ordered bool
-- param: secret ascii
-- param: key_id text
-- param: acts_for text
-- param: since_seq int
-- param: list_key ascii
-- param: now time
-- scope: workspace
INSERT INTO WebhookEndpoint (id, workspace_id, url, description, event_types, is_ordered, secret, key_id, acts_for,
                             since_seq, list_key, created_by, created_at, updated_at)
VALUES (@webhook_id, @workspace_id, @url, @description, @event_types, @is_ordered, @secret, @key_id, @acts_for,
        @since_seq, @list_key, @acts_for, @now, @now)

-- name: count_webhooks :value
-- How many endpoints the workspace has.
-- param: workspace_id uuid
-- returns: int
-- scope: workspace
SELECT COUNT(*) FROM WebhookEndpoint AS h WHERE h.workspace_id = @workspace_id AND h.deleted_at IS NULL

-- name: get_webhook :optional
-- One endpoint, as it is shown.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- returns: WebhookRow
-- scope: workspace
SELECT h.id, h.url, h.description, h.event_types, h.is_ordered, h.disabled_reason, h.failing_since, h.earlier_until,
       h.acts_for, h.created_by, h.created_at, h.updated_at, h.version
FROM WebhookEndpoint AS h
WHERE h.workspace_id = @workspace_id AND h.id = @webhook_id AND h.deleted_at IS NULL

-- name: list_webhooks :page
-- The workspace's endpoints, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: before_key ascii
-- param: page_size int
-- returns: WebhookRow
-- scope: workspace
SELECT h.id, h.url, h.description, h.event_types, h.is_ordered, h.disabled_reason, h.failing_since, h.earlier_until,
       h.acts_for, h.created_by, h.created_at, h.updated_at, h.version
FROM WebhookEndpoint AS h
WHERE h.workspace_id = @workspace_id AND h.list_key < @before_key AND h.deleted_at IS NULL
ORDER BY h.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_webhook :queued
-- Takes the endpoint's row: whoever changes it, or writes down how a try ended, waits.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- scope: workspace
UPDATE WebhookEndpoint SET version = version WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: update_webhook :queued
-- Another address, description, choice of events or order.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: url text
-- param: description text?
-- param: event_types longtext
-- param: is_ordered bool
-- param: now time
-- scope: workspace
UPDATE WebhookEndpoint
SET url = @url, description = @description, event_types = @event_types, is_ordered = @is_ordered, updated_at = @now,
    version = version + 1
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: read_webhook_secret :one
-- The sealed secret, with the key that opens it. Right only after lock_webhook, in its transaction.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- returns: WebhookSecretRow
-- scope: workspace
SELECT h.secret, h.key_id FROM WebhookEndpoint AS h WHERE h.workspace_id = @workspace_id AND h.id = @webhook_id

-- name: set_webhook_secret :queued
-- Another secret; the one before signs too until earlier_until.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: secret ascii
-- param: key_id text
-- param: earlier_secret ascii
-- param: earlier_key_id text
-- param: earlier_until time
-- param: now time
-- scope: workspace
UPDATE WebhookEndpoint
SET secret = @secret, key_id = @key_id, earlier_secret = @earlier_secret, earlier_key_id = @earlier_key_id,
    earlier_until = @earlier_until, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: enable_webhook :queued
-- It is sent to again, on behalf of whoever enabled it, as if nothing had ever failed.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: acts_for text
-- param: now time
-- scope: workspace
UPDATE WebhookEndpoint
SET disabled_reason = NULL, acts_for = @acts_for, failures = 0, failing_since = NULL, rests_until = NULL,
    updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: disable_webhook :queued
-- Nothing is sent to it.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: reason text
-- param: now time
-- scope: workspace
UPDATE WebhookEndpoint SET disabled_reason = @reason, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: delete_webhook :queued
-- It is gone, and its secrets at once; the rows go with housekeeping.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: now time
-- scope: workspace
UPDATE WebhookEndpoint
SET deleted_at = @now, secret = N'', earlier_secret = NULL, earlier_key_id = NULL, earlier_until = NULL, version = version + 1
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: hasten_webhook :queued
-- Somebody asked for something to be sent now: it rests no more.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- scope: workspace
UPDATE WebhookEndpoint SET rests_until = NULL WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: list_hearing_webhooks :page
-- Those that are sent to, and what they are to hear.
-- param: workspace_id uuid
-- returns: HearingWebhookRow
-- scope: workspace
SELECT h.id, h.event_types, h.since_seq
FROM WebhookEndpoint AS h
WHERE h.workspace_id = @workspace_id AND h.deleted_at IS NULL AND h.disabled_reason IS NULL

-- name: read_sending_webhook :optional
-- What decides whether something is sent to an endpoint now, and how.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- returns: SendingWebhookRow
-- scope: workspace
SELECT h.url, h.is_ordered, h.disabled_reason, h.secret, h.key_id, h.earlier_secret, h.earlier_key_id, h.earlier_until,
       h.acts_for, h.failures, h.failing_since, h.rests_until, w.is_active, w.status, o.status AS org_status
FROM WebhookEndpoint AS h
JOIN Workspace AS w ON w.id = h.workspace_id
LEFT JOIN Organization AS o ON o.id = w.org_id
WHERE h.workspace_id = @workspace_id AND h.id = @webhook_id AND h.deleted_at IS NULL

-- name: set_webhook_health :queued
-- How the last tries ended.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: failures int
-- param: failing_since time?
-- param: rests_until time?
-- scope: workspace
UPDATE WebhookEndpoint SET failures = @failures, failing_since = @failing_since, rests_until = @rests_until
WHERE workspace_id = @workspace_id AND id = @webhook_id

-- name: list_webhooks_under_other_keys :many
-- What is still sealed with an older key, for rotating.
-- param: key_id text
-- param: page_size int
-- returns: SealedWebhookRow
-- scope: global tenant: rotation goes through every workspace's secrets; an operator runs it
-- plan: run by hand, rarely; whatever is under the newest key is passed over by index
SELECT h.id, h.workspace_id, h.secret, h.key_id, h.earlier_secret, h.earlier_key_id, h.version
FROM WebhookEndpoint AS h
WHERE h.deleted_at IS NULL AND (h.key_id <> @key_id OR h.earlier_key_id <> @key_id)
ORDER BY h.workspace_id, h.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: reseal_webhook :exec
-- The same secrets under another key, unless somebody has changed them meanwhile.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: secret ascii
-- param: key_id text
-- param: earlier_secret ascii?
-- param: earlier_key_id text?
-- param: version int
-- scope: workspace
UPDATE WebhookEndpoint
SET secret = @secret, key_id = @key_id, earlier_secret = @earlier_secret, earlier_key_id = @earlier_key_id
WHERE workspace_id = @workspace_id AND id = @webhook_id AND version = @version
