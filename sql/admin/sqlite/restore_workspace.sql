-- restore_workspace
-- What: Takes the deletion of a workspace back and writes it into its audit log.
-- Who:  a DBA, on the word of one of its owners or of the organisation.
-- Undo: an OWNER deletes the workspace again through the API.
-- Note: needs the functions sha256(text) and uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: workspace_id uuid  The workspace.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.

CREATE TEMP TABLE Intervention (action TEXT, target_type TEXT, target_id TEXT, details TEXT, now TEXT);
CREATE TEMP TABLE Entry (id TEXT, request_id TEXT, seq INTEGER, prev_hash TEXT, salt TEXT, details TEXT, action TEXT, target_type TEXT, target_id TEXT, now TEXT);
CREATE TEMP TABLE Workspaces (found INTEGER CONSTRAINT "there is no deleted workspace of this id" CHECK (found));
BEGIN IMMEDIATE;
INSERT INTO temp.Workspaces SELECT EXISTS (SELECT 1 FROM Workspace WHERE id = @workspace_id AND is_active = 0);
INSERT INTO temp.Intervention
SELECT 'workspace.restored', 'workspace', @workspace_id, json_object('reason', @reason), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now');
UPDATE Workspace
SET is_active = 1, deleted_at = NULL, updated_at = (SELECT now FROM temp.Intervention), version = version + 1,
    blob_ready = 0
WHERE id = @workspace_id AND is_active = 0;
-- The service tells the store of its files.
INSERT INTO Job (id, workspace_id, kind, target_id, run_at, created_at)
SELECT uuid(), @workspace_id, 'folder', @workspace_id, i.now, i.now FROM temp.Intervention AS i;
-- Its organisation has it, its members and its files again, whatever it may have (app/kernel/usage.py).
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT w.org_id, m.user_id, 1 FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id
WHERE w.id = @workspace_id AND w.org_id IS NOT NULL
ON CONFLICT (org_id, user_id) DO UPDATE SET memberships = memberships + 1;
UPDATE OrganizationUsage
SET workspaces = workspaces + 1,
    seats = (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = OrganizationUsage.org_id),
    file_bytes = file_bytes + (SELECT COALESCE(SUM(f.size), 0) FROM WorkspaceFile AS f
        WHERE f.workspace_id = @workspace_id AND f.is_counted = 1)
WHERE org_id = (SELECT w.org_id FROM Workspace AS w WHERE w.id = @workspace_id);

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
SELECT w.id, w.name, h.audit_seq FROM Workspace AS w JOIN WorkspaceHead AS h ON h.workspace_id = w.id WHERE w.id = @workspace_id;
