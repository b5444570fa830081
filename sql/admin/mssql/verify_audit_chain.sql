-- verify_audit_chain
-- What: Recomputes every hash of the audit logs and names the entries that are not what was written.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- Note: no row means no finding. Reads every log whole: run it off-peak, or on a readable secondary.
-- param: workspace_id uuid? = NULL  One workspace; NULL for every log: of workspaces, accounts, organisations, the platform.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @workspace_id UNIQUEIDENTIFIER = NULL;

WITH entries AS (
    SELECT a.scope, a.seq, a.id, a.prev_hash, a.entry_hash, a.details_hash, a.redacted,
           LAG(a.seq, 1, 0) OVER (PARTITION BY a.scope ORDER BY a.seq) AS seq_before,
           LAG(a.entry_hash) OVER (PARTITION BY a.scope ORDER BY a.seq) AS hash_before,
           CONCAT(N'["pma-audit-genesis-v1","', REPLACE(STRING_ESCAPE(a.scope, N'json'), N'\/', N'/'), N'"]') AS genesis_text,
           CONCAT(N'["pma-audit-details-v1","', a.details_salt, N'",',
               IIF(a.details IS NULL, N'null', CONCAT(N'"', REPLACE(STRING_ESCAPE(a.details, N'json'), N'\/', N'/'), N'"')), N',',
               IIF(a.ip IS NULL, N'null', CONCAT(N'"', a.ip, N'"')), N']') AS details_text,
           CONCAT(N'["pma-audit-entry-v1","', REPLACE(STRING_ESCAPE(a.scope, N'json'), N'\/', N'/'), N'","', a.prev_hash, N'",',
               a.seq, N',"', CONVERT(CHAR(10), a.timestamp, 23), N'T', RIGHT(CONCAT(N'0', DATEPART(HOUR, a.timestamp)), 2), N':',
               RIGHT(CONCAT(N'0', DATEPART(MINUTE, a.timestamp)), 2), N':', RIGHT(CONCAT(N'0', DATEPART(SECOND, a.timestamp)), 2), N'.',
               RIGHT(CONCAT(N'000000', DATEPART(MICROSECOND, a.timestamp)), 6), N'Z","',
               LOWER(CONVERT(CHAR(36), a.id)), N'","', REPLACE(STRING_ESCAPE(a.action, N'json'), N'\/', N'/'), N'","',
               REPLACE(STRING_ESCAPE(a.actor_id, N'json'), N'\/', N'/'), N'","', a.target_type, N'","',
               REPLACE(STRING_ESCAPE(a.target_id, N'json'), N'\/', N'/'), N'","', a.outcome, N'","', a.request_id, N'","',
               a.auth_method, N'",', IIF(a.credential_id IS NULL, N'null',
               CONCAT(N'"', LOWER(CONVERT(CHAR(36), a.credential_id)), N'"')), N',"', a.details_hash, N'"]') AS entry_text
    FROM (
        SELECT CONCAT(N'workspace:', LOWER(CONVERT(CHAR(36), a.workspace_id))) COLLATE Latin1_General_100_BIN2 AS scope,
               a.seq, a.id, a.prev_hash, a.entry_hash, a.details_salt, a.details_hash, a.details, a.ip, a.redacted, a.timestamp, a.action,
               a.actor_id, a.target_type, a.target_id, a.outcome, a.request_id, a.auth_method, a.credential_id
        FROM dbo.AuditLog AS a
        WHERE @workspace_id IS NULL OR a.workspace_id = @workspace_id
        UNION ALL
        SELECT CONCAT(a.scope_type COLLATE Latin1_General_100_BIN2, N':', a.scope_id),
               a.seq, a.id, a.prev_hash, a.entry_hash, a.details_salt, a.details_hash, a.details, a.ip, a.redacted, a.timestamp, a.action,
               a.actor_id, a.target_type, a.target_id, a.outcome, a.request_id, a.auth_method, a.credential_id
        FROM dbo.PlatformAuditLog AS a
        WHERE @workspace_id IS NULL
    ) AS a
), hashed AS (
    SELECT e.*,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(e.entry_text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS entry_now,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(e.details_text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS details_now,
           LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(e.genesis_text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)) AS genesis
    FROM entries AS e
), heads AS (
    SELECT CONCAT(N'workspace:', LOWER(CONVERT(CHAR(36), a.workspace_id))) COLLATE Latin1_General_100_BIN2 AS scope, a.audit_seq, a.audit_hash
    FROM dbo.WorkspaceHead AS a
    WHERE @workspace_id IS NULL OR a.workspace_id = @workspace_id
    UNION ALL
    SELECT CONCAT(a.scope_type COLLATE Latin1_General_100_BIN2, N':', a.scope_id), a.audit_seq, a.audit_hash
    FROM dbo.PlatformHead AS a
    WHERE @workspace_id IS NULL
)
SELECT f.scope, f.seq, f.id, f.problem
FROM (
    SELECT h.scope, h.seq, h.id, N'entries are missing before it' AS problem FROM hashed AS h WHERE h.seq <> h.seq_before + 1
    UNION ALL
    SELECT h.scope, h.seq, h.id, N'does not follow the entry before it' FROM hashed AS h
    WHERE h.seq = h.seq_before + 1 AND h.prev_hash <> COALESCE(h.hash_before, h.genesis)
    UNION ALL
    SELECT h.scope, h.seq, h.id, N'its contents do not match its hash' FROM hashed AS h WHERE h.entry_hash <> h.entry_now
    UNION ALL
    SELECT h.scope, h.seq, h.id, N'its details do not match their digest' FROM hashed AS h
    WHERE h.redacted = 0 AND h.details_hash <> h.details_now
    UNION ALL
    SELECT d.scope, d.audit_seq, NULL, N'the head does not match the last entry' FROM heads AS d
    WHERE NOT EXISTS (SELECT 1 FROM entries AS a WHERE a.scope = d.scope AND a.seq = d.audit_seq AND a.entry_hash = d.audit_hash)
) AS f
ORDER BY f.scope, f.seq;
