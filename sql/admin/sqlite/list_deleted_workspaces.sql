-- list_deleted_workspaces
-- What: Workspaces that were deleted and not purged, the longest gone first.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: older_than_days int = 0  Only those deleted at least so many days ago.

SELECT w.id, w.name, w.deleted_at, CAST(julianday('now') - julianday(w.deleted_at) AS INTEGER) AS days, w.created_by,
       (SELECT COUNT(*) FROM WorkspaceMember AS m WHERE m.workspace_id = w.id) AS members,
       (SELECT COUNT(*) FROM AuditLog AS a WHERE a.workspace_id = w.id) AS audit_entries
FROM Workspace AS w
WHERE w.is_active = 0 AND CAST(julianday('now') - julianday(w.deleted_at) AS INTEGER) >= @older_than_days
ORDER BY w.deleted_at;
