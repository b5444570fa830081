-- name: insert_delegation :queued
-- Somebody may decide for another.
-- param: delegation_id uuid
-- param: workspace_id uuid
-- param: from_user text
-- param: to_user text
-- param: request_id uuid?
-- param: starts_at time
-- param: ends_at time?
-- param: now time
-- scope: workspace
INSERT INTO ApprovalDelegation (id, workspace_id, from_user, to_user, request_id, starts_at, ends_at, created_at)
VALUES (@delegation_id, @workspace_id, @from_user, @to_user, @request_id, @starts_at, @ends_at, @now)

-- name: get_delegation :optional
-- One of them.
-- param: workspace_id uuid
-- param: delegation_id uuid
-- returns: DelegationRow
-- scope: workspace
SELECT d.id, d.from_user, d.to_user, d.request_id, d.starts_at, d.ends_at, d.created_at
FROM ApprovalDelegation AS d
WHERE d.workspace_id = @workspace_id AND d.id = @delegation_id

-- name: list_delegations_in_force :many
-- All of the workspace that count now: for every request, those first, and for these (an array of ids), or where none are
-- named for pending ones.
-- param: workspace_id uuid
-- param: requests longtext?
-- param: now time
-- param: most int
-- returns: DelegationRow
-- scope: workspace
-- plan: sorts what is in force: who lets others decide about single requests keeps nobody's for all of them out
SELECT d.id, d.from_user, d.to_user, d.request_id, d.starts_at, d.ends_at, d.created_at
FROM ApprovalDelegation AS d
WHERE d.workspace_id = @workspace_id AND d.starts_at <= @now AND (d.ends_at IS NULL OR d.ends_at > @now)
  AND (d.request_id IS NULL
       OR d.request_id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@requests) AS j)
       OR (@requests IS NULL
           AND EXISTS (SELECT 1 FROM ApprovalRequest AS r
                       WHERE r.workspace_id = @workspace_id AND r.id = d.request_id AND r.state = N'PENDING')))
ORDER BY CASE WHEN d.request_id IS NULL THEN 0 ELSE 1 END, d.id
OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY

-- name: list_delegations_from :many
-- Whom somebody has had decide for them, in the engine's order of ids, after the cursor.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_id uuid
-- param: page_size int
-- returns: DelegationRow
-- scope: workspace
SELECT d.id, d.from_user, d.to_user, d.request_id, d.starts_at, d.ends_at, d.created_at
FROM ApprovalDelegation AS d
WHERE d.workspace_id = @workspace_id AND d.from_user = @account_id AND d.id > @after_id
ORDER BY d.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_delegations_to :many
-- As list_delegations_from, for whom somebody may decide.
-- param: workspace_id uuid
-- param: account_id text
-- param: after_id uuid
-- param: page_size int
-- returns: DelegationRow
-- scope: workspace
SELECT d.id, d.from_user, d.to_user, d.request_id, d.starts_at, d.ends_at, d.created_at
FROM ApprovalDelegation AS d
WHERE d.workspace_id = @workspace_id AND d.to_user = @account_id AND d.id > @after_id
ORDER BY d.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_delegation :queued
-- It is taken back.
-- param: workspace_id uuid
-- param: delegation_id uuid
-- scope: workspace
DELETE FROM ApprovalDelegation WHERE workspace_id = @workspace_id AND id = @delegation_id

-- name: delete_delegations_of_person :queued
-- Who is no member any more decides for nobody, and nobody for them.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM ApprovalDelegation
WHERE workspace_id = @workspace_id AND (from_user = @account_id OR to_user = @account_id)

-- name: delete_delegations_of_request :queued
-- What was said of one request, when that has ended.
-- param: workspace_id uuid
-- param: request_id uuid
-- scope: workspace
DELETE FROM ApprovalDelegation WHERE workspace_id = @workspace_id AND request_id = @request_id

-- name: count_standing_delegations :value
-- How many of a workspace, for every request, are in force or will be; no further than to most. Right only while the caller
-- holds lock_workspace.
-- param: workspace_id uuid
-- param: now time
-- param: most int
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS standing
FROM (SELECT d.id FROM ApprovalDelegation AS d
      WHERE d.workspace_id = @workspace_id AND d.request_id IS NULL AND d.ends_at > @now
      ORDER BY d.id OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY) AS x

-- name: delete_ended_delegations :queued
-- Those from somebody whose time is over.
-- param: workspace_id uuid
-- param: account_id text
-- param: now time
-- scope: workspace
DELETE FROM ApprovalDelegation WHERE workspace_id = @workspace_id AND from_user = @account_id AND ends_at <= @now
