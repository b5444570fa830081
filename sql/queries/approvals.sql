-- name: insert_request :queued
-- Something is submitted. UQ_ApprovalRequest_pending refuses a second request about it that waits.
-- param: request_id uuid
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: object_version int
-- param: content_hash ascii
-- param: title text
-- param: flow_version int
-- param: due_at time?
-- param: author_id text
-- param: submitted_by text
-- param: now time
-- param: list_key ascii
-- scope: workspace
INSERT INTO ApprovalRequest (id, workspace_id, object_type, object_id, object_version, content_hash, title, flow_version,
                             stage_since, due_at, author_id, submitted_by, created_at, list_key)
VALUES (@request_id, @workspace_id, @object_type, @object_id, @object_version, @content_hash, @title, @flow_version, @now,
        @due_at, @author_id, @submitted_by, @now, @list_key)

-- name: lock_request :queued
-- Takes the guard row of all that is decided about a request, after that of its object and before it is read. As
-- lock_workspace, in a statement of its own.
-- param: workspace_id uuid
-- param: request_id uuid
-- scope: workspace
UPDATE ApprovalRequest SET version = version WHERE workspace_id = @workspace_id AND id = @request_id

-- name: get_request :optional
-- One request by its id.
-- param: workspace_id uuid
-- param: request_id uuid
-- returns: RequestRow
-- scope: workspace
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.id = @request_id

-- name: find_pending :optional
-- The request about an object that waits.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- returns: RequestRow
-- scope: workspace
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = @object_id AND r.state = N'PENDING'

-- name: move_request :exec
-- A decision more, after which it stands at a stage: the one where it was, or the next. Only while it waits.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: stage int
-- param: stage_since time
-- param: due_at time?
-- param: escalated_at time?
-- scope: workspace
UPDATE ApprovalRequest
SET stage = @stage, stage_since = @stage_since, due_at = @due_at, escalated_at = @escalated_at, version = version + 1
WHERE workspace_id = @workspace_id AND id = @request_id AND state = N'PENDING'

-- name: end_request :exec
-- It was decided, or will not be: once, and only while it waits.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: state text
-- param: now time
-- scope: workspace
UPDATE ApprovalRequest SET state = @state, ended_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @request_id AND state = N'PENDING'

-- name: escalate_request :exec
-- The stage's deadline is over: others are asked too, once. What was decided meanwhile is let be.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: stage int
-- param: now time
-- scope: workspace
UPDATE ApprovalRequest SET escalated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @request_id AND stage = @stage AND state = N'PENDING' AND escalated_at IS NULL
  AND due_at <= @now

-- name: list_overdue :many
-- Requests whose stage was not passed by its deadline, of workspaces in work, the longest overdue first. SQLite keeps the
-- order of the join, SQL Server chooses one: what is overdue is little, and nearly every workspace is in work.
-- param: now time
-- param: page_size int
-- returns: OverdueRow
-- scope: global tenant: deadlines pass in every workspace
SELECT r.workspace_id, r.id, r.stage
FROM ApprovalRequest AS r
CROSS JOIN Workspace AS w
WHERE w.id = r.workspace_id AND w.is_active = 1 AND w.status = N'ACTIVE'
  AND r.due_at IS NOT NULL AND r.due_at <= @now AND r.escalated_at IS NULL AND r.state = N'PENDING'
ORDER BY r.due_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_requests :many
-- All requests, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: before_key ascii
-- param: page_size int
-- returns: RequestRow
-- scope: workspace
-- plan: sorts where statistics say that a workspace has few
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.list_key < @before_key
ORDER BY r.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_requests_in_state :many
-- As list_requests, in a state.
-- param: workspace_id uuid
-- param: state text
-- param: before_key ascii
-- param: page_size int
-- returns: RequestRow
-- scope: workspace
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.state = @state AND r.list_key < @before_key
ORDER BY r.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_requests_of_object :many
-- As list_requests, about one object, in any state or one.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: state text?
-- param: before_key ascii
-- param: page_size int
-- returns: RequestRow
-- scope: workspace
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = @object_id
  AND (@state IS NULL OR r.state = @state) AND r.list_key < @before_key
ORDER BY r.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_submitted :many
-- As list_requests, what somebody submitted, in any state or one.
-- param: workspace_id uuid
-- param: account_id text
-- param: state text?
-- param: before_key ascii
-- param: page_size int
-- returns: RequestRow
-- scope: workspace
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.submitted_by = @account_id
  AND (@state IS NULL OR r.state = @state) AND r.list_key < @before_key
