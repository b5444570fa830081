-- retry_job
-- What: Has a dead letter tried again, or a job that waits at once; its attempts are counted anew. On the platform's audit chain.
-- Who:  a DBA; an ADMIN of the workspace does it through the API.
-- Undo: nothing to undo: cancel_job, or it is done.
-- Note: needs the functions sha256(text) and uuid(), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: job_id uuid  The job, as list_jobs shows it.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.

CREATE TEMP TABLE Act (action TEXT, target_type TEXT, target_id TEXT, details TEXT, request_id TEXT, now TEXT);
CREATE TEMP TABLE Chain (scope_type TEXT, scope_id TEXT);
CREATE TEMP TABLE Entry (scope_type TEXT, scope_id TEXT, id TEXT, seq INTEGER, prev_hash TEXT, salt TEXT);
CREATE TEMP TABLE Guard0 (found INTEGER CONSTRAINT "there is no job of this id, or it is being worked at" CHECK (found));
BEGIN IMMEDIATE;
INSERT INTO temp.Guard0 SELECT EXISTS (SELECT 1 FROM Job WHERE id = @job_id AND state <> 'RUNNING');
INSERT INTO temp.Act
SELECT 'job.retried', 'job', @job_id, json_object('reason', @reason, 'kind', j.kind, 'workspace_id', j.workspace_id), uuid(),
    strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
FROM Job AS j WHERE j.id = @job_id;
UPDATE Job SET state = 'READY', state_at = NULL, attempts = 0, run_at = (SELECT now FROM temp.Act) WHERE id = @job_id AND state <> 'RUNNING';

-- The audit entry, sealed as app/kernel/audit_chain.py seals it (README, "The audit log").
INSERT INTO temp.Chain VALUES ('platform', 'platform');
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
SELECT a.target_id AS id, a.action, a.details FROM temp.Act AS a;
