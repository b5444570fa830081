-- verify_audit_chain
-- What: Recomputes every hash of the audit log and names the entries that are not what was written.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: no row means no finding. Reads the whole log: run it off-peak, or on a readable secondary.
-- param: workspace_id uuid? = NULL  One workspace; NULL for all of them.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @workspace_id UNIQUEIDENTIFIER = NULL;

WITH entries AS (
    SELECT a.workspace_id, a.seq, a.id, a.prev_hash, a.entry_hash, a.details_hash, a.redacted,
           LAG(a.seq, 1, 0) OVER (PARTITION BY a.workspace_id ORDER BY a.seq) AS seq_before,
           LAG(a.entry_hash) OVER (PARTITION BY a.workspace_id ORDER BY a.seq) AS hash_before,
           CONCAT(N'workspace:', LOWER(CONVERT(CHAR(36), a.workspace_id))) AS scope,
           CONCAT(N'["pma-audit-details-v1","', a.details_salt, N'",',
               IIF(a.details IS NULL, N'null', CONCAT(N'"', REPLACE(STRING_ESCAPE(a.details, N'json'), N'\/', N'/'), N'"')), N',',
               IIF(a.ip IS NULL, N'null', CONCAT(N'"', a.ip, N'"')), N']') AS details_text,
           CONCAT(N'["pma-audit-entry-v1","workspace:', LOWER(CONVERT(CHAR(36), a.workspace_id)), N'","', a.prev_hash, N'",',
               a.seq, N',"', CONVERT(CHAR(10), a.timestamp, 23), N'T', RIGHT(CONCAT(N'0', DATEPART(HOUR, a.timestamp)), 2), N':',
               RIGHT(CONCAT(N'0', DATEPART(MINUTE, a.timestamp)), 2), N':', RIGHT(CONCAT(N'0', DATEPART(SECOND, a.timestamp)), 2), N'.',
               RIGHT(CONCAT(N'000000', DATEPART(MICROSECOND, a.timestamp)), 6), N'Z","',
               LOWER(CONVERT(CHAR(36), a.id)), N'","', REPLACE(STRING_ESCAPE(a.action, N'json'), N'\/', N'/'), N'","',
               REPLACE(STRING_ESCAPE(a.actor_id, N'json'), N'\/', N'/'), N'","', a.target_type, N'","',
               REPLACE(STRING_ESCAPE(a.target_id, N'json'), N'\/', N'/'), N'","', a.outcome, N'","', a.request_id, N'","',
               a.auth_method, N'",', IIF(a.credential_id IS NULL, N'null',
               CONCAT(N'"', LOWER(CONVERT(CHAR(36), a.credential_id)), N'"')), N',"', a.details_hash, N'"]') AS entry_text
    FROM dbo.AuditLog AS a
    WHERE @workspace_id IS NULL OR a.workspace_id = @workspace_id
), hashed AS (
    SELECT e.*,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(e.entry_text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS entry_now,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(e.details_text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS details_now,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(CONCAT(N'["pma-audit-genesis-v1","', e.scope, N'"]') COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS genesis
    FROM entries AS e
)
SELECT f.workspace_id, f.seq, f.id, f.problem
FROM (
    SELECT h.workspace_id, h.seq, h.id, N'entries are missing before it' AS problem FROM hashed AS h WHERE h.seq <> h.seq_before + 1
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, N'does not follow the entry before it' FROM hashed AS h
    WHERE h.seq = h.seq_before + 1 AND h.prev_hash <> COALESCE(h.hash_before, h.genesis)
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, N'its contents do not match its hash' FROM hashed AS h WHERE h.entry_hash <> h.entry_now
    UNION ALL
    SELECT h.workspace_id, h.seq, h.id, N'its details do not match their digest' FROM hashed AS h
    WHERE h.redacted = 0 AND h.details_hash <> h.details_now
    UNION ALL
    SELECT d.workspace_id, d.audit_seq, NULL, N'the head does not match the last entry' FROM dbo.WorkspaceHead AS d
    WHERE (@workspace_id IS NULL OR d.workspace_id = @workspace_id)
      AND NOT EXISTS (SELECT 1 FROM dbo.AuditLog AS a WHERE a.workspace_id = d.workspace_id AND a.seq = d.audit_seq AND a.entry_hash = d.audit_hash)
) AS f
ORDER BY f.workspace_id, f.seq;
