-- grant_service_login
-- What: Gives the service's login what it needs in this database and nothing more.
-- Who:  db_owner, once, after each migration that makes a table.
-- Undo: DROP USER of this name, and REVOKE from the role pma_service.
-- Note: the service cannot change the schema, nor delete or rewrite an audit entry. Migrations run under another login.
-- param: login text  The service's login; it exists already.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @login NVARCHAR(128) = NULL;

IF @login IS NULL OR SUSER_ID(@login) IS NULL THROW 50010, N'set login to one that exists', 1;
IF @login = N'pma_service' THROW 50010, N'the role has this name: make a login of another', 1;
DECLARE @sql NVARCHAR(MAX);
IF DATABASE_PRINCIPAL_ID(N'pma_service') IS NULL EXEC sys.sp_executesql N'CREATE ROLE pma_service';
IF DATABASE_PRINCIPAL_ID(@login) IS NULL
BEGIN
    SET @sql = CONCAT(N'CREATE USER ', QUOTENAME(@login), N' FOR LOGIN ', QUOTENAME(@login), N' WITH DEFAULT_SCHEMA = dbo');
    EXEC sys.sp_executesql @sql;
END;
SET @sql = CONCAT(N'ALTER ROLE pma_service ADD MEMBER ', QUOTENAME(@login));
EXEC sys.sp_executesql @sql;

GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserAccount TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserProfile TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserStatusEvent TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.AccountClosing TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserDataExport TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserPassword TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.SignInThrottle TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.RefreshToken TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.TokenRevocation TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OAuthState TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.BrowserSession TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.AuthorizationCode TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Workspace TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Organization TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OrganizationMember TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OrganizationUsage TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OrganizationSeat TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OrganizationBranding TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OrganizationStatusEvent TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceMove TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Invitation TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.JoinLink TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OneTimeTicket TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.HiddenPresence TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WsConnection TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WsProcess TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OwnershipTransfer TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceHead TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceMember TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.PlatformHead TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceExternalLink TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.LinkCheck TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.IntegrationConnection TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Job TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.JobHolder TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.JobSchedule TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceFile TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkspaceUsage TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.FileUpload TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.AuditCheckpoint TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Event TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserType TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserTypePermission TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.UserTypeHiddenState TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.TaskType TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.EligibilityMapping TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Project TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.ProjectKey TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.ProjectMember TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Board TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.BoardColumn TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Task TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.TaskDependency TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Label TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.TaskLabel TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.TaskWatcher TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.SavedFilter TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Notification TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.NotificationPreference TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.NotificationMute TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.OutboundMail TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.MailBlock TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.PushSubscription TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Comment TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.CommentMention TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.SearchDocument TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.SearchTerm TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkflowTemplate TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkflowTemplateVersion TO pma_service;
GRANT SELECT, INSERT ON dbo.WorkflowNode TO pma_service;
GRANT SELECT, INSERT ON dbo.WorkflowEdge TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WorkflowInstance TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.ObjectRole TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.EventConsumer TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WebhookEndpoint TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WebhookDelivery TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WebhookAttempt TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.IdempotencyRecord TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.WriteProbe TO pma_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.Housekeeping TO pma_service;
-- UPDATE is for erasing details; the trigger lets nothing else through.
GRANT SELECT, INSERT, UPDATE ON dbo.AuditLog TO pma_service;
GRANT SELECT, INSERT, UPDATE ON dbo.PlatformAuditLog TO pma_service;
GRANT SELECT, INSERT ON dbo.TaskTransition TO pma_service;
DENY UPDATE, DELETE ON dbo.TaskTransition TO pma_service;
DENY DELETE ON dbo.AuditLog TO pma_service;
DENY DELETE ON dbo.PlatformAuditLog TO pma_service;
GRANT SELECT ON dbo.TaskState TO pma_service;
GRANT SELECT ON dbo.TaskPermission TO pma_service;
GRANT SELECT ON dbo.RolePermission TO pma_service;
GRANT SELECT ON dbo.VisibleProject TO pma_service;
GRANT SELECT ON dbo.TaskRight TO pma_service;
GRANT SELECT ON dbo.TaskGrant TO pma_service;
GRANT SELECT ON dbo.SchemaMigration TO pma_service;
