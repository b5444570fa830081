-- name: insert_usage :queued
-- A new organisation's counts and limits: none.
-- param: org_id uuid
-- scope: organization
INSERT INTO OrganizationUsage (org_id) VALUES (@org_id)

-- name: find_usage :optional
-- What an organisation has, and may have; no row where there is no such organisation.
-- param: org_id uuid
-- returns: UsageRow
-- scope: organization
SELECT u.org_id, u.plan_name, u.seats, u.max_seats, u.workspaces, u.max_workspaces, u.file_bytes, u.max_file_bytes,
       u.max_requests_per_minute, u.version
FROM OrganizationUsage AS u
WHERE u.org_id = @org_id

-- name: lock_usage :queued
-- Takes the guard row of an organisation's limits, as lock_workspace does: of two who take the last seat, or the same
-- person's first, the second sees what the first did.
-- param: org_id uuid
-- scope: organization
UPDATE OrganizationUsage SET version = version WHERE org_id = @org_id

-- name: set_limits :queued
-- What the organisation may have from now on. What is there stays.
-- param: org_id uuid
-- param: plan_name text?
-- param: max_seats int?
-- param: max_workspaces int?
-- param: max_file_bytes int?
-- param: max_requests_per_minute int?
-- scope: organization
UPDATE OrganizationUsage
SET plan_name = @plan_name, max_seats = @max_seats, max_workspaces = @max_workspaces, max_file_bytes = @max_file_bytes,
    max_requests_per_minute = @max_requests_per_minute, version = version + 1
WHERE org_id = @org_id

-- name: take_seats :exec
-- So many seats more, if the limit has room for them: otherwise no row is changed.
-- param: org_id uuid
-- param: more int
-- scope: organization
UPDATE OrganizationUsage SET seats = seats + @more
WHERE org_id = @org_id AND (max_seats IS NULL OR seats + @more <= max_seats)

-- name: free_seats :queued
-- So many seats fewer.
-- param: org_id uuid
-- param: fewer int
-- scope: organization
UPDATE OrganizationUsage SET seats = seats - @fewer WHERE org_id = @org_id

-- name: take_workspace :exec
-- One workspace more, if the limit has room for it.
-- param: org_id uuid
-- scope: organization
UPDATE OrganizationUsage SET workspaces = workspaces + 1
WHERE org_id = @org_id AND (max_workspaces IS NULL OR workspaces < max_workspaces)

-- name: free_workspace :queued
-- One workspace fewer.
-- param: org_id uuid
-- scope: organization
UPDATE OrganizationUsage SET workspaces = workspaces - 1 WHERE org_id = @org_id

-- name: take_bytes :exec
-- So many bytes of files more, if the limit has room for them.
-- param: org_id uuid
-- param: more int
-- scope: organization
UPDATE OrganizationUsage SET file_bytes = file_bytes + @more
WHERE org_id = @org_id AND (max_file_bytes IS NULL OR file_bytes + @more <= max_file_bytes)

-- name: free_bytes :queued
-- So many bytes of files fewer.
-- param: org_id uuid
-- param: fewer int
-- scope: organization
UPDATE OrganizationUsage SET file_bytes = file_bytes - @fewer WHERE org_id = @org_id

-- name: sum_workspace_bytes :value
-- What a workspace's files take.
-- param: workspace_id uuid
-- returns: int
-- scope: workspace
SELECT COALESCE(SUM(f.size), 0) AS bytes
FROM WorkspaceFile AS f
WHERE f.workspace_id = @workspace_id AND f.is_counted = 1

-- name: add_membership :exec
-- One membership more of somebody who has a seat already; no row where they have none.
-- param: org_id uuid
-- param: member_user_id text
-- scope: organization
UPDATE OrganizationSeat SET memberships = memberships + 1 WHERE org_id = @org_id AND user_id = @member_user_id

-- name: insert_seat :queued
-- The first membership of somebody.
-- param: org_id uuid
-- param: member_user_id text
-- scope: organization
INSERT INTO OrganizationSeat (org_id, user_id, memberships) VALUES (@org_id, @member_user_id, 1)

-- name: end_membership :queued
-- One membership fewer.
-- param: org_id uuid
-- param: member_user_id text
-- scope: organization
UPDATE OrganizationSeat SET memberships = memberships - 1 WHERE org_id = @org_id AND user_id = @member_user_id

-- name: delete_seat :exec
-- Ends the seat of somebody whose last membership has ended.
-- param: org_id uuid
-- param: member_user_id text
-- scope: organization
DELETE FROM OrganizationSeat WHERE org_id = @org_id AND user_id = @member_user_id AND memberships = 0

-- name: add_memberships_of :queued
-- As add_membership, for everybody in a workspace.
-- param: org_id uuid
-- param: workspace_id uuid
-- scope: global tenant: a workspace and its organisation
UPDATE OrganizationSeat SET memberships = memberships + 1
WHERE org_id = @org_id
  AND user_id IN (SELECT m.user_id FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id)

-- name: insert_seats_of :exec
-- As insert_seat, for everybody in a workspace who has none; right only after add_memberships_of.
-- param: org_id uuid
-- param: workspace_id uuid
-- scope: global tenant: a workspace and its organisation
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT @org_id, m.user_id, 1
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id
  AND NOT EXISTS (SELECT 1 FROM OrganizationSeat AS s WHERE s.org_id = @org_id AND s.user_id = m.user_id)

-- name: end_memberships_of :queued
-- As end_membership, for everybody in a workspace.
-- param: org_id uuid
-- param: workspace_id uuid
-- scope: global tenant: a workspace and its organisation
UPDATE OrganizationSeat SET memberships = memberships - 1
WHERE org_id = @org_id
  AND user_id IN (SELECT m.user_id FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id)

-- name: delete_seats_of :exec
-- As delete_seat, for everybody in a workspace.
-- param: org_id uuid
-- param: workspace_id uuid
-- scope: global tenant: a workspace and its organisation
DELETE FROM OrganizationSeat
WHERE org_id = @org_id AND memberships = 0
  AND user_id IN (SELECT m.user_id FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id)
