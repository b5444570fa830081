-- name: insert_task_type :queued
-- A new type of tasks. UQ_TaskType_name refuses a second of its name.
-- param: task_type_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: is_restricted bool
-- param: now time
-- scope: workspace
INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, description, is_restricted, created_at, updated_at)
VALUES (@task_type_id, @workspace_id, @name, @name_key, @list_key, @description, @is_restricted, @now, @now)

-- name: get_task_type :optional
-- One type by its id; never the one that stands for none.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- returns: TaskTypeRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.name, t.description, t.is_restricted, t.created_at, t.updated_at, t.version
FROM TaskType AS t
WHERE t.workspace_id = @workspace_id AND t.id = @task_type_id AND t.id <> N'00000000-0000-0000-0000-000000000000'

-- name: list_task_types :page
-- The types, by name, after the cursor; the one that stands for none has an empty key, which is after none.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: TaskTypeRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.name, t.description, t.is_restricted, t.created_at, t.updated_at, t.version
FROM TaskType AS t
WHERE t.workspace_id = @workspace_id AND t.list_key > @after_key
ORDER BY t.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_task_type :queued
-- What a type is called, and whether it is restricted. UQ_TaskType_name refuses another's name.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: is_restricted bool
-- param: now time
-- scope: workspace
UPDATE TaskType
SET name = @name, name_key = @name_key, list_key = @list_key, description = @description, is_restricted = @is_restricted,
    updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_type_id

-- name: delete_task_type :exec
-- Its mappings are gone before. FK_Task_TaskType refuses one that a task has, deleted tasks included.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- scope: workspace
DELETE FROM TaskType WHERE workspace_id = @workspace_id AND id = @task_type_id
