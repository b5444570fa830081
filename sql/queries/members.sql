-- name: insert_member :queued
-- Adds a user to a workspace. UQ_WorkspaceMember_user refuses a second time.
-- param: member_id uuid
-- param: workspace_id uuid
-- param: user_id text
-- param: display_name text?
-- param: role text
-- param: is_guest bool
-- param: source text
-- param: added_by text
-- param: now time
-- param: list_key text
-- param: member_key text
-- scope: workspace
INSERT INTO WorkspaceMember (id, workspace_id, user_id, display_name, role, is_guest, source, added_at, added_by,
                             updated_at, list_key, member_key, version)
VALUES (@member_id, @workspace_id, @user_id, @display_name, @role, @is_guest, @source, @now, @added_by, @now,
        @list_key, @member_key, 1)

-- name: get_member :optional
-- One member by its member id.
-- param: workspace_id uuid
-- param: member_id uuid
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.id = @member_id

-- name: find_member :optional
-- Somebody's membership, by who they are. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: account_id text
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_id = @account_id

-- name: list_members :many
-- The members by display name, after the cursor, in the range of keys that a name filter spans.
-- param: workspace_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_members_by_role :many
-- As list_members, those of one role: a query of its own, so that a rare role is still one index range.
-- param: workspace_id uuid
-- param: role text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.role = @role AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_members_by_type :many
-- As list_members, those of one user type, and of one role where one is given.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: role text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: MemberRow
-- scope: workspace
SELECT m.id, m.workspace_id, m.user_id, m.display_name, m.role, m.is_guest, m.user_type_id, m.added_at, m.added_by,
       m.updated_at, m.version
FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.user_type_id = @user_type_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key) AND (@role IS NULL OR m.role = @role)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_list_key :value
-- The workspace's list key, to give to a new member.
-- param: workspace_id uuid
-- returns: text
-- scope: workspace
SELECT w.list_key FROM Workspace AS w WHERE w.id = @workspace_id

-- name: has_another_owner :value
-- Whether somebody beside this member is OWNER who has signed in and may act. Right only while the caller holds
-- lock_workspace.
-- param: workspace_id uuid
-- param: member_id uuid
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM WorkspaceMember AS m JOIN UserAccount AS u ON u.id = m.user_id
    WHERE m.workspace_id = @workspace_id AND m.role = N'OWNER' AND m.id <> @member_id
      AND u.verified_at IS NOT NULL AND u.status = N'ACTIVE'
      AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop JOIN Workspace AS w ON w.org_id = stop.org_id
                      WHERE w.id = @workspace_id AND stop.user_id = m.user_id)
) THEN 1 ELSE 0 END AS has_another_owner

-- name: update_member :queued
-- Gives a member another role, or makes them a guest or no guest.
-- param: workspace_id uuid
-- param: member_id uuid
-- param: role text
-- param: is_guest bool
-- param: now time
-- scope: workspace
UPDATE WorkspaceMember
SET role = @role, is_guest = @is_guest, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @member_id

-- name: set_member_type :queued
-- Gives a member a user type, or none with NULL. FK_WorkspaceMember_UserType refuses one of another workspace.
-- param: workspace_id uuid
-- param: member_id uuid
-- param: user_type_id uuid?
-- param: now time
-- scope: workspace
UPDATE WorkspaceMember
SET user_type_id = @user_type_id, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @member_id

-- name: delete_member :queued
-- Ends a membership. What the member did stays in the audit log.
-- param: workspace_id uuid
-- param: member_id uuid
-- scope: workspace
DELETE FROM WorkspaceMember WHERE workspace_id = @workspace_id AND id = @member_id

-- name: has_role_anywhere :value
-- Whether the caller has at least a role in one workspace that is in work; roles rank as in app/core/permissions.py.
-- param: user_id text
-- param: minimum_rank int
-- returns: bool
-- scope: caller
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM WorkspaceMember AS m
    JOIN Workspace AS w ON w.id = m.workspace_id
    LEFT JOIN Organization AS o ON o.id = w.org_id
    WHERE m.user_id = @user_id AND w.is_active = 1
      AND w.status = N'ACTIVE' AND COALESCE(o.status, N'ACTIVE') = N'ACTIVE'
      AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
      AND CASE m.role WHEN N'OWNER' THEN 40 WHEN N'ADMIN' THEN 30 WHEN N'MEMBER' THEN 20 ELSE 10 END >= @minimum_rank
) THEN 1 ELSE 0 END AS has_role_anywhere
