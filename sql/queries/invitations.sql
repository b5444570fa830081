-- name: insert_workspace_invitation :queued
-- A new invitation to a workspace. UQ_Invitation_workspace refuses a second one that waits, of the same address.
-- param: invitation_id uuid
-- param: workspace_id uuid
-- param: email text
-- param: email_key text
-- param: role text
-- param: token_hash ascii
-- param: invited_by text
-- param: now time
-- param: expires_at time
-- param: list_key text
-- scope: workspace
INSERT INTO Invitation (id, workspace_id, email, email_key, role, token_hash, invited_by, created_at, expires_at, list_key)
VALUES (@invitation_id, @workspace_id, @email, @email_key, @role, @token_hash, @invited_by, @now, @expires_at, @list_key)

-- name: insert_org_invitation :queued
-- As insert_workspace_invitation, to an organisation, under UQ_Invitation_org.
-- param: invitation_id uuid
-- param: org_id uuid
-- param: email text
-- param: email_key text
-- param: role text
-- param: token_hash ascii
-- param: invited_by text
-- param: now time
-- param: expires_at time
-- param: list_key text
-- scope: organization
INSERT INTO Invitation (id, org_id, email, email_key, role, token_hash, invited_by, created_at, expires_at, list_key)
VALUES (@invitation_id, @org_id, @email, @email_key, @role, @token_hash, @invited_by, @now, @expires_at, @list_key)

-- name: get_workspace_invitation :optional
-- One invitation to a workspace, as it stands at this time.
-- param: workspace_id uuid
-- param: invitation_id uuid
-- param: now time
-- returns: InvitationRow
-- scope: workspace
SELECT i.id, i.email, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.created_at, i.expires_at, i.ended_at, i.ended_by
FROM Invitation AS i
WHERE i.workspace_id = @workspace_id AND i.id = @invitation_id

-- name: get_org_invitation :optional
-- As get_workspace_invitation, to an organisation.
-- param: org_id uuid
-- param: invitation_id uuid
-- param: now time
-- returns: InvitationRow
-- scope: organization
SELECT i.id, i.email, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.created_at, i.expires_at, i.ended_at, i.ended_by
FROM Invitation AS i
WHERE i.org_id = @org_id AND i.id = @invitation_id

-- name: list_workspace_invitations :many
-- The invitations to a workspace by address, after the cursor; only those that wait, where that is asked for.
-- param: workspace_id uuid
-- param: pending bool
-- param: now time
-- param: after_key text
-- param: page_size int
-- returns: InvitationRow
-- scope: workspace
SELECT i.id, i.email, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.created_at, i.expires_at, i.ended_at, i.ended_by
FROM Invitation AS i
WHERE i.workspace_id = @workspace_id AND i.list_key > @after_key
  AND (@pending = 0 OR (i.state = N'PENDING' AND i.expires_at > @now))
ORDER BY i.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_org_invitations :many
-- As list_workspace_invitations, to an organisation.
-- param: org_id uuid
-- param: pending bool
-- param: now time
-- param: after_key text
-- param: page_size int
-- returns: InvitationRow
-- scope: organization
SELECT i.id, i.email, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.created_at, i.expires_at, i.ended_at, i.ended_by
FROM Invitation AS i
WHERE i.org_id = @org_id AND i.list_key > @after_key
  AND (@pending = 0 OR (i.state = N'PENDING' AND i.expires_at > @now))
ORDER BY i.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: expire_workspace_invitation :queued
-- Says of an address's invitation that has expired that it has, to make room for another.
-- param: workspace_id uuid
-- param: email_key text
-- param: now time
-- scope: workspace
UPDATE Invitation SET state = N'EXPIRED', ended_at = expires_at
WHERE workspace_id = @workspace_id AND email_key = @email_key AND state = N'PENDING' AND expires_at <= @now

-- name: expire_org_invitation :queued
-- As expire_workspace_invitation, of an organisation.
-- param: org_id uuid
-- param: email_key text
-- param: now time
-- scope: organization
UPDATE Invitation SET state = N'EXPIRED', ended_at = expires_at
WHERE org_id = @org_id AND email_key = @email_key AND state = N'PENDING' AND expires_at <= @now

-- name: renew_invitation :exec
-- Another token and another end, answered for by whoever renews it. The row is the guard beside that of its place: of
-- two who would change what waits, one changes a row.
-- param: invitation_id uuid
-- param: token_hash ascii
-- param: invited_by text
-- param: now time
-- param: expires_at time
-- scope: global tenant: found in a place whose guard row is held
UPDATE Invitation SET token_hash = @token_hash, invited_by = @invited_by, expires_at = @expires_at
WHERE id = @invitation_id AND state = N'PENDING' AND expires_at > @now

-- name: end_invitation :exec
-- Accepted, declined or revoked: once, and only while it waits.
-- param: invitation_id uuid
-- param: state text
-- param: ended_by text
-- param: now time
-- scope: global tenant: found in a place whose guard row is held
UPDATE Invitation SET state = @state, ended_at = @now, ended_by = @ended_by
WHERE id = @invitation_id AND state = N'PENDING' AND expires_at > @now

-- name: find_invitation_by_token :optional
-- The invitation that a token is of, with its place.
-- param: token_hash ascii
-- param: now time
-- returns: FoundInvitationRow
-- scope: global tenant: the token itself says which invitation is meant
SELECT i.id, i.workspace_id, i.org_id, i.email_key, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.expires_at
FROM Invitation AS i
WHERE i.token_hash = @token_hash

-- name: find_invitation :optional
-- The invitation of this id, with its place.
-- param: invitation_id uuid
-- param: now time
-- returns: FoundInvitationRow
-- scope: global tenant: the caller's own, by an address that is theirs, which whoever asks compares
SELECT i.id, i.workspace_id, i.org_id, i.email_key, i.role,
       CASE WHEN i.state = N'PENDING' AND i.expires_at <= @now THEN N'EXPIRED' ELSE i.state END AS state,
       i.invited_by, i.expires_at
FROM Invitation AS i
WHERE i.id = @invitation_id

-- name: list_invitations_of_address :many
-- What waits for the caller's address, after the cursor, but for what is deleted or not in work.
-- param: email_key text
-- param: now time
-- param: after_key text
-- param: page_size int
-- returns: MyInvitationRow
-- scope: global tenant: the caller's own, by an address that an issuer has verified
SELECT i.id, i.workspace_id, i.org_id, COALESCE(w.name, o.name) AS name, i.role, i.created_at, i.expires_at
FROM Invitation AS i
LEFT JOIN Workspace AS w ON w.id = i.workspace_id
LEFT JOIN Organization AS o ON o.id = COALESCE(i.org_id, w.org_id)
WHERE i.email_key = @email_key AND i.list_key > @after_key AND i.state = N'PENDING' AND i.expires_at > @now
  AND COALESCE(w.is_active, 1) = 1 AND COALESCE(w.status, N'ACTIVE') = N'ACTIVE' AND COALESCE(o.status, N'ACTIVE') = N'ACTIVE'
ORDER BY i.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
