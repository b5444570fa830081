-- cancel_job
-- What: Has a job not done, of a workspace or of none, whatever was promised of it. On the platform's audit chain.
-- Who:  a DBA; an ADMIN of the workspace does it through the API.
-- Undo: no: what it was about says what is left undone; find_orphans finds files and folders.
-- param: job_id uuid  The job, as list_jobs shows it.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @job_id UNIQUEIDENTIFIER = NULL;
DECLARE @admin NVARCHAR(4000) = NULL;
DECLARE @reason NVARCHAR(4000) = NULL;

IF @job_id IS NULL OR @admin IS NULL OR @reason IS NULL
    THROW 50010, N'set job_id, admin and reason', 1;
DECLARE @now DATETIME2(6) = SYSUTCDATETIME(), @action NVARCHAR(255) = N'job.cancelled';
DECLARE @target_type NVARCHAR(50) = N'job', @target_id NVARCHAR(200) = LOWER(CONVERT(CHAR(36), @job_id));
DECLARE @details NVARCHAR(MAX);

BEGIN TRANSACTION;
SELECT @details = CONCAT(N'{"reason":"', STRING_ESCAPE(@reason, N'json'), N'","kind":"', j.kind, N'","workspace_id":"',
    LOWER(CONVERT(CHAR(36), j.workspace_id)), N'"}')
FROM dbo.Job AS j WITH (UPDLOCK, HOLDLOCK) WHERE j.id = @job_id;
DELETE FROM dbo.Job WHERE id = @job_id;
IF @@ROWCOUNT = 0
    THROW 50011, N'there is no job of this id', 1;

-- The audit entry, sealed as app/kernel/audit_chain.py seals it (README, "The audit log"). The row of PlatformHead is the
-- guard of the sequence, taken last and held to the commit.
UPDATE dbo.PlatformHead WITH (UPDLOCK, HOLDLOCK) SET audit_seq = audit_seq + 1 WHERE scope_type = N'platform'
    AND scope_id = N'platform';
IF @@ROWCOUNT = 0
    INSERT INTO dbo.PlatformHead (scope_type, scope_id, audit_seq, audit_hash)
    VALUES (N'platform', N'platform', 1, LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256',
        CAST(N'["pma-audit-genesis-v1","platform:platform"]'
        COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)));
DECLARE @request NVARCHAR(64) = LOWER(CONVERT(CHAR(36), NEWID()));
DECLARE @moment NVARCHAR(27) = CONCAT(CONVERT(CHAR(10), @now, 23), N'T', RIGHT(CONCAT(N'0', DATEPART(HOUR, @now)), 2), N':',
    RIGHT(CONCAT(N'0', DATEPART(MINUTE, @now)), 2), N':', RIGHT(CONCAT(N'0', DATEPART(SECOND, @now)), 2), N'.',
    RIGHT(CONCAT(N'000000', DATEPART(MICROSECOND, @now)), 6), N'Z');
DECLARE @entries TABLE (scope_type NVARCHAR(10), scope_id NVARCHAR(200) COLLATE Latin1_General_100_BIN2,
    id UNIQUEIDENTIFIER, seq BIGINT, prev_hash CHAR(64), salt CHAR(32), details_hash CHAR(64), entry_hash CHAR(64));
INSERT INTO @entries (scope_type, scope_id, id, seq, prev_hash, salt)
SELECT h.scope_type, h.scope_id, NEWID(), h.audit_seq, h.audit_hash, LOWER(CONVERT(CHAR(32), CRYPT_GEN_RANDOM(16), 2))
FROM dbo.PlatformHead AS h
WHERE h.scope_type = N'platform' AND h.scope_id = N'platform';
UPDATE @entries SET details_hash =
    LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(CONCAT(N'["pma-audit-details-v1","', salt, N'","', REPLACE(STRING_ESCAPE(@details, N'json'), N'\/', N'/'), N'",null]')
    COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2));
UPDATE @entries SET entry_hash = LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256', CAST(CONCAT(N'["pma-audit-entry-v1","',
    scope_type, N':', REPLACE(STRING_ESCAPE(scope_id, N'json'), N'\/', N'/'), N'","',
    prev_hash, N'",', seq, N',"', @moment, N'","', LOWER(CONVERT(CHAR(36), id)), N'","', @action,
    N'","', REPLACE(STRING_ESCAPE(@admin, N'json'), N'\/', N'/'), N'","',
    @target_type, N'","', REPLACE(STRING_ESCAPE(@target_id, N'json'), N'\/', N'/'),
    N'","SUCCESS","', @request, N'","break-glass",null,"', details_hash, N'"]')
    COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2));
INSERT INTO dbo.PlatformAuditLog (id, scope_type, scope_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,
    details_salt, details_hash, target_type, target_id, outcome, request_id, ip, auth_method, credential_id, redacted)
SELECT e.id, e.scope_type, e.scope_id, @action, @admin, @details, @now, e.seq, e.prev_hash, e.entry_hash,
    e.salt, e.details_hash, @target_type, @target_id, N'SUCCESS', @request, NULL, N'break-glass', NULL, 0
FROM @entries AS e;
UPDATE h SET audit_hash = e.entry_hash
FROM dbo.PlatformHead AS h JOIN @entries AS e ON e.scope_type = h.scope_type AND e.scope_id = h.scope_id;
COMMIT;
SELECT @target_id AS id, @action AS action, @details AS details;
