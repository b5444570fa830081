-- grant_owner
-- What: Break-glass: makes an account OWNER of a workspace, and writes it into its audit log.
-- Who:  a DBA, when a workspace has no OWNER who can be reached.
-- Undo: the new OWNER changes roles through the API, or leaves.
-- Note: needs the functions sha256(text) and uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: workspace_id uuid  The workspace.
-- param: user_id text  The account that becomes OWNER; it must have signed in once.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.

CREATE TEMP TABLE Intervention (action TEXT, target_type TEXT, target_id TEXT, details TEXT, now TEXT);
CREATE TEMP TABLE Entry (id TEXT, request_id TEXT, seq INTEGER, prev_hash TEXT, salt TEXT, details TEXT, action TEXT, target_type TEXT, target_id TEXT, now TEXT);
CREATE TEMP TABLE Workspaces (found INTEGER CONSTRAINT "there is no workspace of this id" CHECK (found));
CREATE TEMP TABLE Accounts (found INTEGER CONSTRAINT "there is no active account of this id that has signed in" CHECK (found));
BEGIN IMMEDIATE;
INSERT INTO temp.Workspaces SELECT EXISTS (SELECT 1 FROM Workspace WHERE id = @workspace_id);
INSERT INTO temp.Accounts SELECT EXISTS (SELECT 1 FROM UserAccount WHERE id = @user_id AND status = 'ACTIVE' AND verified_at IS NOT NULL);
INSERT INTO temp.Intervention
SELECT CASE WHEN EXISTS (SELECT 1 FROM WorkspaceMember WHERE workspace_id = @workspace_id AND user_id = @user_id)
            THEN 'member.role_changed' ELSE 'member.added' END,
    'member', NULL, json_object('user_id', @user_id, 'role', 'OWNER', 'reason', @reason), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now');
INSERT INTO WorkspaceMember (id, workspace_id, user_id, display_name, role, added_at, added_by, updated_at, list_key, member_key)
SELECT uuid(), w.id, u.id, u.display_name, 'OWNER', i.now, u.id, i.now, w.list_key,
    substr(lower(trim(coalesce(u.display_name, ''))), 1, 200) || char(31) || u.id
FROM Workspace AS w, UserAccount AS u, temp.Intervention AS i
WHERE w.id = @workspace_id AND u.id = @user_id AND i.action = 'member.added';
-- They take a seat of its organisation, whatever it may have (app/kernel/usage.py).
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT w.org_id, @user_id, 1 FROM Workspace AS w, temp.Intervention AS i
WHERE w.id = @workspace_id AND w.org_id IS NOT NULL AND w.is_active = 1 AND i.action = 'member.added'
ON CONFLICT (org_id, user_id) DO UPDATE SET memberships = memberships + 1;
UPDATE OrganizationUsage
SET seats = (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = OrganizationUsage.org_id)
WHERE org_id = (SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id);
UPDATE WorkspaceMember SET role = 'OWNER', is_guest = 0, updated_at = (SELECT now FROM temp.Intervention), version = version + 1
WHERE workspace_id = @workspace_id AND user_id = @user_id AND (SELECT action FROM temp.Intervention) = 'member.role_changed';
UPDATE temp.Intervention
SET target_id = (SELECT m.id FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id);

-- What counts against the organisation's limits is counted anew, as app/kernel/usage.py would have it: this may go beyond them.
DELETE FROM OrganizationSeat WHERE org_id = (SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id);
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id WHERE w.is_active = 1
) AS s
WHERE s.org_id = (SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id)
GROUP BY s.org_id, s.user_id;
UPDATE OrganizationUsage
SET seats = (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = OrganizationUsage.org_id),
    workspaces = (SELECT COUNT(*) FROM Workspace AS w WHERE w.org_id = OrganizationUsage.org_id AND w.is_active = 1),
    file_bytes = (SELECT COALESCE(SUM(f.size), 0) FROM WorkspaceFile AS f JOIN Workspace AS w ON w.id = f.workspace_id
                  WHERE w.org_id = OrganizationUsage.org_id AND w.is_active = 1 AND f.is_counted = 1)
WHERE org_id = (SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id);

-- The audit entry, sealed as app/kernel/audit_chain.py seals it (README, "The audit log").
INSERT INTO temp.Entry
SELECT uuid(), uuid(), h.audit_seq + 1, h.audit_hash, lower(hex(randomblob(16))), i.details, i.action, i.target_type, i.target_id, i.now
FROM WorkspaceHead AS h, temp.Intervention AS i WHERE h.workspace_id = @workspace_id;
INSERT INTO AuditLog (id, workspace_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,
    details_salt, details_hash, target_type, target_id, outcome, request_id, ip, auth_method, credential_id, redacted)
SELECT n.id, @workspace_id, n.action, @admin, n.details, n.now, n.seq, n.prev_hash,
    sha256(json_array('pma-audit-entry-v1', 'workspace:' || @workspace_id, n.prev_hash, n.seq, n.now, n.id, n.action,
        @admin, n.target_type, n.target_id, 'SUCCESS', n.request_id, 'break-glass', NULL, n.details_hash)),
    n.salt, n.details_hash, n.target_type, n.target_id, 'SUCCESS', n.request_id, NULL, 'break-glass', NULL, 0
FROM (SELECT e.*, sha256(json_array('pma-audit-details-v1', e.salt, e.details, NULL)) AS details_hash FROM temp.Entry AS e) AS n;
UPDATE WorkspaceHead
SET audit_seq = audit_seq + 1,
    audit_hash = (SELECT a.entry_hash FROM AuditLog AS a WHERE a.workspace_id = @workspace_id AND a.seq = audit_seq + 1),
    event_seq = event_seq + 1,
    has_news = 1
WHERE workspace_id = @workspace_id;
-- And the event, for those who follow the workspace. 10 is the rank of VIEWER (app/core/permissions.py).
INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at)
SELECT h.workspace_id, h.event_seq, n.action, @admin, n.target_type, n.target_id, 10, n.now
FROM WorkspaceHead AS h, temp.Entry AS n WHERE h.workspace_id = @workspace_id;
COMMIT;
SELECT m.id, m.user_id, m.role, h.audit_seq
FROM WorkspaceMember AS m JOIN WorkspaceHead AS h ON h.workspace_id = m.workspace_id
WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id;