ORDER BY r.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_inbox :many
-- Pending requests, the newest first, before the cursor, whose stage asks one of a JSON array of people: of somebody and of
-- those who have them decide. Who of them may is looked at again (app.core.approvals).
-- param: workspace_id uuid
-- param: account_id text
-- param: people longtext
-- param: now time
-- param: before_key ascii
-- param: page_size int
-- returns: RequestRow
-- scope: workspace
-- dialect: mssql
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.state = N'PENDING' AND r.list_key < @before_key
  AND r.author_id <> @account_id AND r.submitted_by <> @account_id
  AND EXISTS (SELECT 1 FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
              CROSS JOIN WorkspaceMember AS m
              WHERE m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
                AND EXISTS (SELECT 1 FROM ApprovalDecider AS d
                  WHERE d.workspace_id = @workspace_id AND d.request_id = r.id
                    AND (d.user_id = m.user_id OR d.role = m.role OR d.user_type_id = m.user_type_id
                         OR EXISTS (SELECT 1 FROM ObjectRole AS o
                                    WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.object_type = r.object_type
                                      AND o.object_id = r.object_id AND o.role = d.object_role
                                      AND (o.expires_at IS NULL OR o.expires_at > @now)))))
  AND NOT EXISTS (SELECT 1 FROM ApprovalDecision AS x
                  WHERE x.workspace_id = @workspace_id AND x.request_id = r.id AND x.stage = r.stage
                    AND (x.actor_id = @account_id OR x.counts_for = @account_id))
ORDER BY r.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
SELECT r.id, r.workspace_id, r.object_type, r.object_id, r.object_version, r.content_hash, r.title, r.flow_version, r.stage,
       r.stage_since, r.due_at, r.escalated_at, r.state, r.author_id, r.submitted_by, r.created_at, r.ended_at, r.version
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.state = 'PENDING' AND r.list_key < @before_key
  AND r.author_id <> @account_id AND r.submitted_by <> @account_id
  AND EXISTS (SELECT 1 FROM json_each(@people) AS j
              CROSS JOIN WorkspaceMember AS m
              WHERE m.workspace_id = @workspace_id AND m.user_id = j.value
                AND EXISTS (SELECT 1 FROM ApprovalDecider AS d
                  WHERE d.workspace_id = @workspace_id AND d.request_id = r.id
                    AND (d.user_id = m.user_id OR d.role = m.role OR d.user_type_id = m.user_type_id
                         OR EXISTS (SELECT 1 FROM ObjectRole AS o
                                    WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.object_type = r.object_type
                                      AND o.object_id = r.object_id AND o.role = d.object_role
                                      AND (o.expires_at IS NULL OR o.expires_at > @now)))))
  AND NOT EXISTS (SELECT 1 FROM ApprovalDecision AS x
                  WHERE x.workspace_id = @workspace_id AND x.request_id = r.id AND x.stage = r.stage
                    AND (x.actor_id = @account_id OR x.counts_for = @account_id))
ORDER BY r.list_key DESC
LIMIT @page_size

-- name: delete_deciders :queued
-- Nobody is asked any more, until the next stage is there.
-- param: workspace_id uuid
-- param: request_id uuid
-- scope: workspace
DELETE FROM ApprovalDecider WHERE workspace_id = @workspace_id AND request_id = @request_id

-- name: insert_deciders :queued
-- Whom a stage asks, from one JSON array.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: deciders longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO ApprovalDecider (workspace_id, request_id, ordinal, role, user_id, user_type_id, object_role)
SELECT @workspace_id, @request_id, j.ordinal, j.role, j.account_id, j.user_type_id, j.object_role
FROM OPENJSON(@deciders) WITH (ordinal INT '$.ordinal', role NVARCHAR(50) '$.role', account_id NVARCHAR(200) '$.user_id',
                               user_type_id UNIQUEIDENTIFIER '$.user_type_id', object_role NVARCHAR(20) '$.object_role') AS j
-- dialect: sqlite
INSERT INTO ApprovalDecider (workspace_id, request_id, ordinal, role, user_id, user_type_id, object_role)
SELECT @workspace_id, @request_id, j.value ->> '$.ordinal', j.value ->> '$.role', j.value ->> '$.user_id',
       j.value ->> '$.user_type_id', j.value ->> '$.object_role'
FROM json_each(@deciders) AS j

