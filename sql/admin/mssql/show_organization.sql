-- show_organization
-- What: An organisation: what it is, its members by role, its workspaces.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: org_id uuid  The organisation.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @org_id UNIQUEIDENTIFIER = NULL;

SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at FROM dbo.Organization AS o WHERE o.id = @org_id;
SELECT m.role, m.user_id, m.display_name, u.email, u.status, u.verified_at, u.last_seen_at, m.source, m.added_at, m.added_by
FROM dbo.OrganizationMember AS m JOIN dbo.UserAccount AS u ON u.id = m.user_id
WHERE m.org_id = @org_id
ORDER BY CASE m.role WHEN N'OWNER' THEN 1 WHEN N'ADMIN' THEN 2 ELSE 3 END, m.member_key;
SELECT w.id, w.name, w.status, w.held_by, w.deleted_at, w.created_at,
       (SELECT COUNT(*) FROM dbo.WorkspaceMember AS m WHERE m.workspace_id = w.id) AS members,
       (SELECT COUNT(*) FROM dbo.WorkspaceMember AS m WHERE m.workspace_id = w.id AND m.role = N'OWNER') AS owners
FROM dbo.Workspace AS w WHERE w.org_id = @org_id
ORDER BY w.list_key;
