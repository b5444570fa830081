-- name: insert_filter :queued
-- A filter that is kept.
-- param: filter_id uuid
-- param: workspace_id uuid
-- param: owner_id text
-- param: name text
-- param: list_key text
-- param: definition longtext
-- param: is_shared bool
-- param: now time
-- scope: workspace
INSERT INTO SavedFilter (id, workspace_id, owner_id, name, list_key, definition, is_shared, created_at, updated_at)
VALUES (@filter_id, @workspace_id, @owner_id, @name, @list_key, @definition, @is_shared, @now, @now)

-- name: get_filter :optional
-- One filter that is the caller's own, or shared with them.
-- param: workspace_id uuid
-- param: user_id text
-- param: sees_shared bool
-- param: filter_id uuid
-- returns: FilterRow
-- scope: workspace
SELECT f.id, f.workspace_id, f.owner_id, f.name, f.definition AS filter, f.is_shared, f.created_at, f.updated_at, f.version
FROM SavedFilter AS f
WHERE f.workspace_id = @workspace_id AND f.id = @filter_id AND (f.owner_id = @user_id OR (f.is_shared = 1 AND @sees_shared = 1))

-- name: list_filters :page
-- The caller's own and those that others share, by name, after the cursor: the first of two ranges.
-- param: workspace_id uuid
-- param: user_id text
-- param: sees_shared bool
-- param: after_key text
-- param: page_size int
-- returns: FilterRow
-- scope: workspace
-- plan: sorts the first of two ranges
SELECT f.id, f.workspace_id, f.owner_id, f.name, f.definition AS filter, f.is_shared, f.created_at, f.updated_at, f.version
FROM (SELECT o.id FROM (
          SELECT a.id FROM SavedFilter AS a
          WHERE a.workspace_id = @workspace_id AND a.owner_id = @user_id AND a.list_key > @after_key
          ORDER BY a.list_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY) AS o
      UNION ALL
      SELECT s.id FROM (
          SELECT b.id FROM SavedFilter AS b
          WHERE b.workspace_id = @workspace_id AND b.is_shared = 1 AND @sees_shared = 1 AND b.owner_id <> @user_id AND b.list_key > @after_key
          ORDER BY b.list_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY) AS s) AS c
CROSS JOIN SavedFilter AS f
WHERE f.workspace_id = @workspace_id AND f.id = c.id
ORDER BY f.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_filter :queued
-- Takes the filter's row: what is read of it next holds to the commit.
-- param: workspace_id uuid
-- param: filter_id uuid
-- scope: workspace
UPDATE SavedFilter SET version = version WHERE workspace_id = @workspace_id AND id = @filter_id

-- name: update_filter :queued
-- What it asks, its name, and who has it. The caller holds lock_filter.
-- param: workspace_id uuid
-- param: filter_id uuid
-- param: name text
-- param: list_key text
-- param: definition longtext
-- param: is_shared bool
-- param: now time
-- scope: workspace
UPDATE SavedFilter
SET name = @name, list_key = @list_key, definition = @definition, is_shared = @is_shared, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @filter_id

-- name: delete_filter :queued
-- It is kept no more.
-- param: workspace_id uuid
-- param: filter_id uuid
-- scope: workspace
DELETE FROM SavedFilter WHERE workspace_id = @workspace_id AND id = @filter_id

-- name: delete_own_filters :queued
-- Those that somebody shared with nobody: with the membership they go. account_id: whose.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM SavedFilter WHERE workspace_id = @workspace_id AND owner_id = @account_id AND is_shared = 0
