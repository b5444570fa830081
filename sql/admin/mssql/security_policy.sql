-- security_policy
-- What: A second wall between tenants: the server itself shows a statement only the workspace it is bound to.
-- Who:  db_owner. Set DB_SESSION_CONTEXT=true for the service first: without it the service sees no rows.
-- Undo: DROP SECURITY POLICY pma.Tenants; DROP FUNCTION pma.visible; DROP SCHEMA pma.
-- Note: a statement whose contract says 'caller' or 'global' passes; the query checker proves those. Admin scripts run as db_owner pass too. https://learn.microsoft.com/sql/relational-databases/security/row-level-security
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;

IF SCHEMA_ID(N'pma') IS NULL EXEC sys.sp_executesql N'CREATE SCHEMA pma';
IF OBJECT_ID(N'pma.visible') IS NULL EXEC sys.sp_executesql N'
CREATE FUNCTION pma.visible (@workspace_id UNIQUEIDENTIFIER) RETURNS TABLE WITH SCHEMABINDING AS
RETURN SELECT 1 AS visible
WHERE CAST(SESSION_CONTEXT(N''pma_scope'') AS NVARCHAR(20)) IN (N''caller'', N''organization'', N''global'')
   OR (CAST(SESSION_CONTEXT(N''pma_scope'') AS NVARCHAR(20)) = N''workspace''
       AND @workspace_id = CAST(SESSION_CONTEXT(N''pma_workspace'') AS UNIQUEIDENTIFIER))
   OR IS_ROLEMEMBER(N''db_owner'') = 1';
IF NOT EXISTS (SELECT 1 FROM sys.security_policies WHERE name = N'Tenants') EXEC sys.sp_executesql N'
CREATE SECURITY POLICY pma.Tenants
    ADD FILTER PREDICATE pma.visible(id) ON dbo.Workspace,
    ADD BLOCK PREDICATE pma.visible(id) ON dbo.Workspace AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceHead,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceHead AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceMember,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceMember AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Invitation,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Invitation AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceMove,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceMove AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.JoinLink,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.JoinLink AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.OwnershipTransfer,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.OwnershipTransfer AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.AuditLog,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.AuditLog AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceExternalLink,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceExternalLink AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.LinkCheck,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.LinkCheck AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.IntegrationConnection,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.IntegrationConnection AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Job,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Job AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceFile,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkspaceFile AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.UserType,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.UserType AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.UserTypePermission,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.UserTypePermission AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.UserTypeHiddenState,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.UserTypeHiddenState AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.TaskType,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.TaskType AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.EligibilityMapping,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.EligibilityMapping AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Project,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Project AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.ProjectKey,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.ProjectKey AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.ProjectMember,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.ProjectMember AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Board,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Board AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.BoardColumn,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.BoardColumn AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Task,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Task AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.TaskTransition,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.TaskTransition AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.TaskDependency,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.TaskDependency AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Label,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Label AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.TaskLabel,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.TaskLabel AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.TaskWatcher,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.TaskWatcher AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.SavedFilter,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.SavedFilter AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Comment,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Comment AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.CommentMention,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.CommentMention AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.SearchDocument,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.SearchDocument AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.SearchTerm,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.SearchTerm AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkflowTemplate,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkflowTemplate AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkflowTemplateVersion,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkflowTemplateVersion AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkflowNode,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkflowNode AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkflowEdge,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkflowEdge AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.WorkflowInstance,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.WorkflowInstance AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.Event,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.Event AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.EventConsumer,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.EventConsumer AFTER INSERT,
    ADD FILTER PREDICATE pma.visible(workspace_id) ON dbo.AuditCheckpoint,
    ADD BLOCK PREDICATE pma.visible(workspace_id) ON dbo.AuditCheckpoint AFTER INSERT
    WITH (STATE = ON)';
SELECT name, is_enabled FROM sys.security_policies WHERE name = N'Tenants';
