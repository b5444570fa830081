-- verify_audit_chain
-- What: Recomputes every hash of the audit log and names the entries that are not what was written.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: no row means no finding. Needs sha256(text), which scripts/admin.py supplies and the sqlite3 shell has not.
-- param: workspace_id uuid? = NULL  One workspace; NULL for all of them.

WITH entries AS (
    SELECT a.*,
           lag(a.seq, 1, 0) OVER (PARTITION BY a.workspace_id ORDER BY a.seq) AS seq_before,
           lag(a.entry_hash) OVER (PARTITION BY a.workspace_id ORDER BY a.seq) AS hash_before
    FROM AuditLog AS a
    WHERE @workspace_id IS NULL OR a.workspace_id = @workspace_id
), hashed AS (
    SELECT e.*,
           sha256(json_array('pma-audit-genesis-v1', 'workspace:' || e.workspace_id)) AS genesis,
           sha256(json_array('pma-audit-details-v1', e.details_salt, e.details, e.ip)) AS details_now,
           sha256(json_array('pma-audit-entry-v1', 'workspace:' || e.workspace_id, e.prev_hash, e.seq, e.timestamp, e.id,
               e.action, e.actor_id, e.target_type, e.target_id, e.outcome, e.request_id, e.auth_method, e.credential_id,
               e.details_hash)) AS entry_now
    FROM entries AS e
)
SELECT f.workspace_id, f.seq, f.id, f.problem
FROM (
    SELECT h.workspace_id, h.seq, h.id, 'entries are missing before it' AS problem FROM hashed AS h WHERE h.seq <> h.seq_before + 1
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, 'does not follow the entry before it' FROM hashed AS h
    WHERE h.seq = h.seq_before + 1 AND h.prev_hash <> coalesce(h.hash_before, h.genesis)
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, 'its contents do not match its hash' FROM hashed AS h WHERE h.entry_hash <> h.entry_now
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, 'its details do not match their digest' FROM hashed AS h
    WHERE h.redacted = 0 AND h.details_hash <> h.details_now
    UNION ALL
    SELECT d.workspace_id, d.audit_seq, NULL, 'the head does not match the last entry' FROM WorkspaceHead AS d
    WHERE (@workspace_id IS NULL OR d.workspace_id = @workspace_id)
      AND NOT EXISTS (SELECT 1 FROM AuditLog AS a WHERE a.workspace_id = d.workspace_id AND a.seq = d.audit_seq AND a.entry_hash = d.audit_hash)
) AS f
ORDER BY f.workspace_id, f.seq;
