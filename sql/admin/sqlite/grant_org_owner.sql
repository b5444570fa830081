-- grant_org_owner
-- What: Break-glass: makes an account OWNER of an organisation, and the one before an ADMIN. On its audit chain and the platform's.
-- Who:  a DBA, when an organisation's OWNER cannot be reached.
-- Undo: the new OWNER transfers the ownership back through the API.
-- Note: needs the functions sha256(text) and uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: org_id uuid  The organisation.
-- param: user_id text  The account that becomes OWNER; it must have signed in once.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.

CREATE TEMP TABLE Act (action TEXT, target_type TEXT, target_id TEXT, details TEXT, request_id TEXT, now TEXT);
CREATE TEMP TABLE Chain (scope_type TEXT, scope_id TEXT);
CREATE TEMP TABLE Entry (scope_type TEXT, scope_id TEXT, id TEXT, seq INTEGER, prev_hash TEXT, salt TEXT);
CREATE TEMP TABLE Guard0 (found INTEGER CONSTRAINT "there is no organisation of this id" CHECK (found));
CREATE TEMP TABLE Guard1 (found INTEGER CONSTRAINT "there is no active account of this id that has signed in" CHECK (found));
CREATE TEMP TABLE Guard2 (found INTEGER CONSTRAINT "the account is the OWNER already" CHECK (found));
BEGIN IMMEDIATE;
INSERT INTO temp.Guard0 SELECT EXISTS (SELECT 1 FROM Organization WHERE id = @org_id);
INSERT INTO temp.Guard1 SELECT EXISTS (SELECT 1 FROM UserAccount WHERE id = @user_id AND status = 'ACTIVE' AND verified_at IS NOT NULL);
INSERT INTO temp.Guard2 SELECT EXISTS (SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM OrganizationMember WHERE org_id = @org_id AND user_id = @user_id AND role = 'OWNER'));
INSERT INTO temp.Act
SELECT 'organization.ownership_transferred', 'organization', @org_id,
    json_object('from', (SELECT m.user_id FROM OrganizationMember AS m WHERE m.org_id = @org_id AND m.role = 'OWNER'), 'to', @user_id, 'reason', @reason), uuid(), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now');
UPDATE OrganizationMember SET role = 'ADMIN', updated_at = (SELECT now FROM temp.Act), version = version + 1
WHERE org_id = @org_id AND role = 'OWNER';
UPDATE OrganizationMember SET role = 'OWNER', updated_at = (SELECT now FROM temp.Act), version = version + 1
WHERE org_id = @org_id AND user_id = @user_id;
INSERT INTO OrganizationMember (id, org_id, user_id, display_name, role, source, added_at, added_by, updated_at, list_key, member_key)
SELECT uuid(), o.id, u.id, u.display_name, 'OWNER', 'manual', a.now, u.id, a.now, o.list_key, u.list_key
FROM Organization AS o, UserAccount AS u, temp.Act AS a
WHERE o.id = @org_id AND u.id = @user_id
  AND NOT EXISTS (SELECT 1 FROM OrganizationMember AS m WHERE m.org_id = @org_id AND m.user_id = @user_id);
-- Whoever was no member takes a seat, whatever the organisation may have (app/kernel/usage.py).
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT @org_id, @user_id, 1 WHERE changes() = 1
ON CONFLICT (org_id, user_id) DO UPDATE SET memberships = memberships + 1;
UPDATE OrganizationUsage
SET seats = (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = @org_id) WHERE org_id = @org_id;

-- What counts against the organisation's limits is counted anew, as app/kernel/usage.py would have it: this may go beyond them.
DELETE FROM OrganizationSeat WHERE org_id = @org_id;
INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id WHERE w.is_active = 1
) AS s
WHERE s.org_id = @org_id
GROUP BY s.org_id, s.user_id;
UPDATE OrganizationUsage
SET seats = (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = OrganizationUsage.org_id),
    workspaces = (SELECT COUNT(*) FROM Workspace AS w WHERE w.org_id = OrganizationUsage.org_id AND w.is_active = 1),
    file_bytes = (SELECT COALESCE(SUM(f.size), 0) FROM WorkspaceFile AS f JOIN Workspace AS w ON w.id = f.workspace_id
                  WHERE w.org_id = OrganizationUsage.org_id AND w.is_active = 1 AND f.is_counted = 1)
WHERE org_id = @org_id;

-- The audit entry on both chains, sealed as app/kernel/audit_chain.py seals it (README, "The audit log").
INSERT INTO temp.Chain VALUES ('org', @org_id), ('platform', 'platform');
INSERT INTO PlatformHead (scope_type, scope_id, audit_seq, audit_hash)
SELECT c.scope_type, c.scope_id, 0, sha256(json_array('pma-audit-genesis-v1', c.scope_type || ':' || c.scope_id))
FROM temp.Chain AS c
WHERE NOT EXISTS (SELECT 1 FROM PlatformHead AS h WHERE h.scope_type = c.scope_type AND h.scope_id = c.scope_id);
INSERT INTO temp.Entry
SELECT h.scope_type, h.scope_id, uuid(), h.audit_seq + 1, h.audit_hash, lower(hex(randomblob(16)))
FROM PlatformHead AS h JOIN temp.Chain AS c ON c.scope_type = h.scope_type AND c.scope_id = h.scope_id;
INSERT INTO PlatformAuditLog (id, scope_type, scope_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,
    details_salt, details_hash, target_type, target_id, outcome, request_id, ip, auth_method, credential_id, redacted)
SELECT n.id, n.scope_type, n.scope_id, n.action, @admin, n.details, n.now, n.seq, n.prev_hash,
    sha256(json_array('pma-audit-entry-v1', n.scope_type || ':' || n.scope_id, n.prev_hash, n.seq, n.now, n.id, n.action,
        @admin, n.target_type, n.target_id, 'SUCCESS', n.request_id, 'break-glass', NULL, n.details_hash)),
    n.salt, n.details_hash, n.target_type, n.target_id, 'SUCCESS', n.request_id, NULL, 'break-glass', NULL, 0
FROM (SELECT e.*, a.*, sha256(json_array('pma-audit-details-v1', e.salt, a.details, NULL)) AS details_hash
      FROM temp.Entry AS e, temp.Act AS a) AS n;
UPDATE PlatformHead
SET audit_seq = audit_seq + 1,
    audit_hash = (SELECT a.entry_hash FROM PlatformAuditLog AS a
                  WHERE a.scope_type = PlatformHead.scope_type AND a.scope_id = PlatformHead.scope_id AND a.seq = PlatformHead.audit_seq + 1)
WHERE EXISTS (SELECT 1 FROM temp.Chain AS c WHERE c.scope_type = PlatformHead.scope_type AND c.scope_id = PlatformHead.scope_id);
COMMIT;
SELECT m.user_id, m.role, m.display_name FROM OrganizationMember AS m
WHERE m.org_id = @org_id AND m.role IN ('OWNER', 'ADMIN') ORDER BY m.role DESC, m.member_key;
