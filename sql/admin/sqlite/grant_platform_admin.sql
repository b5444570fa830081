-- grant_platform_admin
-- What: Makes an account an administrator of the platform; on the account's audit chain and the platform's.
-- Who:  a DBA, for the first administrator and whoever follows. PLATFORM_ADMINS does the same while it is set.
-- Undo: revoke_platform_admin.
-- Note: needs the functions sha256(text) and uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: user_id text  The account; it must have signed in once.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.

CREATE TEMP TABLE Act (action TEXT, target_type TEXT, target_id TEXT, details TEXT, request_id TEXT, now TEXT);
CREATE TEMP TABLE Chain (scope_type TEXT, scope_id TEXT);
CREATE TEMP TABLE Entry (scope_type TEXT, scope_id TEXT, id TEXT, seq INTEGER, prev_hash TEXT, salt TEXT);
CREATE TEMP TABLE Guard0 (found INTEGER CONSTRAINT "there is no active account of this id that has signed in and is none yet" CHECK (found));
BEGIN IMMEDIATE;
INSERT INTO temp.Guard0 SELECT EXISTS (SELECT 1 FROM UserAccount WHERE id = @user_id AND status = 'ACTIVE' AND verified_at IS NOT NULL AND is_platform_admin = 0);
INSERT INTO temp.Act
SELECT 'platform_admin.granted', 'user', @user_id, json_object('reason', @reason), uuid(), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now');
UPDATE UserAccount SET is_platform_admin = 1, updated_at = (SELECT now FROM temp.Act), version = version + 1
WHERE id = @user_id;

-- The audit entry on both chains, sealed as app/kernel/audit_chain.py seals it (README, "The audit log").
INSERT INTO temp.Chain VALUES ('user', @user_id), ('platform', 'platform');
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
SELECT u.id, u.tid, u.is_platform_admin FROM UserAccount AS u WHERE u.id = @user_id;
