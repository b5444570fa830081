-- verify_audit_chain
-- What: Recomputes every hash of the audit logs and names the entries that are not what was written.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: no row means no finding. Needs sha256(text), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: workspace_id uuid? = NULL  One workspace; NULL for every log: of workspaces, accounts, organisations, the platform.

WITH log AS (
    SELECT 'workspace:' || workspace_id AS scope, seq, id, prev_hash, entry_hash, details_salt, details_hash, details, ip, redacted,
           timestamp, action, actor_id, target_type, target_id, outcome, request_id, auth_method, credential_id
    FROM AuditLog
    WHERE @workspace_id IS NULL OR workspace_id = @workspace_id
    UNION ALL
    SELECT scope_type || ':' || scope_id, seq, id, prev_hash, entry_hash, details_salt, details_hash, details, ip, redacted,
           timestamp, action, actor_id, target_type, target_id, outcome, request_id, auth_method, credential_id
    FROM PlatformAuditLog
    WHERE @workspace_id IS NULL
), heads AS (
    SELECT 'workspace:' || workspace_id AS scope, audit_seq, audit_hash FROM WorkspaceHead
    WHERE @workspace_id IS NULL OR workspace_id = @workspace_id
    UNION ALL
    SELECT scope_type || ':' || scope_id, audit_seq, audit_hash FROM PlatformHead WHERE @workspace_id IS NULL
), entries AS (
    SELECT a.*,
           lag(a.seq, 1, 0) OVER (PARTITION BY a.scope ORDER BY a.seq) AS seq_before,
           lag(a.entry_hash) OVER (PARTITION BY a.scope ORDER BY a.seq) AS hash_before
    FROM log AS a
), hashed AS (
    SELECT e.*,
           sha256(json_array('pma-audit-genesis-v1', e.scope)) AS genesis,
           sha256(json_array('pma-audit-details-v1', e.details_salt, e.details, e.ip)) AS details_now,
           sha256(json_array('pma-audit-entry-v1', e.scope, e.prev_hash, e.seq, e.timestamp, e.id,
               e.action, e.actor_id, e.target_type, e.target_id, e.outcome, e.request_id, e.auth_method, e.credential_id,
               e.details_hash)) AS entry_now
    FROM entries AS e
)
SELECT f.scope, f.seq, f.id, f.problem
FROM (
    SELECT h.scope, h.seq, h.id, 'entries are missing before it' AS problem FROM hashed AS h WHERE h.seq <> h.seq_before + 1
    UNION ALL
    SELECT h.scope, h.seq, h.id, 'does not follow the entry before it' FROM hashed AS h
    WHERE h.seq = h.seq_before + 1 AND h.prev_hash <> coalesce(h.hash_before, h.genesis)
    UNION ALL
    SELECT h.scope, h.seq, h.id, 'its contents do not match its hash' FROM hashed AS h WHERE h.entry_hash <> h.entry_now
    UNION ALL
    SELECT h.scope, h.seq, h.id, 'its details do not match their digest' FROM hashed AS h
    WHERE h.redacted = 0 AND h.details_hash <> h.details_now
    UNION ALL
    SELECT d.scope, d.audit_seq, NULL, 'the head does not match the last entry' FROM heads AS d
    WHERE NOT EXISTS (SELECT 1 FROM log AS a WHERE a.scope = d.scope AND a.seq = d.audit_seq AND a.entry_hash = d.audit_hash)
) AS f
ORDER BY f.scope, f.seq;
