-- restore_workspace
-- What: Takes the deletion of a workspace back and writes it into its audit log.
-- Who:  a DBA, on the word of one of its owners or of the organisation.
-- Undo: an OWNER deletes the workspace again through the API.
-- param: workspace_id uuid  The workspace.
-- param: admin text  Who does this: a name that an auditor can follow up.
-- param: reason text  Why; a ticket number.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @workspace_id UNIQUEIDENTIFIER = NULL;
DECLARE @admin NVARCHAR(4000) = NULL;
DECLARE @reason NVARCHAR(4000) = NULL;

IF @workspace_id IS NULL OR @admin IS NULL OR @reason IS NULL THROW 50010, N'set workspace_id, admin and reason', 1;
DECLARE @now DATETIME2(6) = SYSUTCDATETIME(), @action NVARCHAR(255) = N'workspace.restored';
DECLARE @target_type NVARCHAR(50) = N'workspace', @target_id NVARCHAR(200) = LOWER(CONVERT(CHAR(36), @workspace_id));
DECLARE @details NVARCHAR(MAX) = CONCAT(N'{"reason":"', STRING_ESCAPE(@reason, N'json'), N'"}');

BEGIN TRANSACTION;
UPDATE dbo.Workspace WITH (UPDLOCK, HOLDLOCK)
SET is_active = 1, deleted_at = NULL, updated_at = @now, version = version + 1, blob_ready = 0
WHERE id = @workspace_id AND is_active = 0;
IF @@ROWCOUNT = 0 THROW 50011, N'there is no deleted workspace of this id', 1;
-- The service tells the store of its files.
INSERT INTO dbo.Job (id, workspace_id, kind, target_id, run_at, created_at)
VALUES (NEWID(), @workspace_id, N'folder', @workspace_id, @now, @now);
-- Its organisation has it, its members and its files again, whatever it may have (app/kernel/usage.py). The row of
-- OrganizationUsage is the guard of what counts, taken after the workspace's.
DECLARE @org_id UNIQUEIDENTIFIER = (SELECT w.org_id FROM dbo.Workspace AS w WHERE w.id = @workspace_id);
UPDATE dbo.OrganizationUsage SET version = version WHERE org_id = @org_id;
UPDATE dbo.OrganizationSeat SET memberships = memberships + 1
WHERE org_id = @org_id AND user_id IN (SELECT m.user_id FROM dbo.WorkspaceMember AS m WHERE m.workspace_id = @workspace_id);
INSERT INTO dbo.OrganizationSeat (org_id, user_id, memberships)
SELECT @org_id, m.user_id, 1 FROM dbo.WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND @org_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM dbo.OrganizationSeat AS s WHERE s.org_id = @org_id AND s.user_id = m.user_id);
UPDATE dbo.OrganizationUsage
SET workspaces = workspaces + 1,
    seats = (SELECT COUNT(*) FROM dbo.OrganizationSeat AS s WHERE s.org_id = @org_id),
    file_bytes = file_bytes + (SELECT COALESCE(SUM(f.size), 0) FROM dbo.WorkspaceFile AS f
        WHERE f.workspace_id = @workspace_id AND f.is_counted = 1)
WHERE org_id = @org_id;

-- What counts against the organisation's limits is counted anew, as app/kernel/usage.py would have it: this may go beyond
-- them. The row of OrganizationUsage is its guard, taken in a statement of its own, before the heads.
DECLARE @counted UNIQUEIDENTIFIER;
SELECT @counted = org_id FROM dbo.Workspace WHERE id = @workspace_id;
UPDATE dbo.OrganizationUsage SET version = version WHERE org_id = @counted;
DELETE FROM dbo.OrganizationSeat WHERE org_id = @counted;
INSERT INTO dbo.OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM dbo.OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM dbo.WorkspaceMember AS m JOIN dbo.Workspace AS w ON w.id = m.workspace_id WHERE w.is_active = 1
) AS s
WHERE s.org_id = @counted
GROUP BY s.org_id, s.user_id;
UPDATE u
SET seats = (SELECT COUNT(*) FROM dbo.OrganizationSeat AS s WHERE s.org_id = u.org_id),
    workspaces = (SELECT COUNT(*) FROM dbo.Workspace AS w WHERE w.org_id = u.org_id AND w.is_active = 1),
    file_bytes = (SELECT COALESCE(SUM(f.size), 0) FROM dbo.WorkspaceFile AS f JOIN dbo.Workspace AS w ON w.id = f.workspace_id
                  WHERE w.org_id = u.org_id AND w.is_active = 1 AND f.is_counted = 1)
