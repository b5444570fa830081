-- purge_deleted_workspaces
-- What: Deletes for good what was deleted longer ago than the retention: members, audit log, files, projects, workspace.
-- Who:  a DBA, who may ALTER TABLE: the append-only triggers stand aside for it. The service's login may not.
-- Undo: only from a backup.
-- Note: the trigger is made again as the migration made it; a test compares them.
-- Note: by this server's clock, or by the time that the service's housekeeping goes by where that is earlier.
-- param: retention_days int = 90  How long a deleted workspace is kept.
-- param: batch int = 1000  Rows to delete in one transaction (SQLite: workspaces in one run).
-- param: dry_run bool = 1  1 only counts; 0 deletes.

CREATE TEMP TABLE Expired (id TEXT PRIMARY KEY);
BEGIN IMMEDIATE;
INSERT INTO temp.Expired
SELECT w.id FROM Workspace AS w
WHERE w.is_active = 0 AND w.deleted_at < strftime(
    '%Y-%m-%dT%H:%M:%f000Z',
    MIN(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), COALESCE((SELECT h.believed_at FROM Housekeeping AS h), '9999')),
    '-' || @retention_days || ' days'
)
ORDER BY w.deleted_at LIMIT @batch;
SELECT COUNT(*) AS workspaces,
       (SELECT COUNT(*) FROM WorkspaceMember AS m WHERE m.workspace_id IN (SELECT id FROM temp.Expired)) AS members,
       (SELECT COUNT(*) FROM AuditLog AS a WHERE a.workspace_id IN (SELECT id FROM temp.Expired)) AS audit_entries,
       @dry_run AS dry_run
FROM temp.Expired;
DELETE FROM temp.Expired WHERE @dry_run = 1;
DROP TRIGGER TR_AuditLog_delete;
DELETE FROM AuditLog WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_AuditLog_delete BEFORE DELETE ON AuditLog
BEGIN
    SELECT RAISE(ABORT, 'append-only: AuditLog');
END;
-- What waits for them has gone with them, but for one job each: the service removes their files.
DELETE FROM Job WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM JobSchedule WHERE workspace_id IN (SELECT id FROM temp.Expired);
INSERT INTO Job (id, workspace_id, kind, target_id, run_at, created_at)
SELECT e.id, e.id, 'folder', e.id, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')
FROM temp.Expired AS e;
DELETE FROM ObjectiveFile WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ObjectiveComment WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_CheckIn_delete;
DELETE FROM CheckIn WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_CheckIn_delete BEFORE DELETE ON CheckIn
BEGIN
    SELECT RAISE(ABORT, 'append-only: CheckIn');
END;
DELETE FROM KeyResultFeed WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM KeyResult WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ObjectiveAlignment WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Objective WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM OkrCycle WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceFile WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceUsage WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM FileUpload WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM AuditCheckpoint WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Event WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM EventConsumer WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WebhookAttempt WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WebhookDelivery WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WebhookEndpoint WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ConnectorValue WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_ConnectorSelection_delete;
DELETE FROM ConnectorSelection WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_ConnectorSelection_delete BEFORE DELETE ON ConnectorSelection
BEGIN
    SELECT RAISE(ABORT, 'append-only: ConnectorSelection');
END;
DELETE FROM ConnectorBinding WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM IntegrationConnection WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM LinkCheck WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceExternalLink WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Invitation WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceMove WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM JoinLink WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WsConnection WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM OneTimeTicket WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM OwnershipTransfer WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ScimGrant WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ScimGroupMapping WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM SearchTerm WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM SearchDocument WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM CommentMention WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Comment WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM TaskWatcher WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM SavedFilter WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Notification WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM NotificationMute WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM OutboundMail WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM TaskLabel WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Label WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM TaskDependency WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_TaskTransition_delete;
DELETE FROM TaskTransition WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_TaskTransition_delete BEFORE DELETE ON TaskTransition
BEGIN
    SELECT RAISE(ABORT, 'append-only: TaskTransition');
END;
DELETE FROM Task WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkflowInstance WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_WorkflowEdge_delete;
DELETE FROM WorkflowEdge WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_WorkflowEdge_delete BEFORE DELETE ON WorkflowEdge
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowEdge');
END;
DROP TRIGGER TR_WorkflowNode_delete;
DELETE FROM WorkflowNode WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_WorkflowNode_delete BEFORE DELETE ON WorkflowNode
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowNode');
END;
DELETE FROM WorkflowTemplateVersion WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkflowTemplate WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM BoardColumn WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Board WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ProjectMember WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ProjectKey WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Project WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ApprovalDelegation WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ApprovalAuthor WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ObjectEditor WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM ApprovalDecider WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_ApprovalDecision_delete;
DELETE FROM ApprovalDecision WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_ApprovalDecision_delete BEFORE DELETE ON ApprovalDecision
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalDecision');
END;
DELETE FROM ApprovalRequest WHERE workspace_id IN (SELECT id FROM temp.Expired);
DROP TRIGGER TR_ApprovalFlow_delete;
DELETE FROM ApprovalFlow WHERE workspace_id IN (SELECT id FROM temp.Expired);
CREATE TRIGGER TR_ApprovalFlow_delete BEFORE DELETE ON ApprovalFlow
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalFlow');
END;
DELETE FROM ObjectRole WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceMember WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM EligibilityMapping WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM UserTypeHiddenState WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM UserTypePermission WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM UserType WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM TaskType WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM WorkspaceHead WHERE workspace_id IN (SELECT id FROM temp.Expired);
DELETE FROM Workspace WHERE id IN (SELECT id FROM temp.Expired);
COMMIT;
