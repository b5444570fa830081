-- name: expect_scim_account :queued
-- An account that a directory expects: as expect_account, with the tenant of its connection.
-- param: account_id text
-- param: tid text
-- param: display_name text?
-- param: expected_by text
-- param: now time
-- scope: global a directory tells of people before they sign in
INSERT INTO UserAccount (id, tid, display_name, expected_by, expected_at, created_at, updated_at)
VALUES (@account_id, @tid, @display_name, @expected_by, @now, @now, @now)

-- name: is_stopped :value
-- Whether a directory has stopped somebody in an organisation.
-- param: org_id uuid
-- param: account_id text
-- returns: bool
-- scope: organization
SELECT CASE WHEN EXISTS (SELECT 1 FROM OrganizationStop AS s WHERE s.org_id = @org_id AND s.user_id = @account_id)
       THEN 1 ELSE 0 END AS is_stopped

-- name: is_in_work :value
-- Whether an organisation takes anybody in. Right only while the caller holds lock_organization.
-- param: org_id uuid
-- returns: bool
-- scope: organization
SELECT CASE WHEN EXISTS (SELECT 1 FROM Organization AS o WHERE o.id = @org_id AND o.status = N'ACTIVE')
       THEN 1 ELSE 0 END AS is_in_work

-- name: insert_stop :exec
-- Stops somebody in an organisation, for one directory: 0 rows where it has stopped them already. Right only while the caller
-- holds lock_organization.
-- param: org_id uuid
-- param: account_id text
-- param: tid text
-- param: now time
-- scope: organization
INSERT INTO OrganizationStop (org_id, user_id, stopped_at, tid)
SELECT @org_id, @account_id, @now, @tid
WHERE NOT EXISTS (
    SELECT 1 FROM OrganizationStop AS s WHERE s.org_id = @org_id AND s.user_id = @account_id AND s.tid = @tid
)

-- name: delete_stop :exec
-- A directory puts somebody back, whom others may have stopped too.
-- param: org_id uuid
-- param: account_id text
-- param: tid text
-- scope: organization
DELETE FROM OrganizationStop WHERE org_id = @org_id AND user_id = @account_id AND tid = @tid

-- name: delete_directory_member :exec
-- Ends the place in an organisation that the directory gave somebody, if it is still that: 0 rows for any other.
-- param: org_id uuid
-- param: account_id text
-- scope: organization
DELETE FROM OrganizationMember
WHERE org_id = @org_id AND user_id = @account_id AND source = N'directory' AND role = N'MEMBER'

-- name: revoke_invitations_by :exec
-- Takes back what waits that somebody has sent, in an organisation and its workspaces.
-- param: org_id uuid
-- param: account_id text
-- param: ended_by text
-- param: now time
-- scope: global tenant: invitations to all workspaces of the organisation end at once
UPDATE Invitation
SET state = N'REVOKED', ended_at = @now, ended_by = @ended_by
WHERE invited_by = @account_id AND state = N'PENDING'
  AND (org_id = @org_id OR EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = Invitation.workspace_id AND w.org_id = @org_id))

-- name: revoke_invitations_to :exec
-- As revoke_invitations_by, what was sent to one of their addresses; email_keys: a JSON array.
-- param: org_id uuid
-- param: email_keys longtext
-- param: ended_by text
-- param: now time
-- scope: global tenant: invitations to all workspaces of the organisation end at once
-- dialect: mssql
UPDATE Invitation
SET state = N'REVOKED', ended_at = @now, ended_by = @ended_by
WHERE id IN (SELECT i.id
             FROM OPENJSON(@email_keys) WITH (email_key NVARCHAR(320) '$') AS j
             JOIN Invitation AS i ON i.email_key = j.email_key COLLATE Latin1_General_100_BIN2
             WHERE i.state = N'PENDING')
  AND (org_id = @org_id OR EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = Invitation.workspace_id AND w.org_id = @org_id))
-- dialect: sqlite
UPDATE Invitation
SET state = 'REVOKED', ended_at = @now, ended_by = @ended_by
WHERE id IN (SELECT i.id FROM json_each(@email_keys) AS j CROSS JOIN Invitation AS i
             WHERE i.email_key = j.value AND i.state = 'PENDING')
  AND (org_id = @org_id OR EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = Invitation.workspace_id AND w.org_id = @org_id))

-- name: list_links_of_account :page
-- Who the directories of all organisations say that somebody is.
-- param: account_id text
-- param: page_size int
-- returns: ScimLinkRow
-- scope: global tenant: an account may be told of by several directories
SELECT u.id, u.org_id, u.connection_id, c.tid, u.is_active, u.user_name, u.attributes
FROM ScimUser AS u
JOIN ScimConnection AS c ON c.id = u.connection_id
WHERE u.account_id = @account_id
ORDER BY u.account_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: unlink_scim_user :queued
-- The account is not the one that the directory meant.
-- param: org_id uuid
-- param: scim_user_id uuid
-- param: now time
-- scope: organization
UPDATE ScimUser SET account_id = NULL, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND id = @scim_user_id

-- name: list_owned_in_organization :many
-- As list_owned_workspaces, of one organisation.
-- param: org_id uuid
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: OwnedInRow
-- scope: global tenant: somebody who is stopped in an organisation is looked for in all of its workspaces
SELECT m.workspace_id AS place_id, m.id AS member_id, m.list_key
FROM WorkspaceMember AS m
JOIN Workspace AS w ON w.id = m.workspace_id AND w.org_id = @org_id
WHERE m.user_id = @account_id AND m.role = N'OWNER' AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
