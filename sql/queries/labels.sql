-- name: insert_label :queued
-- A label of the workspace. UQ_Label_name refuses a second of the name.
-- param: label_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: color text?
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO Label (id, workspace_id, name, name_key, list_key, color, created_by, created_at, updated_at)
VALUES (@label_id, @workspace_id, @name, @name_key, @list_key, @color, @created_by, @now, @now)

-- name: get_label :optional
-- One label.
-- param: workspace_id uuid
-- param: label_id uuid
-- returns: LabelRow
-- scope: workspace
SELECT l.id, l.name, l.color, l.created_by, l.created_at, l.updated_at, l.version
FROM Label AS l
WHERE l.workspace_id = @workspace_id AND l.id = @label_id

-- name: list_labels :many
-- The labels, by name, after after_key and before before_key.
-- param: workspace_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: LabelRow
-- scope: workspace
SELECT l.id, l.name, l.color, l.created_by, l.created_at, l.updated_at, l.version
FROM Label AS l
WHERE l.workspace_id = @workspace_id AND l.list_key > @after_key AND (@before_key IS NULL OR l.list_key < @before_key)
ORDER BY l.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_label :queued
-- Takes the label's row: whoever changes or deletes it, or puts it on a task, waits.
-- param: workspace_id uuid
-- param: label_id uuid
-- scope: workspace
UPDATE Label SET version = version WHERE workspace_id = @workspace_id AND id = @label_id

-- name: update_label :queued
-- Another name or colour.
-- param: workspace_id uuid
-- param: label_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: color text?
-- param: now time
-- scope: workspace
UPDATE Label
SET name = @name, name_key = @name_key, list_key = @list_key, color = @color, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @label_id

-- name: take_label_off_tasks :queued
-- Off every task that has it. The caller holds lock_label.
-- param: workspace_id uuid
-- param: label_id uuid
-- scope: workspace
DELETE FROM TaskLabel WHERE workspace_id = @workspace_id AND label_id = @label_id

-- name: delete_label :queued
-- It is gone; it has been taken off every task before.
-- param: workspace_id uuid
-- param: label_id uuid
-- scope: workspace
DELETE FROM Label WHERE workspace_id = @workspace_id AND id = @label_id

-- name: list_task_labels :many
-- The labels of a task that the caller may see, by name, after the cursor. CROSS JOIN keeps SQLite from walking all labels.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_key text
-- param: page_size int
-- returns: LabelRow
-- scope: workspace
-- plan: sorts what a task may have, which is few
SELECT l.id, l.name, l.color, l.created_by, l.created_at, l.updated_at, l.version
FROM Task AS t
CROSS JOIN TaskLabel AS x
CROSS JOIN Label AS l
WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND x.workspace_id = @workspace_id AND x.doc_no = t.doc_no
  AND l.workspace_id = @workspace_id AND l.id = x.label_id AND l.list_key > @after_key
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY l.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: count_task_labels :value
-- How many labels a task has. Right only while the caller holds lock_task.
-- param: workspace_id uuid
-- param: doc_no int
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS labels FROM TaskLabel AS x WHERE x.workspace_id = @workspace_id AND x.doc_no = @doc_no

-- name: put_label_on_task :exec
-- Unless the task has it. The caller holds lock_task and lock_label, and has been found to be allowed.
-- param: workspace_id uuid
-- param: label_id uuid
-- param: doc_no int
-- scope: workspace
INSERT INTO TaskLabel (workspace_id, label_id, doc_no)
SELECT @workspace_id, l.id, @doc_no
FROM Label AS l
WHERE l.workspace_id = @workspace_id AND l.id = @label_id
  AND NOT EXISTS (SELECT 1 FROM TaskLabel AS x
                  WHERE x.workspace_id = @workspace_id AND x.label_id = @label_id AND x.doc_no = @doc_no)

-- name: take_label_off_task :exec
-- If the task has it.
-- param: workspace_id uuid
-- param: label_id uuid
-- param: doc_no int
-- scope: workspace
DELETE FROM TaskLabel WHERE workspace_id = @workspace_id AND label_id = @label_id AND doc_no = @doc_no
