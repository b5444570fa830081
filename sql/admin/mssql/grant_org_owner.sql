-- grant_org_owner
-- What: Break-glass: makes an account OWNER of an organisation, and the one before an ADMIN. On its audit chain and the platform's.
-- Who:  a DBA, when an organisation's OWNER cannot be reached.
-- Undo: the new OWNER transfers the ownership back through the API.
-- param: org_id uuid  The organisation.
-- param: user_id text  The account that becomes OWNER; it must have signed in once.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @org_id UNIQUEIDENTIFIER = NULL;
DECLARE @user_id NVARCHAR(4000) = NULL;
DECLARE @admin NVARCHAR(4000) = NULL;
DECLARE @reason NVARCHAR(4000) = NULL;

IF @org_id IS NULL OR @user_id IS NULL OR @admin IS NULL OR @reason IS NULL
    THROW 50010, N'set org_id, user_id, admin and reason', 1;
DECLARE @now DATETIME2(6) = SYSUTCDATETIME(), @action NVARCHAR(255) = N'organization.ownership_transferred';
DECLARE @target_type NVARCHAR(50) = N'organization', @target_id NVARCHAR(200) = LOWER(CONVERT(CHAR(36), @org_id));
DECLARE @details NVARCHAR(MAX) = NULL;

BEGIN TRANSACTION;
-- The guard rows of the account and the organisation, as in lock_account and lock_organization.
UPDATE dbo.UserAccount SET version = version WHERE id = @user_id;
UPDATE dbo.Organization SET version = version WHERE id = @org_id;
IF @@ROWCOUNT = 0
    THROW 50011, N'there is no organisation of this id', 1;
IF NOT EXISTS (SELECT 1 FROM dbo.UserAccount WHERE id = @user_id AND status = N'ACTIVE' AND verified_at IS NOT NULL)
    THROW 50012, N'there is no active account of this id that has signed in', 1;
IF EXISTS (SELECT 1 FROM dbo.OrganizationMember WHERE org_id = @org_id AND user_id = @user_id AND role = N'OWNER')
    THROW 50013, N'the account is the OWNER already', 1;
DECLARE @before NVARCHAR(200);
SELECT @before = user_id FROM dbo.OrganizationMember WHERE org_id = @org_id AND role = N'OWNER';
SET @details = CONCAT(N'{"from":', IIF(@before IS NULL, N'null', CONCAT(N'"', STRING_ESCAPE(@before, N'json'), N'"')),
    N',"to":"', STRING_ESCAPE(@user_id, N'json'), N'","reason":"', STRING_ESCAPE(@reason, N'json'), N'"}');
UPDATE dbo.OrganizationMember SET role = N'ADMIN', updated_at = @now, version = version + 1
WHERE org_id = @org_id AND role = N'OWNER';
UPDATE dbo.OrganizationMember SET role = N'OWNER', updated_at = @now, version = version + 1
WHERE org_id = @org_id AND user_id = @user_id;
IF @@ROWCOUNT = 0
BEGIN
    INSERT INTO dbo.OrganizationMember (id, org_id, user_id, display_name, role, source, added_at, added_by, updated_at, list_key, member_key)
    SELECT NEWID(), o.id, u.id, u.display_name, N'OWNER', N'manual', @now, u.id, @now, o.list_key, u.list_key
    FROM dbo.Organization AS o CROSS JOIN dbo.UserAccount AS u
    WHERE o.id = @org_id AND u.id = @user_id;
    -- They take a seat, whatever the organisation may have (app/kernel/usage.py). The row of OrganizationUsage is the
    -- guard of what counts, taken before the logs' heads.
    UPDATE dbo.OrganizationUsage SET version = version WHERE org_id = @org_id;
    UPDATE dbo.OrganizationSeat SET memberships = memberships + 1 WHERE org_id = @org_id AND user_id = @user_id;
    IF @@ROWCOUNT = 0
    BEGIN
        INSERT INTO dbo.OrganizationSeat (org_id, user_id, memberships) VALUES (@org_id, @user_id, 1);
        UPDATE dbo.OrganizationUsage SET seats = seats + 1 WHERE org_id = @org_id;
    END;
END;

-- What counts against the organisation's limits is counted anew, as app/kernel/usage.py would have it: this may go beyond
-- them. The row of OrganizationUsage is its guard, taken in a statement of its own, before the heads.
UPDATE dbo.OrganizationUsage SET version = version WHERE org_id = @org_id;
DELETE FROM dbo.OrganizationSeat WHERE org_id = @org_id;
INSERT INTO dbo.OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM dbo.OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM dbo.WorkspaceMember AS m JOIN dbo.Workspace AS w ON w.id = m.workspace_id WHERE w.is_active = 1
) AS s
WHERE s.org_id = @org_id
GROUP BY s.org_id, s.user_id;
UPDATE u
SET seats = (SELECT COUNT(*) FROM dbo.OrganizationSeat AS s WHERE s.org_id = u.org_id),
    workspaces = (SELECT COUNT(*) FROM dbo.Workspace AS w WHERE w.org_id = u.org_id AND w.is_active = 1),
    file_bytes = (SELECT COALESCE(SUM(f.size), 0) FROM dbo.WorkspaceFile AS f JOIN dbo.Workspace AS w ON w.id = f.workspace_id
                  WHERE w.org_id = u.org_id AND w.is_active = 1 AND f.is_counted = 1)
FROM dbo.OrganizationUsage AS u WHERE u.org_id = @org_id;

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
SELECT m.user_id, m.role, m.display_name FROM dbo.OrganizationMember AS m
WHERE m.org_id = @org_id AND m.role IN (N'OWNER', N'ADMIN') ORDER BY m.role DESC, m.member_key;
