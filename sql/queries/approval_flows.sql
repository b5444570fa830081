-- name: insert_flow :queued
-- The next version of how objects of a type are approved. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: object_type text
-- param: flow_version int
-- param: stages longtext
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO ApprovalFlow (workspace_id, object_type, flow_version, stages, created_by, created_at)
VALUES (@workspace_id, @object_type, @flow_version, @stages, @created_by, @now)

-- name: read_newest_flow :optional
-- The version in force.
-- param: workspace_id uuid
-- param: object_type text
-- returns: FlowRow
-- scope: workspace
SELECT f.object_type, f.flow_version, f.stages, f.created_by, f.created_at
FROM ApprovalFlow AS f
WHERE f.workspace_id = @workspace_id AND f.object_type = @object_type
ORDER BY f.flow_version DESC
OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY

-- name: read_flow :optional
-- One version, which never changes.
-- param: workspace_id uuid
-- param: object_type text
-- param: flow_version int
-- returns: FlowRow
-- scope: workspace
SELECT f.object_type, f.flow_version, f.stages, f.created_by, f.created_at
FROM ApprovalFlow AS f
WHERE f.workspace_id = @workspace_id AND f.object_type = @object_type AND f.flow_version = @flow_version

-- name: list_known_user_types :many
-- Which ids of a JSON array are user types of the workspace.
-- param: workspace_id uuid
-- param: user_types longtext
-- returns: KnownUserTypeRow
-- scope: workspace
SELECT u.id
FROM OPENJSON(@user_types) AS j
CROSS JOIN UserType AS u
WHERE u.workspace_id = @workspace_id AND u.id = CAST(j.value AS UNIQUEIDENTIFIER)
