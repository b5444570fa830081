-- name: insert_editor :queued
-- Somebody changed what is approved of an object, whose row is held.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: account_id text
-- scope: workspace
INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT @workspace_id, @object_type, @object_id, @account_id
WHERE NOT EXISTS (
    SELECT 1 FROM ObjectEditor AS e
    WHERE e.workspace_id = @workspace_id AND e.object_type = @object_type AND e.object_id = @object_id AND e.user_id = @account_id
)

-- name: list_editors :many
-- Whoever has changed an object since it was approved last.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- returns: EditorRow
-- scope: workspace
SELECT e.user_id
FROM ObjectEditor AS e
WHERE e.workspace_id = @workspace_id AND e.object_type = @object_type AND e.object_id = @object_id

-- name: delete_editors :queued
-- What an object says is approved, or the object goes.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- scope: workspace
DELETE FROM ObjectEditor WHERE workspace_id = @workspace_id AND object_type = @object_type AND object_id = @object_id

-- name: insert_authors :queued
-- Whose work was submitted, a JSON array, and of which user type each of them is now.
-- param: workspace_id uuid
-- param: request_id uuid
-- param: people longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT @workspace_id, @request_id, j.account_id COLLATE Latin1_General_100_BIN2, m.user_type_id
FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
-- dialect: sqlite
INSERT INTO ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT @workspace_id, @request_id, j.value, m.user_type_id
FROM json_each(@people) AS j
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.value

-- name: list_authors :many
-- Whose work the requests of a JSON array are about.
-- param: workspace_id uuid
-- param: requests longtext
-- returns: AuthorRow
-- scope: workspace
SELECT a.request_id, a.user_id, a.user_type_id
FROM OPENJSON(@requests) AS j
CROSS JOIN ApprovalAuthor AS a
WHERE a.workspace_id = @workspace_id AND a.request_id = CAST(j.value AS UNIQUEIDENTIFIER)
