-- name: beat :exec
-- A process says that it is there.
-- param: process_id uuid
-- param: now time
-- scope: global a process is nobody's
UPDATE WsProcess SET seen_at = @now WHERE id = @process_id

-- name: insert_process :queued
-- The first beat of one.
-- param: process_id uuid
-- param: now time
-- scope: global a process is nobody's
INSERT INTO WsProcess (id, seen_at) VALUES (@process_id, @now)

-- name: insert_connections :queued
-- Sockets of people of workspaces were opened in a process; who is no member any more is left out. connections: a JSON
-- array of objects.
-- param: process_id uuid
-- param: connections longtext
-- param: now time
-- scope: global tenant: a process tells of all who are let in there
-- dialect: mssql
INSERT INTO WsConnection (workspace_id, user_id, process_id, opened_at)
SELECT m.workspace_id, m.user_id, @process_id, @now
FROM OPENJSON(@connections) WITH (workspace_id UNIQUEIDENTIFIER '$.workspace_id', user_id NVARCHAR(200) '$.user_id') AS j
JOIN WorkspaceMember AS m ON m.workspace_id = j.workspace_id AND m.user_id = j.user_id COLLATE Latin1_General_100_BIN2
WHERE NOT EXISTS (SELECT 1 FROM WsConnection AS c
                  WHERE c.workspace_id = m.workspace_id AND c.user_id = m.user_id AND c.process_id = @process_id)
-- dialect: sqlite
INSERT INTO WsConnection (workspace_id, user_id, process_id, opened_at)
SELECT m.workspace_id, m.user_id, @process_id, @now
FROM json_each(@connections) AS j
JOIN WorkspaceMember AS m ON m.workspace_id = j.value ->> '$.workspace_id' AND m.user_id = j.value ->> '$.user_id'
WHERE NOT EXISTS (SELECT 1 FROM WsConnection AS c
                  WHERE c.workspace_id = m.workspace_id AND c.user_id = m.user_id AND c.process_id = @process_id)

-- name: delete_connections :queued
-- The last socket of somebody of a workspace was closed in a process. connections: a JSON array of objects.
-- param: process_id uuid
-- param: connections longtext
-- scope: global tenant: a process tells of all who are let in there
-- dialect: mssql
DELETE FROM WsConnection
WHERE process_id = @process_id
  AND EXISTS (SELECT 1
              FROM OPENJSON(@connections) WITH (workspace_id UNIQUEIDENTIFIER '$.workspace_id',
                                                user_id NVARCHAR(200) '$.user_id') AS j
              WHERE j.workspace_id = WsConnection.workspace_id
                AND j.user_id COLLATE Latin1_General_100_BIN2 = WsConnection.user_id)
-- dialect: sqlite
DELETE FROM WsConnection
WHERE process_id = @process_id
  AND (workspace_id, user_id) IN (SELECT j.value ->> '$.workspace_id', j.value ->> '$.user_id'
                                  FROM json_each(@connections) AS j)

-- name: delete_connections_of_process :queued
-- All that a process had open.
-- param: process_id uuid
-- scope: global tenant: a process tells of all who are let in there
DELETE FROM WsConnection WHERE process_id = @process_id

-- name: delete_process :queued
-- It ends; its connections went before.
-- param: process_id uuid
-- scope: global a process is nobody's
DELETE FROM WsProcess WHERE id = @process_id

-- name: list_present :many
-- Who has a socket of these workspaces open, in any process that is there. ids: a JSON array.
-- param: ids longtext
-- param: since time
-- param: until time
-- returns: PresentRow
-- scope: global tenant: one task looks on behalf of all who follow; each is told what they may see
SELECT DISTINCT c.workspace_id, c.user_id, m.is_guest, CASE WHEN h.user_id IS NULL THEN 0 ELSE 1 END AS is_hidden
FROM OPENJSON(@ids) AS j
JOIN WsConnection AS c ON c.workspace_id = CAST(j.value AS UNIQUEIDENTIFIER)
JOIN WsProcess AS p ON p.id = c.process_id
JOIN WorkspaceMember AS m ON m.workspace_id = c.workspace_id AND m.user_id = c.user_id
LEFT JOIN HiddenPresence AS h ON h.user_id = c.user_id
WHERE p.seen_at >= @since AND p.seen_at <= @until

-- name: list_presence :many
-- The members of a workspace who have a socket open and want to be shown, by their ids, after the cursor.
-- param: workspace_id uuid
-- param: since time
-- param: until time
-- param: after_id text
-- param: page_size int
-- returns: PresenceRow
-- scope: global tenant: of one workspace, whose members they are; a process is nobody's
-- plan: sorts those of one workspace who have a socket open, by whom they are
SELECT m.user_id, m.display_name, MIN(c.opened_at) AS present_since
FROM WsConnection AS c
JOIN WsProcess AS p ON p.id = c.process_id
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = c.user_id
WHERE c.workspace_id = @workspace_id AND c.user_id > @after_id AND p.seen_at >= @since AND p.seen_at <= @until
  AND NOT EXISTS (SELECT 1 FROM HiddenPresence AS h WHERE h.user_id = c.user_id)
GROUP BY m.user_id, m.display_name
ORDER BY m.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: read_hidden :optional
-- Since when the person is not shown.
-- param: user_id text
-- returns: HiddenPresenceRow
-- scope: caller
SELECT h.hidden_at FROM HiddenPresence AS h WHERE h.user_id = @user_id

-- name: hide :queued
-- Right only while the caller holds lock_account.
-- param: user_id text
-- param: now time
-- scope: caller
INSERT INTO HiddenPresence (user_id, hidden_at) VALUES (@user_id, @now)

-- name: show :queued
-- The person is shown again.
-- param: user_id text
-- scope: caller
DELETE FROM HiddenPresence WHERE user_id = @user_id
