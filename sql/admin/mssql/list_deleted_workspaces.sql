-- list_deleted_workspaces
-- What: Workspaces that were deleted and not purged, the longest gone first.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: older_than_days int = 0  Only those deleted at least so many days ago.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @older_than_days BIGINT = 0;

SELECT w.id, w.name, w.deleted_at, DATEDIFF(DAY, w.deleted_at, SYSUTCDATETIME()) AS days, w.created_by,
       (SELECT COUNT(*) FROM dbo.WorkspaceMember AS m WHERE m.workspace_id = w.id) AS members,
       (SELECT COUNT(*) FROM dbo.AuditLog AS a WHERE a.workspace_id = w.id) AS audit_entries
FROM dbo.Workspace AS w
WHERE w.is_active = 0 AND DATEDIFF(DAY, w.deleted_at, SYSUTCDATETIME()) >= @older_than_days
ORDER BY w.deleted_at;
