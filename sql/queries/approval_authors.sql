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

-- name: copy_editors :queued
-- Copies say what their originals say, and have their authors: who changed it since it was approved last, and whose work was
-- approved then. copies: a JSON array of arrays that begin with an old and a new id. After what the copies say: whoever
-- writes in between is one more. INDEXED BY: it would go to an object's requests through all of the workspace.
-- param: workspace_id uuid
-- param: object_type text
-- param: copies longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT @workspace_id, @object_type, j.new_id, e.user_id
FROM OPENJSON(@copies) WITH (old_id UNIQUEIDENTIFIER '$[0]', new_id UNIQUEIDENTIFIER '$[1]') AS j
JOIN ObjectEditor AS e ON e.workspace_id = @workspace_id AND e.object_type = @object_type AND e.object_id = j.old_id
UNION
SELECT @workspace_id, @object_type, j.new_id, a.user_id
FROM OPENJSON(@copies) WITH (old_id UNIQUEIDENTIFIER '$[0]', new_id UNIQUEIDENTIFIER '$[1]') AS j
JOIN ApprovalRequest AS r ON r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = j.old_id
                         AND r.state = N'APPROVED'
JOIN ApprovalAuthor AS a ON a.workspace_id = @workspace_id AND a.request_id = r.id
WHERE NOT EXISTS (
    SELECT 1 FROM ApprovalRequest AS n
    WHERE n.workspace_id = @workspace_id AND n.object_type = @object_type AND n.object_id = r.object_id
      AND n.state = N'APPROVED' AND n.object_version > r.object_version
)
-- dialect: sqlite
INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT @workspace_id, @object_type, j.value ->> '$[1]', e.user_id
FROM json_each(@copies) AS j
CROSS JOIN ObjectEditor AS e
WHERE e.workspace_id = @workspace_id AND e.object_type = @object_type AND e.object_id = j.value ->> '$[0]'
UNION
SELECT @workspace_id, @object_type, j.value ->> '$[1]', a.user_id
FROM json_each(@copies) AS j
CROSS JOIN ApprovalRequest AS r INDEXED BY IX_ApprovalRequest_object
CROSS JOIN ApprovalAuthor AS a
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = j.value ->> '$[0]'
  AND r.state = 'APPROVED' AND a.workspace_id = @workspace_id AND a.request_id = r.id
  AND NOT EXISTS (
    SELECT 1 FROM ApprovalRequest AS n INDEXED BY IX_ApprovalRequest_object
    WHERE n.workspace_id = @workspace_id AND n.object_type = @object_type AND n.object_id = r.object_id
      AND n.state = 'APPROVED' AND n.object_version > r.object_version
)

-- name: copy_authors_of_version :queued
-- A copy says what one version of an object says, and has the authors whose work was approved as that version.
-- param: workspace_id uuid
-- param: object_type text
-- param: object_id uuid
-- param: object_version int
-- param: copy_id uuid
-- scope: workspace
-- dialect: mssql
INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT DISTINCT @workspace_id, @object_type, @copy_id, a.user_id
FROM ApprovalRequest AS r
CROSS JOIN ApprovalAuthor AS a
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = @object_id
  AND r.object_version = @object_version AND r.state = N'APPROVED'
  AND a.workspace_id = @workspace_id AND a.request_id = r.id
-- dialect: sqlite
INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT DISTINCT @workspace_id, @object_type, @copy_id, a.user_id
FROM ApprovalRequest AS r INDEXED BY IX_ApprovalRequest_object
CROSS JOIN ApprovalAuthor AS a
WHERE r.workspace_id = @workspace_id AND r.object_type = @object_type AND r.object_id = @object_id
  AND r.object_version = @object_version AND r.state = 'APPROVED'
  AND a.workspace_id = @workspace_id AND a.request_id = r.id
