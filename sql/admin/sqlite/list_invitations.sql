-- list_invitations
-- What: Invitations to workspaces and organisations by address, with the role that whoever answers for each has there now.
-- Who:  whoever may read the database; changes nothing. Addresses are personal: do not pass them on.
-- Undo: nothing to undo.
-- Note: of a token only the digest is kept, so nobody can be told it: whoever may, resends the invitation.
-- param: state text? = NULL  Only PENDING, ACCEPTED, DECLINED, REVOKED or EXPIRED, as of this server's clock.
-- param: email_key text? = NULL  Only of this address, in lower case.
-- param: place_id uuid? = NULL  Only of this workspace or organisation.

WITH invited AS (
    SELECT i.id, CASE WHEN i.workspace_id IS NULL THEN 'organization' ELSE 'workspace' END AS kind,
           COALESCE(i.workspace_id, i.org_id) AS place_id, COALESCE(w.name, o.name) AS place, i.email, i.email_key, i.role,
           CASE WHEN i.state = 'PENDING' AND i.expires_at <= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') THEN 'EXPIRED' ELSE i.state END AS state,
           i.invited_by, COALESCE(m.role, n.role) AS inviter_role, i.created_at, i.expires_at, i.ended_at, i.ended_by
    FROM Invitation AS i
    LEFT JOIN Workspace AS w ON w.id = i.workspace_id
    LEFT JOIN Organization AS o ON o.id = i.org_id
    LEFT JOIN WorkspaceMember AS m ON m.workspace_id = i.workspace_id AND m.user_id = i.invited_by
    LEFT JOIN OrganizationMember AS n ON n.org_id = i.org_id AND n.user_id = i.invited_by
)
SELECT v.id, v.kind, v.place_id, v.place, v.email, v.role, v.state, v.invited_by, v.inviter_role, v.created_at, v.expires_at,
       v.ended_at, v.ended_by
FROM invited AS v
WHERE (@state IS NULL OR v.state = @state) AND (@email_key IS NULL OR v.email_key = @email_key) AND (@place_id IS NULL OR v.place_id = @place_id)
ORDER BY v.kind, v.place, v.email_key, v.created_at;
