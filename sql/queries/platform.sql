-- name: list_every_organization :many
-- Every organisation by name, after the cursor, in the range of keys that a name filter spans.
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformOrganizationRow
-- scope: global the platform's administrators see every organisation
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version
FROM Organization AS o
WHERE o.list_key > @after_key AND (@before_key IS NULL OR o.list_key < @before_key)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_organizations_by_status :many
-- As list_every_organization, those of one status: a query of its own, so that a rare one is still one index range.
-- param: status text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformOrganizationRow
-- scope: global the platform's administrators see every organisation
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version
FROM Organization AS o
WHERE o.status = @status AND o.list_key > @after_key
  AND (@before_key IS NULL OR o.list_key < @before_key)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_organizations_by_id :many
-- As list_every_organization, the one of an id, if it fits the rest.
-- param: org_id uuid
-- param: slug text?
-- param: status text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformOrganizationRow
-- scope: global the platform's administrators see every organisation
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version
FROM Organization AS o
WHERE o.id = @org_id AND (@status IS NULL OR o.status = @status)
  AND (@slug IS NULL OR o.slug = @slug)
  AND o.list_key > @after_key AND (@before_key IS NULL OR o.list_key < @before_key)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_organizations_by_slug :many
-- As list_every_organization, the one of a short name, if it fits the rest.
-- param: slug text
-- param: status text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformOrganizationRow
-- scope: global the platform's administrators see every organisation
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version
FROM Organization AS o
WHERE o.slug = @slug AND (@status IS NULL OR o.status = @status)
  AND o.list_key > @after_key AND (@before_key IS NULL OR o.list_key < @before_key)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_any_organization :optional
-- An organisation, for whoever need not be in it.
-- param: org_id uuid
-- returns: PlatformOrganizationRow
-- scope: global the platform's administrators see every organisation
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version
FROM Organization AS o
WHERE o.id = @org_id

-- name: get_any_workspace :optional
-- A workspace, deleted or not, for whoever need not be in it: nothing of what is in it.
-- param: workspace_id uuid
-- returns: PlatformWorkspaceRow
-- scope: workspace
SELECT w.id, w.name, w.org_id, w.status, w.held_by, w.archived_by, w.created_by, w.created_at, w.updated_at, w.deleted_at,
       w.version
FROM Workspace AS w
WHERE w.id = @workspace_id

-- name: list_every_workspace :many
-- Every workspace by name, after the cursor, in the range of keys that a name filter spans: those that are there, or
-- those that are deleted.
-- param: is_active bool
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformWorkspaceRow
-- scope: global tenant: the platform's administrators see that every workspace is there
SELECT w.id, w.name, w.org_id, w.status, w.held_by, w.archived_by, w.created_by, w.created_at, w.updated_at, w.deleted_at,
       w.version
FROM Workspace AS w
WHERE w.is_active = @is_active
  AND w.list_key > @after_key AND (@before_key IS NULL OR w.list_key < @before_key)
ORDER BY w.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_workspaces_by_status :many
-- As list_every_workspace, those of one status: a query of its own, so that a rare one is still one index range.
-- param: is_active bool
-- param: status text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformWorkspaceRow
-- scope: global tenant: the platform's administrators see that every workspace is there
SELECT w.id, w.name, w.org_id, w.status, w.held_by, w.archived_by, w.created_by, w.created_at, w.updated_at, w.deleted_at,
       w.version
FROM Workspace AS w
WHERE w.is_active = @is_active AND w.status = @status
  AND w.list_key > @after_key AND (@before_key IS NULL OR w.list_key < @before_key)
ORDER BY w.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_workspaces_of_organization :many
-- As list_every_workspace, those of one organisation.
-- param: is_active bool
-- param: org_id uuid
-- param: status text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformWorkspaceRow
-- scope: global tenant: the platform's administrators see that every workspace is there
SELECT w.id, w.name, w.org_id, w.status, w.held_by, w.archived_by, w.created_by, w.created_at, w.updated_at, w.deleted_at,
       w.version
FROM Workspace AS w
WHERE w.is_active = @is_active AND w.org_id = @org_id AND (@status IS NULL OR w.status = @status)
  AND w.list_key > @after_key AND (@before_key IS NULL OR w.list_key < @before_key)
ORDER BY w.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_workspaces_by_id :many
-- As list_every_workspace, the one of an id, if it fits the rest.
-- param: is_active bool
-- param: listed_id uuid
-- param: org_id uuid?
-- param: status text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformWorkspaceRow
-- scope: global tenant: the platform's administrators see that every workspace is there
SELECT w.id, w.name, w.org_id, w.status, w.held_by, w.archived_by, w.created_by, w.created_at, w.updated_at, w.deleted_at,
       w.version
FROM Workspace AS w
WHERE w.id = @listed_id AND w.is_active = @is_active AND (@status IS NULL OR w.status = @status)
  AND (@org_id IS NULL OR w.org_id = @org_id)
  AND w.list_key > @after_key AND (@before_key IS NULL OR w.list_key < @before_key)
ORDER BY w.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_every_user :many
-- Everybody by display name, after the cursor, in the range of keys that a name filter spans.
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformUserRow
-- scope: global the platform's administrators see everybody
SELECT u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin,
       CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected, u.last_seen_at, u.created_at, u.version,
       u.list_key
FROM UserAccount AS u
WHERE u.list_key > @after_key AND (@before_key IS NULL OR u.list_key < @before_key)
ORDER BY u.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_users_by_status :many
-- As list_every_user, those of one status: a query of its own, so that a rare one is still one index range.
-- param: status text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformUserRow
-- scope: global the platform's administrators see everybody
SELECT u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin,
       CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected, u.last_seen_at, u.created_at, u.version,
       u.list_key
FROM UserAccount AS u
WHERE u.status = @status AND u.list_key > @after_key AND (@before_key IS NULL OR u.list_key < @before_key)
ORDER BY u.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_users_by_id :many
-- As list_every_user, the one of an id, if they fit the rest.
-- param: account_id text
-- param: status text?
-- param: email_key text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformUserRow
-- scope: global the platform's administrators see everybody
SELECT u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin,
       CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected, u.last_seen_at, u.created_at, u.version,
       u.list_key
FROM UserAccount AS u
WHERE u.id = @account_id AND (@status IS NULL OR u.status = @status)
  AND (@email_key IS NULL OR u.email_key = @email_key)
  AND u.list_key > @after_key AND (@before_key IS NULL OR u.list_key < @before_key)
ORDER BY u.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_users_by_email :many
-- As list_every_user, those of an address: it is no identity, so there may be several.
-- param: email_key text
-- param: status text?
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: PlatformUserRow
-- scope: global the platform's administrators see everybody
SELECT u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin,
       CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected, u.last_seen_at, u.created_at, u.version,
       u.list_key
FROM UserAccount AS u
WHERE u.email_key = @email_key AND (@status IS NULL OR u.status = @status)
  AND u.list_key > @after_key AND (@before_key IS NULL OR u.list_key < @before_key)
ORDER BY u.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