FROM dbo.OrganizationUsage AS u WHERE u.org_id = @counted;

-- The audit entry, sealed as app/kernel/audit_chain.py seals it (README, "The audit log"). The row of
-- WorkspaceHead is the guard of the sequence, taken last and held to the commit.
DECLARE @seq BIGINT, @prev CHAR(64);
UPDATE dbo.WorkspaceHead SET audit_seq = audit_seq WHERE workspace_id = @workspace_id;
SELECT @seq = audit_seq + 1, @prev = audit_hash FROM dbo.WorkspaceHead WHERE workspace_id = @workspace_id;
DECLARE @scope NVARCHAR(50) = CONCAT(N'workspace:', LOWER(CONVERT(CHAR(36), @workspace_id)));
DECLARE @entry UNIQUEIDENTIFIER = NEWID(), @salt CHAR(32) = LOWER(CONVERT(CHAR(32), CRYPT_GEN_RANDOM(16), 2));
DECLARE @request NVARCHAR(64) = LOWER(CONVERT(CHAR(36), NEWID()));
DECLARE @moment NVARCHAR(27) = CONCAT(CONVERT(CHAR(10), @now, 23), N'T', RIGHT(CONCAT(N'0', DATEPART(HOUR, @now)), 2), N':',
    RIGHT(CONCAT(N'0', DATEPART(MINUTE, @now)), 2), N':', RIGHT(CONCAT(N'0', DATEPART(SECOND, @now)), 2), N'.',
    RIGHT(CONCAT(N'000000', DATEPART(MICROSECOND, @now)), 6), N'Z');
DECLARE @text NVARCHAR(MAX) = CONCAT(N'["pma-audit-details-v1","', @salt, N'","',
    REPLACE(STRING_ESCAPE(@details, N'json'), N'\/', N'/'), N'",null]');
DECLARE @details_hash CHAR(64) = LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256',
    CAST(@text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2));
SET @text = CONCAT(N'["pma-audit-entry-v1","', @scope, N'","', @prev, N'",', @seq, N',"', @moment, N'","',
    LOWER(CONVERT(CHAR(36), @entry)), N'","', @action, N'","',
    REPLACE(STRING_ESCAPE(@admin, N'json'), N'\/', N'/'), N'","', @target_type, N'","',
    REPLACE(STRING_ESCAPE(@target_id, N'json'), N'\/', N'/'), N'","SUCCESS","', @request,
    N'","break-glass",null,"', @details_hash, N'"]');
DECLARE @hash CHAR(64) = LOWER(CONVERT(CHAR(64), HASHBYTES('SHA2_256',
    CAST(@text COLLATE Latin1_General_100_CI_AS_SC_UTF8 AS VARCHAR(MAX))), 2));
INSERT INTO dbo.AuditLog (id, workspace_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,
    details_salt, details_hash, target_type, target_id, outcome, request_id, ip, auth_method, credential_id, redacted)
VALUES (@entry, @workspace_id, @action, @admin, @details, @now, @seq, @prev, @hash,
    @salt, @details_hash, @target_type, @target_id, N'SUCCESS', @request, NULL, N'break-glass', NULL, 0);
UPDATE dbo.WorkspaceHead SET audit_seq = @seq, audit_hash = @hash, event_seq = event_seq + 1, has_news = 1 WHERE workspace_id = @workspace_id;
-- And the event, for those who follow the workspace. 10 is the rank of VIEWER (app/core/permissions.py).
INSERT INTO dbo.Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at)
SELECT h.workspace_id, h.event_seq, @action, @admin, @target_type, @target_id, 10, @now
FROM dbo.WorkspaceHead AS h WHERE h.workspace_id = @workspace_id;
COMMIT;
SELECT w.id, w.name, @seq AS audit_seq FROM dbo.Workspace AS w WHERE w.id = @workspace_id;
