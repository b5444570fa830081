-- name: list_role_permissions :many
-- The ceiling that each role puts on what user types grant; the same in every workspace, and no request writes it.
-- returns: RolePermissionRow
-- scope: global the list belongs to nobody
SELECT r.role, r.permission FROM RolePermission AS r
