-- suspend_organization
-- What: Break-glass: nothing of an organisation is changed any more. On its audit chain and the platform's.
-- Who:  a DBA, when no administrator of the platform can be reached.
-- Undo: an administrator of the platform: POST /platform/organizations/{org_id}/activate.
-- param: org_id uuid  The organisation.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @org_id UNIQUEIDENTIFIER = NULL;
DECLARE @admin NVARCHAR(4000) = NULL;
DECLARE @reason NVARCHAR(4000) = NULL;

IF @org_id IS NULL OR @admin IS NULL OR @reason IS NULL
    THROW 50010, N'set org_id, admin and reason', 1;
DECLARE @now DATETIME2(6) = SYSUTCDATETIME(), @action NVARCHAR(255) = N'organization.suspended';
DECLARE @target_type NVARCHAR(50) = N'organization', @target_id NVARCHAR(200) = LOWER(CONVERT(CHAR(36), @org_id));
DECLARE @details NVARCHAR(MAX) = CONCAT(N'{"reason":"', STRING_ESCAPE(@reason, N'json'), N'"}');

BEGIN TRANSACTION;
-- The guard row of the organisation, as in lock_organization.
UPDATE dbo.Organization SET version = version WHERE id = @org_id;
INSERT INTO dbo.OrganizationStatusEvent (org_id, seq, from_status, to_status, reason, actor_id, at)
SELECT o.id, o.version + 1, o.status, N'SUSPENDED', LEFT(@reason, 500), @admin, @now FROM dbo.Organization AS o
WHERE o.id = @org_id AND (o.held_by IS NULL OR o.held_by <> N'platform');
IF @@ROWCOUNT = 0
    THROW 50011, N'there is no organisation of this id that the platform has not stopped', 1;
UPDATE dbo.Organization SET status = N'SUSPENDED', held_by = N'platform', updated_at = @now, version = version + 1
WHERE id = @org_id;

-- The audit entry on both chains, sealed as app/kernel/audit_chain.py seals it (README, "The audit log"). Their rows of
-- PlatformHead are the guards of the sequences, taken last, in the service's order, and held to the commit.
UPDATE dbo.PlatformHead WITH (UPDLOCK, HOLDLOCK) SET audit_seq = audit_seq + 1 WHERE scope_type = N'org'
    AND scope_id = @target_id;
IF @@ROWCOUNT = 0
    INSERT INTO dbo.PlatformHead (scope_type, scope_id, audit_seq, audit_hash)
    VALUES (N'org', @target_id, 1, LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256',
        CAST(CONCAT(N'["pma-audit-genesis-v1","org:', REPLACE(STRING_ESCAPE(@target_id, N'json'), N'\/', N'/'), N'"]')
        COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2)));
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
WHERE (h.scope_type = N'org' AND h.scope_id = @target_id) OR (h.scope_type = N'platform' AND h.scope_id = N'platform');
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
SELECT o.id, o.name, o.status, o.held_by FROM dbo.Organization AS o WHERE o.id = @org_id;
