-- find_orphans
-- What: Rows that do not belong together any more, each with what is wrong with it.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.

SELECT 'Workspace' AS found_in, w.id AS id, 'has no head for its audit chain' AS problem
FROM Workspace AS w WHERE NOT EXISTS (SELECT 1 FROM WorkspaceHead AS h WHERE h.workspace_id = w.id)
UNION ALL
SELECT 'Workspace' AS found_in, w.id AS id, 'has no OWNER who has signed in' AS problem
FROM Workspace AS w WHERE NOT EXISTS (
    SELECT 1 FROM WorkspaceMember AS m JOIN UserAccount AS u ON u.id = m.user_id
    WHERE m.workspace_id = w.id AND m.role = 'OWNER' AND u.verified_at IS NOT NULL)
UNION ALL
SELECT 'WorkspaceMember' AS found_in, m.id AS id, 'is of no workspace' AS problem
FROM WorkspaceMember AS m WHERE NOT EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = m.workspace_id)
UNION ALL
SELECT 'WorkspaceMember' AS found_in, m.id AS id, 'is of no account' AS problem
FROM WorkspaceMember AS m WHERE NOT EXISTS (SELECT 1 FROM UserAccount AS u WHERE u.id = m.user_id)
UNION ALL
SELECT 'WorkspaceMember' AS found_in, m.id AS id, 'sorts under another name than its workspace' AS problem
FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id WHERE m.list_key <> w.list_key
UNION ALL
SELECT 'AuditLog' AS found_in, a.id AS id, 'is of no workspace' AS problem
FROM AuditLog AS a WHERE NOT EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = a.workspace_id)
UNION ALL
SELECT 'WorkspaceFile' AS found_in, f.id AS id, 'is of no workspace' AS problem
FROM WorkspaceFile AS f WHERE NOT EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = f.workspace_id)
UNION ALL
SELECT 'WorkspaceFile' AS found_in, f.id AS id, 'waits for a job that is not there' AS problem
FROM WorkspaceFile AS f
WHERE (f.uploaded_at IS NULL OR f.deleted_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM Job AS j WHERE j.workspace_id = f.workspace_id AND j.target_id = f.id)
UNION ALL
SELECT 'Workspace' AS found_in, w.id AS id, 'waits for a job that is not there' AS problem
FROM Workspace AS w
WHERE w.blob_ready = 0 AND NOT EXISTS (SELECT 1 FROM Job AS j WHERE j.workspace_id = w.id AND j.target_id = w.id)
UNION ALL
SELECT 'UserPassword' AS found_in, p.user_id AS id, 'is of no account' AS problem
FROM UserPassword AS p WHERE NOT EXISTS (SELECT 1 FROM UserAccount AS u WHERE u.id = p.user_id)
UNION ALL
SELECT 'RefreshToken' AS found_in, t.id AS id, 'is of no account' AS problem
FROM RefreshToken AS t WHERE NOT EXISTS (SELECT 1 FROM UserAccount AS u WHERE u.id = t.user_id)
UNION ALL
SELECT f."table" AS found_in, CAST(f.rowid AS TEXT) AS id, 'refers to a row of ' || f.parent || ' that is not there' AS problem
FROM pragma_foreign_key_check AS f
ORDER BY found_in, problem, id;
