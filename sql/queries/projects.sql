-- name: insert_project :queued
-- A new project or event. Its key follows in the same transaction.
-- param: project_id uuid
-- param: workspace_id uuid
-- param: kind text
-- param: project_key text
-- param: name text
-- param: list_key text
-- param: description longtext?
-- param: visibility text
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO Project (id, workspace_id, kind, project_key, name, list_key, description, visibility, created_by, created_at,
                     updated_at)
VALUES (@project_id, @workspace_id, @kind, @project_key, @name, @list_key, @description, @visibility, @created_by, @now, @now)

-- name: insert_project_key :queued
-- A key is a project's from now on and for ever. PK_ProjectKey refuses one that any project has or had.
-- param: workspace_id uuid
-- param: project_key text
-- param: project_id uuid
-- scope: workspace
INSERT INTO ProjectKey (workspace_id, project_key, project_id) VALUES (@workspace_id, @project_key, @project_id)

-- name: has_project_key :value
-- Whether a key is or was this project's. Right only while the caller holds lock_project.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: project_key text
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM ProjectKey AS k
    WHERE k.workspace_id = @workspace_id AND k.project_key = @project_key AND k.project_id = @project_id
) THEN 1 ELSE 0 END AS has_project_key

-- name: lock_project :queued
-- Takes the guard row of everything decided about a project, as lock_workspace does: its status, its keys, the numbers of
-- its tasks, their dependencies.
-- param: workspace_id uuid
-- param: project_id uuid
-- scope: workspace
-- rule: none for Project, changes nothing, and is followed by get_project
UPDATE Project SET version = version WHERE workspace_id = @workspace_id AND id = @project_id

-- name: get_project :optional
-- A project that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- returns: ProjectRow
-- scope: workspace
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.id = @project_id AND p.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)

-- name: get_project_by_key :optional
-- As get_project, by a key that it has or had.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_key text
-- returns: ProjectRow
-- scope: workspace
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM ProjectKey AS k
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = k.project_id
WHERE k.workspace_id = @workspace_id AND k.project_key = @project_key AND p.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)

-- name: list_projects :page
-- The projects of a kind and status that the caller may see, by name, after the cursor, in the range of keys that a name
-- filter spans. It looks at each of the workspace's, so it is for who may see most; others use list_joined_projects.
-- param: workspace_id uuid
-- param: user_id text
-- param: kind text
-- param: status text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: ProjectRow
-- scope: workspace
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.kind = @kind AND p.status = @status AND p.deleted_at IS NULL
  AND p.list_key > @after_key AND (@before_key IS NULL OR p.list_key < @before_key)
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
ORDER BY p.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_joined_projects :page
-- As list_projects, of those that the caller is a member of.
-- param: workspace_id uuid
-- param: user_id text
-- param: kind text
-- param: status text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: ProjectRow
-- scope: workspace
-- plan: sorts what one person is a member of, however many projects the workspace has
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM ProjectMember AS pm
CROSS JOIN Project AS p
WHERE pm.workspace_id = @workspace_id AND pm.user_id = @user_id
  AND p.workspace_id = @workspace_id AND p.id = pm.project_id
  AND p.kind = @kind AND p.status = @status AND p.deleted_at IS NULL
  AND p.list_key > @after_key AND (@before_key IS NULL OR p.list_key < @before_key)
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
ORDER BY p.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_project :queued
-- What its people may change of a project.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: project_key text
-- param: name text
-- param: list_key text
-- param: description longtext?
-- param: visibility text
-- param: now time
-- scope: workspace
UPDATE Project
SET project_key = @project_key, name = @name, list_key = @list_key, description = @description, visibility = @visibility,
    updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @project_id AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = Project.id)

-- name: set_project_status :queued
-- Takes a project out of work, or puts it back.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: status text
-- param: now time
-- scope: workspace
UPDATE Project
SET status = @status, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @project_id AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = Project.id)

-- name: delete_project :queued
-- Soft delete: nothing of it is lost, and nothing is seen.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid
-- param: now time
-- scope: workspace
UPDATE Project
SET deleted_at = @now, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @project_id AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = Project.id)

-- name: restore_project :queued
-- Takes a soft delete back: the project is as it was, archived or not.
-- param: workspace_id uuid
-- param: project_id uuid
-- param: now time
-- scope: workspace
-- rule: none for Project, no view shows what is deleted; ADMINs alone
UPDATE Project
SET deleted_at = NULL, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @project_id AND deleted_at IS NOT NULL

-- name: get_deleted_project :optional
-- A deleted project, which no view of access shows: for ADMINs.
-- param: workspace_id uuid
-- param: project_id uuid
-- returns: ProjectRow
-- scope: workspace
-- rule: none for p, no view shows what is deleted; ADMINs alone
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.id = @project_id AND p.deleted_at IS NOT NULL

-- name: list_deleted_projects :page
-- The deleted projects of a kind, archived or not, by name, after the cursor, in the range of keys that a name filter
-- spans: for ADMINs.
-- param: workspace_id uuid
-- param: kind text
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: ProjectRow
-- scope: workspace
-- rule: none for p, no view shows what is deleted; ADMINs alone
SELECT p.id, p.workspace_id, p.kind, p.project_key AS "key", p.name, p.description, p.visibility, p.status, p.created_by,
       p.created_at, p.updated_at, p.deleted_at, p.version
FROM Project AS p
WHERE p.workspace_id = @workspace_id AND p.kind = @kind AND p.deleted_at IS NOT NULL
  AND p.list_key > @after_key AND (@before_key IS NULL OR p.list_key < @before_key)
ORDER BY p.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
