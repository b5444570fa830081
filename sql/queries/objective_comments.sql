-- name: insert_objective_comment :queued
-- A comment on an objective, whose row the caller holds.
-- param: workspace_id uuid
-- param: comment_id uuid
-- param: objective_id uuid
-- param: body longtext
-- param: list_key ascii
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO ObjectiveComment (id, workspace_id, objective_id, body, list_key, created_by, created_at)
VALUES (@comment_id, @workspace_id, @objective_id, @body, @list_key, @created_by, @now)

-- name: get_objective_comment :optional
-- One comment on an objective that was not deleted.
-- param: workspace_id uuid
-- param: comment_id uuid
-- returns: ObjectiveCommentRow
-- scope: workspace
SELECT c.id, c.objective_id, c.body, c.created_by, c.created_at, c.edited_at, c.version
FROM ObjectiveComment AS c
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = c.objective_id
WHERE c.workspace_id = @workspace_id AND c.id = @comment_id AND o.deleted_at IS NULL

-- name: list_objective_comments :page
-- What was said of an objective, the oldest first, after the cursor.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: after_key ascii
-- param: page_size int
-- returns: ObjectiveCommentRow
-- scope: workspace
SELECT c.id, c.objective_id, c.body, c.created_by, c.created_at, c.edited_at, c.version
FROM ObjectiveComment AS c
WHERE c.workspace_id = @workspace_id AND c.objective_id = @objective_id AND c.list_key > @after_key
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_objective_comment :queued
-- Another text. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: comment_id uuid
-- param: body longtext
-- param: now time
-- scope: workspace
UPDATE ObjectiveComment SET body = @body, edited_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @comment_id

-- name: delete_objective_comment :queued
-- It is gone. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: comment_id uuid
-- scope: workspace
DELETE FROM ObjectiveComment WHERE workspace_id = @workspace_id AND id = @comment_id
