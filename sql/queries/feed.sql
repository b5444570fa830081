-- name: list_event_seqs :many
-- The numbers of the last events of these workspaces. ids: a JSON array.
-- param: ids longtext
-- returns: HeadSeqRow
-- scope: global tenant: one task looks on behalf of all who follow; a number is all that it finds, and each reads by themselves
SELECT h.workspace_id, h.event_seq
FROM OPENJSON(@ids) AS j
JOIN WorkspaceHead AS h ON h.workspace_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_ended_sessions :many
-- Which of these sessions are over: the account is not active or was signed out everywhere, or this token was ended.
-- sessions: a JSON array of objects.
-- param: sessions longtext
-- returns: EndedSessionRow
-- scope: global one task looks on behalf of all who follow
-- dialect: mssql
SELECT j.place
FROM OPENJSON(@sessions) WITH (place INT '$.place', user_id NVARCHAR(200) '$.user_id', jti UNIQUEIDENTIFIER '$.jti',
                               version INT '$.version') AS j
LEFT JOIN UserAccount AS u ON u.id = j.user_id COLLATE Latin1_General_100_BIN2
LEFT JOIN TokenRevocation AS r ON r.jti = j.jti
WHERE u.id IS NULL OR u.status <> N'ACTIVE' OR u.session_version <> j.version OR r.user_id = u.id
-- dialect: sqlite
SELECT j.value ->> '$.place' AS place
FROM json_each(@sessions) AS j
LEFT JOIN UserAccount AS u ON u.id = j.value ->> '$.user_id'
LEFT JOIN TokenRevocation AS r ON r.jti = j.value ->> '$.jti'
WHERE u.id IS NULL OR u.status <> 'ACTIVE' OR u.session_version <> j.value ->> '$.version' OR r.user_id = u.id
