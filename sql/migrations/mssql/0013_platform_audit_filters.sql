-- What the log of an organisation, an account or the platform is filtered by.
-- The same indexes as sql/migrations/sqlite/0013_platform_audit_filters.sql; a test compares them.

CREATE INDEX IX_PlatformAuditLog_actor ON dbo.PlatformAuditLog (scope_type, scope_id, actor_id, seq);
CREATE INDEX IX_PlatformAuditLog_action ON dbo.PlatformAuditLog (scope_type, scope_id, action, seq);
GO