-- name: list_asked :many
-- Who may decide at all and is asked by the stage that a request stands at, by name: neither its author nor who submitted
-- it, nor who has decided there already.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: now time
-- param: page_size int
-- returns: PersonRow
-- scope: workspace
SELECT m.user_id, m.display_name, m.role, m.user_type_id
FROM ApprovalRequest AS r
CROSS JOIN WorkspaceMember AS m
CROSS JOIN UserAccount AS a
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
WHERE r.workspace_id = @workspace_id AND r.id = @request_id AND r.state = N'PENDING' AND m.workspace_id = @workspace_id
  AND m.user_id <> r.author_id AND m.user_id <> r.submitted_by
  AND a.id = m.user_id AND a.status = N'ACTIVE' AND m.is_guest = 0 AND m.role IN (N'OWNER', N'ADMIN', N'MEMBER')
  AND (m.role <> N'MEMBER' OR u.read_only IS NULL OR u.read_only = 0)
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS s ON s.org_id = w.org_id
                  WHERE w.id = @workspace_id AND s.user_id = m.user_id)
  AND EXISTS (SELECT 1 FROM ApprovalDecider AS d
              WHERE d.workspace_id = @workspace_id AND d.request_id = r.id
                AND (d.user_id = m.user_id OR d.role = m.role OR d.user_type_id = m.user_type_id
                     OR EXISTS (SELECT 1 FROM ObjectRole AS o
                                WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.object_type = r.object_type
                                  AND o.object_id = r.object_id AND o.role = d.object_role
                                  AND (o.expires_at IS NULL OR o.expires_at > @now))))
  AND NOT EXISTS (SELECT 1 FROM ApprovalDecision AS x
                  WHERE x.workspace_id = @workspace_id AND x.request_id = r.id AND x.stage = r.stage
                    AND (x.actor_id = m.user_id OR x.counts_for = m.user_id))
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_people :many
-- Those of a JSON array who may decide at all: active members, who are no guests, and do more than look on.
-- param: workspace_id uuid
-- param: people longtext
-- returns: PersonRow
-- scope: workspace
-- dialect: mssql
SELECT m.user_id, m.display_name, m.role, m.user_type_id
FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
CROSS JOIN WorkspaceMember AS m
CROSS JOIN UserAccount AS a
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
WHERE m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
  AND a.id = m.user_id AND a.status = N'ACTIVE' AND m.is_guest = 0 AND m.role IN (N'OWNER', N'ADMIN', N'MEMBER')
  AND (m.role <> N'MEMBER' OR u.read_only IS NULL OR u.read_only = 0)
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS s ON s.org_id = w.org_id
                  WHERE w.id = @workspace_id AND s.user_id = m.user_id)
-- dialect: sqlite
SELECT m.user_id, m.display_name, m.role, m.user_type_id
FROM json_each(@people) AS j
CROSS JOIN WorkspaceMember AS m
CROSS JOIN UserAccount AS a
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
WHERE m.workspace_id = @workspace_id AND m.user_id = j.value
  AND a.id = m.user_id AND a.status = 'ACTIVE' AND m.is_guest = 0 AND m.role IN ('OWNER', 'ADMIN', 'MEMBER')
  AND (m.role <> 'MEMBER' OR u.read_only IS NULL OR u.read_only = 0)
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS s ON s.org_id = w.org_id
                  WHERE w.id = @workspace_id AND s.user_id = m.user_id)

-- name: list_types_of_people :many
-- Of which user types those of a JSON array are.
-- param: workspace_id uuid
-- param: people longtext
-- returns: TypedRow
-- scope: workspace
-- dialect: mssql
SELECT m.user_id, m.user_type_id
FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
CROSS JOIN WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2 AND m.user_type_id IS NOT NULL
-- dialect: sqlite
SELECT m.user_id, m.user_type_id
FROM json_each(@people) AS j
CROSS JOIN WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = j.value AND m.user_type_id IS NOT NULL

-- name: list_roles_on_objects :many
-- The object roles that anybody has on the objects of a JSON array.
-- param: workspace_id uuid
-- param: objects longtext
-- param: now time
-- returns: RoleOnObjectRow
-- scope: workspace
SELECT o.object_type, o.object_id, o.user_id, o.role, o.granted_by
FROM OPENJSON(@objects) AS j
CROSS JOIN ObjectRole AS o
WHERE o.workspace_id = @workspace_id AND o.object_id = CAST(j.value AS UNIQUEIDENTIFIER)
  AND (o.expires_at IS NULL OR o.expires_at > @now)

-- name: insert_decision :queued
-- Somebody decided. UQ_ApprovalDecision_actor and UQ_ApprovalDecision_counts_for refuse whoever has at this stage.
-- param: decision_id uuid
-- param: workspace_id uuid
-- param: request_id uuid
-- param: stage int
-- param: actor_id text
-- param: on_behalf_of text?
-- param: counts_for text
-- param: decision text
-- param: override_role text?
-- param: reason text?
-- param: now time
-- scope: workspace
INSERT INTO ApprovalDecision (id, workspace_id, request_id, stage, actor_id, on_behalf_of, counts_for, decision, override_role,
                              reason, at)
VALUES (@decision_id, @workspace_id, @request_id, @stage, @actor_id, @on_behalf_of, @counts_for, @decision, @override_role,
        @reason, @now)

-- name: list_decisions :many
-- All decisions about the requests of a JSON array.
-- param: workspace_id uuid
-- param: requests longtext
-- returns: DecisionRow
-- scope: workspace
SELECT x.id, x.request_id, x.stage, x.actor_id, x.on_behalf_of, x.counts_for, x.decision, x.override_role, x.reason, x.at
FROM OPENJSON(@requests) AS j
CROSS JOIN ApprovalDecision AS x
WHERE x.workspace_id = @workspace_id AND x.request_id = CAST(j.value AS UNIQUEIDENTIFIER)
