-- name: insert_deliveries :exec
-- What endpoints are to be sent, but for what each has already. deliveries: a JSON array of objects.
-- param: workspace_id uuid
-- param: deliveries longtext
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO WebhookDelivery (id, workspace_id, endpoint_id, event_seq, event_type, state, due_at, list_key, created_at)
SELECT j.id, @workspace_id, j.endpoint_id, j.event_seq, j.event_type, N'PENDING', @now, j.list_key, @now
FROM OPENJSON(@deliveries) WITH (id UNIQUEIDENTIFIER '$.id', endpoint_id UNIQUEIDENTIFIER '$.endpoint_id',
                                 event_seq BIGINT '$.event_seq', event_type NVARCHAR(100) '$.event_type',
                                 list_key VARCHAR(64) '$.list_key') AS j
LEFT JOIN WebhookDelivery AS d
       ON d.workspace_id = @workspace_id AND d.endpoint_id = j.endpoint_id AND d.event_seq = j.event_seq
WHERE d.id IS NULL
-- dialect: sqlite
INSERT INTO WebhookDelivery (id, workspace_id, endpoint_id, event_seq, event_type, state, due_at, list_key, created_at)
SELECT j.value ->> '$.id', @workspace_id, j.value ->> '$.endpoint_id', j.value ->> '$.event_seq',
       j.value ->> '$.event_type', 'PENDING', @now, j.value ->> '$.list_key', @now
FROM json_each(@deliveries) AS j
LEFT JOIN WebhookDelivery AS d
       ON d.workspace_id = @workspace_id AND d.endpoint_id = j.value ->> '$.endpoint_id'
      AND d.event_seq = j.value ->> '$.event_seq'
WHERE d.id IS NULL

-- name: get_delivery :optional
-- One delivery of an endpoint.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: delivery_id uuid
-- returns: DeliveryRow
-- scope: workspace
SELECT d.id, d.event_seq, d.event_type, d.state, d.due_at, d.attempts, d.failures, d.created_at, d.done_at
FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.id = @delivery_id AND d.endpoint_id = @webhook_id

-- name: list_deliveries :many
-- An endpoint's deliveries, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: before_key ascii
-- param: page_size int
-- returns: DeliveryRow
-- scope: workspace
SELECT d.id, d.event_seq, d.event_type, d.state, d.due_at, d.attempts, d.failures, d.created_at, d.done_at
FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.endpoint_id = @webhook_id AND d.list_key < @before_key
ORDER BY d.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_deliveries_in_state :many
-- Those of an endpoint in one state, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: state text
-- param: before_key ascii
-- param: page_size int
-- returns: DeliveryRow
-- scope: workspace
SELECT d.id, d.event_seq, d.event_type, d.state, d.due_at, d.attempts, d.failures, d.created_at, d.done_at
FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.endpoint_id = @webhook_id AND d.state = @state AND d.list_key < @before_key
ORDER BY d.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_attempts :page
-- The tries of a delivery, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: delivery_id uuid
-- param: page_size int
-- returns: AttemptRow
-- scope: workspace
SELECT a.number, a.at, a.duration_ms, a.status, a.reason, a.answer
FROM WebhookAttempt AS a
WHERE a.workspace_id = @workspace_id AND a.delivery_id = @delivery_id
ORDER BY a.number DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: hasten_deliveries :queued
-- What waits for longer than anything is put off was put off while the clock was ahead: it is due now.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: latest time
-- param: now time
-- scope: workspace
UPDATE WebhookDelivery SET due_at = @now
WHERE workspace_id = @workspace_id AND endpoint_id = @webhook_id AND state = N'PENDING' AND due_at > @latest

-- name: list_due_deliveries :many
-- What an endpoint is to be sent by now, what has waited longest first.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: now time
-- param: page_size int
-- returns: DeliveryRow
-- scope: workspace
SELECT d.id, d.event_seq, d.event_type, d.state, d.due_at, d.attempts, d.failures, d.created_at, d.done_at
FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.endpoint_id = @webhook_id AND d.state = N'PENDING' AND d.due_at <= @now
ORDER BY d.due_at, d.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_first_deliveries :many
-- What an endpoint that is told in order is to be sent next, due or not.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: page_size int
-- returns: DeliveryRow
-- scope: workspace
SELECT d.id, d.event_seq, d.event_type, d.state, d.due_at, d.attempts, d.failures, d.created_at, d.done_at
FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.endpoint_id = @webhook_id AND d.state = N'PENDING'
ORDER BY d.event_seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_next_due :value
-- When the first of an endpoint's deliveries is due; NULL where none waits.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- returns: time?
-- scope: workspace
SELECT MIN(d.due_at) FROM WebhookDelivery AS d
WHERE d.workspace_id = @workspace_id AND d.endpoint_id = @webhook_id AND d.state = N'PENDING'

-- name: claim_delivery :queued
-- Takes a delivery up: it is due again at lease_until, unless it is settled. Right only after lock_webhook, in its
-- transaction: of two who want to send it the second finds that it is not due.
-- param: workspace_id uuid
-- param: delivery_id uuid
-- param: lease_until time
-- scope: workspace
UPDATE WebhookDelivery SET attempts = attempts + 1, due_at = @lease_until
WHERE workspace_id = @workspace_id AND id = @delivery_id

-- name: settle_delivery :exec
-- How a try ended. Nothing happens where another took it up after its lease.
-- param: workspace_id uuid
-- param: delivery_id uuid
-- param: attempts int
-- param: state text
-- param: failures int
-- param: due_at time
-- param: done_at time?
-- scope: workspace
UPDATE WebhookDelivery SET state = @state, failures = @failures, due_at = @due_at, done_at = @done_at
WHERE workspace_id = @workspace_id AND id = @delivery_id AND state = N'PENDING' AND attempts = @attempts

-- name: insert_attempt :queued
-- One try.
-- param: workspace_id uuid
-- param: delivery_id uuid
-- param: number int
-- param: at time
-- param: duration_ms int
-- param: status int?
-- param: reason text?
-- param: answer text?
-- scope: workspace
INSERT INTO WebhookAttempt (workspace_id, delivery_id, number, at, duration_ms, status, reason, answer)
VALUES (@workspace_id, @delivery_id, @number, @at, @duration_ms, @status, @reason, @answer)

-- name: resend_delivery :exec
-- It waits again from the beginning, due now, unless it is just being sent: what is taken up is due before latest.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: delivery_id uuid
-- param: latest time
-- param: now time
-- scope: workspace
UPDATE WebhookDelivery SET state = N'PENDING', failures = 0, due_at = @now, done_at = NULL
WHERE workspace_id = @workspace_id AND id = @delivery_id AND endpoint_id = @webhook_id
  AND (state <> N'PENDING' OR due_at > @latest)

-- name: resend_deliveries :exec
-- All of an endpoint's that are over and are of events from from_seq to to_seq wait again from the beginning.
-- param: workspace_id uuid
-- param: webhook_id uuid
-- param: from_seq int
-- param: to_seq int
-- param: now time
-- scope: workspace
UPDATE WebhookDelivery SET state = N'PENDING', failures = 0, due_at = @now, done_at = NULL
WHERE workspace_id = @workspace_id AND endpoint_id = @webhook_id AND event_seq >= @from_seq AND event_seq <= @to_seq
  AND state <> N'PENDING'
