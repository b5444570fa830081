-- name: get_mapping :optional
-- Whether people of a type are mapped to tasks of a type.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: task_type_id uuid
-- returns: MappingRow
-- scope: workspace
SELECT m.user_type_id, m.task_type_id, m.created_at, m.created_by
FROM EligibilityMapping AS m
WHERE m.workspace_id = @workspace_id AND m.user_type_id = @user_type_id AND m.task_type_id = @task_type_id

-- name: list_mappings :many
-- The mappings, in the order of the key, after the cursor: its user type's that come after its task type, then those of
-- the user types after it. The order is the engine's own of ids, which a cursor does not outlive.
-- param: workspace_id uuid
-- param: after_user_type_id uuid
-- param: after_task_type_id uuid
-- param: page_size int
-- returns: MappingRow
-- scope: workspace
SELECT m.user_type_id, m.task_type_id, m.created_at, m.created_by
FROM EligibilityMapping AS m
WHERE m.workspace_id = @workspace_id AND m.user_type_id >= @after_user_type_id
  AND (m.user_type_id > @after_user_type_id OR m.task_type_id > @after_task_type_id)
ORDER BY m.user_type_id, m.task_type_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_mappings_of_user_type :many
-- As list_mappings, of one user type.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: after_task_type_id uuid
-- param: page_size int
-- returns: MappingRow
-- scope: workspace
SELECT m.user_type_id, m.task_type_id, m.created_at, m.created_by
FROM EligibilityMapping AS m
WHERE m.workspace_id = @workspace_id AND m.user_type_id = @user_type_id AND m.task_type_id > @after_task_type_id
ORDER BY m.task_type_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_mappings_of_task_type :many
-- As list_mappings, of one task type.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- param: after_user_type_id uuid
-- param: page_size int
-- returns: MappingRow
-- scope: workspace
SELECT m.user_type_id, m.task_type_id, m.created_at, m.created_by
FROM EligibilityMapping AS m
WHERE m.workspace_id = @workspace_id AND m.task_type_id = @task_type_id AND m.user_type_id > @after_user_type_id
ORDER BY m.user_type_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: insert_mapping :queued
-- Lets people of a type see restricted tasks of a type.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: task_type_id uuid
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO EligibilityMapping (workspace_id, user_type_id, task_type_id, created_at, created_by)
VALUES (@workspace_id, @user_type_id, @task_type_id, @now, @created_by)

-- name: delete_mapping :queued
-- Takes that back.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- param: task_type_id uuid
-- scope: workspace
DELETE FROM EligibilityMapping
WHERE workspace_id = @workspace_id AND user_type_id = @user_type_id AND task_type_id = @task_type_id

-- name: delete_mappings_of_user_type :queued
-- Before the type itself.
-- param: workspace_id uuid
-- param: user_type_id uuid
-- scope: workspace
DELETE FROM EligibilityMapping WHERE workspace_id = @workspace_id AND user_type_id = @user_type_id

-- name: delete_mappings_of_task_type :queued
-- Before the type itself.
-- param: workspace_id uuid
-- param: task_type_id uuid
-- scope: workspace
DELETE FROM EligibilityMapping WHERE workspace_id = @workspace_id AND task_type_id = @task_type_id
