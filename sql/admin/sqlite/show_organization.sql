-- show_organization
-- What: An organisation: what it is, its members by role, its workspaces.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: org_id uuid  The organisation.

SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at FROM Organization AS o WHERE o.id = @org_id;
SELECT m.role, m.user_id, m.display_name, u.email, u.status, u.verified_at, u.last_seen_at, m.source, m.added_at, m.added_by
FROM OrganizationMember AS m JOIN UserAccount AS u ON u.id = m.user_id
WHERE m.org_id = @org_id
ORDER BY CASE m.role WHEN 'OWNER' THEN 1 WHEN 'ADMIN' THEN 2 ELSE 3 END, m.member_key;
SELECT w.id, w.name, w.status, w.held_by, w.deleted_at, w.created_at,
       (SELECT COUNT(*) FROM WorkspaceMember AS m WHERE m.workspace_id = w.id) AS members,
       (SELECT COUNT(*) FROM WorkspaceMember AS m WHERE m.workspace_id = w.id AND m.role = 'OWNER') AS owners
FROM Workspace AS w WHERE w.org_id = @org_id
ORDER BY w.list_key;
