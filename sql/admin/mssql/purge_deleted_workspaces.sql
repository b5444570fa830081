-- purge_deleted_workspaces
-- What: Deletes for good what was deleted longer ago than the retention: members, audit log, files, projects, workspace.
-- Who:  a DBA, who may ALTER TABLE: the append-only triggers stand aside for it. The service's login may not.
-- Undo: only from a backup.
-- Note: a trigger that stands aside locks its table; small batches keep that short.
-- Note: by this server's clock, or by the time that the service's housekeeping goes by where that is earlier.
-- param: retention_days int = 90  How long a deleted workspace is kept.
-- param: batch int = 1000  Rows to delete in one transaction (SQLite: workspaces in one run).
-- param: dry_run bool = 1  1 only counts; 0 deletes.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @retention_days BIGINT = 90;
DECLARE @batch BIGINT = 1000;
DECLARE @dry_run BIT = 1;

DECLARE @now DATETIME2(6) = SYSUTCDATETIME();
SELECT @now = h.believed_at FROM dbo.Housekeeping AS h WHERE h.believed_at < @now;
CREATE TABLE #Expired (id UNIQUEIDENTIFIER NOT NULL PRIMARY KEY);
INSERT INTO #Expired (id)
SELECT w.id FROM dbo.Workspace AS w
WHERE w.is_active = 0 AND w.deleted_at < DATEADD(DAY, -@retention_days, @now);
SELECT COUNT(*) AS workspaces,
       (SELECT COUNT(*) FROM dbo.WorkspaceMember AS m JOIN #Expired AS e ON e.id = m.workspace_id) AS members,
       (SELECT COUNT(*) FROM dbo.AuditLog AS a JOIN #Expired AS e ON e.id = a.workspace_id) AS audit_entries,
       @dry_run AS dry_run
FROM #Expired;

DECLARE @deleted BIGINT = CASE WHEN @dry_run = 1 THEN 0 ELSE 1 END;
WHILE @deleted > 0
BEGIN
    BEGIN TRANSACTION;
    ALTER TABLE dbo.AuditLog DISABLE TRIGGER TR_AuditLog_delete;
    DELETE TOP (@batch) a FROM dbo.AuditLog AS a
    WHERE EXISTS (SELECT 1 FROM #Expired AS e JOIN dbo.Workspace AS w ON w.id = e.id
                  WHERE e.id = a.workspace_id AND w.is_active = 0);
    SET @deleted = @@ROWCOUNT;
    ALTER TABLE dbo.AuditLog ENABLE TRIGGER TR_AuditLog_delete;
    COMMIT;
END;
IF @dry_run = 0
BEGIN
    -- The guard row first: a workspace that somebody restored meanwhile stays.
    BEGIN TRANSACTION;
    DELETE e FROM #Expired AS e
    WHERE NOT EXISTS (SELECT 1 FROM dbo.Workspace AS w WITH (UPDLOCK, HOLDLOCK) WHERE w.id = e.id AND w.is_active = 0);
    -- What waits for them has gone with them, but for one job each: the service removes their files.
    DELETE j FROM dbo.Job AS j JOIN #Expired AS e ON e.id = j.workspace_id;
    DELETE s FROM dbo.JobSchedule AS s JOIN #Expired AS e ON e.id = s.workspace_id;
    INSERT INTO dbo.Job (id, workspace_id, kind, target_id, run_at, created_at)
    SELECT NEWID(), e.id, N'folder', e.id, SYSUTCDATETIME(), SYSUTCDATETIME() FROM #Expired AS e;
    DELETE x FROM dbo.ObjectiveFile AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ObjectiveComment AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.CheckIn DISABLE TRIGGER TR_CheckIn_delete;
    DELETE x FROM dbo.CheckIn AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.CheckIn ENABLE TRIGGER TR_CheckIn_delete;
    DELETE x FROM dbo.KeyResultFeed AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.KeyResult AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ObjectiveAlignment AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Objective AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.OkrCycle AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE f FROM dbo.WorkspaceFile AS f JOIN #Expired AS e ON e.id = f.workspace_id;
    DELETE u FROM dbo.WorkspaceUsage AS u JOIN #Expired AS e ON e.id = u.workspace_id;
    DELETE u FROM dbo.FileUpload AS u JOIN #Expired AS e ON e.id = u.workspace_id;
    DELETE k FROM dbo.AuditCheckpoint AS k JOIN #Expired AS e ON e.id = k.workspace_id;
    DELETE v FROM dbo.Event AS v JOIN #Expired AS e ON e.id = v.workspace_id;
    DELETE c FROM dbo.EventConsumer AS c JOIN #Expired AS e ON e.id = c.workspace_id;
    DELETE x FROM dbo.WebhookAttempt AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.WebhookDelivery AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.WebhookEndpoint AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ConnectorValue AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ConnectorSelection DISABLE TRIGGER TR_ConnectorSelection_delete;
    DELETE x FROM dbo.ConnectorSelection AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ConnectorSelection ENABLE TRIGGER TR_ConnectorSelection_delete;
    DELETE x FROM dbo.ConnectorBinding AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE i FROM dbo.IntegrationConnection AS i JOIN #Expired AS e ON e.id = i.workspace_id;
    DELETE c FROM dbo.LinkCheck AS c JOIN #Expired AS e ON e.id = c.workspace_id;
    DELETE l FROM dbo.WorkspaceExternalLink AS l JOIN #Expired AS e ON e.id = l.workspace_id;
    DELETE n FROM dbo.Invitation AS n JOIN #Expired AS e ON e.id = n.workspace_id;
    DELETE r FROM dbo.WorkspaceMove AS r JOIN #Expired AS e ON e.id = r.workspace_id;
    DELETE s FROM dbo.JoinLink AS s JOIN #Expired AS e ON e.id = s.workspace_id;
    DELETE x FROM dbo.WsConnection AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE t FROM dbo.OneTimeTicket AS t JOIN #Expired AS e ON e.id = t.workspace_id;
    DELETE t FROM dbo.OwnershipTransfer AS t JOIN #Expired AS e ON e.id = t.workspace_id;
    DELETE t FROM dbo.ScimGrant AS t JOIN #Expired AS e ON e.id = t.workspace_id;
    DELETE t FROM dbo.ScimGroupMapping AS t JOIN #Expired AS e ON e.id = t.workspace_id;
    DELETE x FROM dbo.SearchTerm AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.SearchDocument AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.CommentMention AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Comment AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.TaskWatcher AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.SavedFilter AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Notification AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.NotificationMute AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.OutboundMail AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.TaskLabel AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Label AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.TaskDependency AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.TaskTransition DISABLE TRIGGER TR_TaskTransition_delete;
    DELETE x FROM dbo.TaskTransition AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.TaskTransition ENABLE TRIGGER TR_TaskTransition_delete;
    DELETE x FROM dbo.Task AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.WorkflowInstance AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.WorkflowEdge DISABLE TRIGGER TR_WorkflowEdge_delete;
    DELETE x FROM dbo.WorkflowEdge AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.WorkflowEdge ENABLE TRIGGER TR_WorkflowEdge_delete;
    ALTER TABLE dbo.WorkflowNode DISABLE TRIGGER TR_WorkflowNode_delete;
    DELETE x FROM dbo.WorkflowNode AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.WorkflowNode ENABLE TRIGGER TR_WorkflowNode_delete;
    DELETE x FROM dbo.WorkflowTemplateVersion AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.WorkflowTemplate AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.BoardColumn AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Board AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ProjectMember AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ProjectKey AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.Project AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ApprovalDelegation AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ApprovalAuthor AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ObjectEditor AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.ApprovalDecider AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ApprovalDecision DISABLE TRIGGER TR_ApprovalDecision_delete;
    DELETE x FROM dbo.ApprovalDecision AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ApprovalDecision ENABLE TRIGGER TR_ApprovalDecision_delete;
    DELETE x FROM dbo.ApprovalRequest AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ApprovalFlow DISABLE TRIGGER TR_ApprovalFlow_delete;
    DELETE x FROM dbo.ApprovalFlow AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    ALTER TABLE dbo.ApprovalFlow ENABLE TRIGGER TR_ApprovalFlow_delete;
    DELETE r FROM dbo.ObjectRole AS r JOIN #Expired AS e ON e.id = r.workspace_id;
    DELETE m FROM dbo.WorkspaceMember AS m JOIN #Expired AS e ON e.id = m.workspace_id;
    DELETE x FROM dbo.EligibilityMapping AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.UserTypeHiddenState AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.UserTypePermission AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.UserType AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE x FROM dbo.TaskType AS x JOIN #Expired AS e ON e.id = x.workspace_id;
    DELETE h FROM dbo.WorkspaceHead AS h JOIN #Expired AS e ON e.id = h.workspace_id;
    DELETE w FROM dbo.Workspace AS w JOIN #Expired AS e ON e.id = w.id;
    COMMIT;
END;
DROP TABLE #Expired;
