-- find_orphans
-- What: Rows that do not belong together any more, each with what is wrong with it.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;

SELECT N'Workspace' AS found_in, CAST(w.id AS NVARCHAR(200)) AS id, N'has no head for its audit chain' AS problem
FROM dbo.Workspace AS w WHERE NOT EXISTS (SELECT 1 FROM dbo.WorkspaceHead AS h WHERE h.workspace_id = w.id)
UNION ALL
SELECT N'Workspace' AS found_in, CAST(w.id AS NVARCHAR(200)) AS id, N'has no OWNER who has signed in' AS problem
FROM dbo.Workspace AS w WHERE NOT EXISTS (
    SELECT 1 FROM dbo.WorkspaceMember AS m JOIN dbo.UserAccount AS u ON u.id = m.user_id
    WHERE m.workspace_id = w.id AND m.role = N'OWNER' AND u.verified_at IS NOT NULL)
UNION ALL
SELECT N'WorkspaceMember' AS found_in, CAST(m.id AS NVARCHAR(200)) AS id, N'is of no workspace' AS problem
FROM dbo.WorkspaceMember AS m WHERE NOT EXISTS (SELECT 1 FROM dbo.Workspace AS w WHERE w.id = m.workspace_id)
UNION ALL
SELECT N'WorkspaceMember' AS found_in, CAST(m.id AS NVARCHAR(200)) AS id, N'is of no account' AS problem
FROM dbo.WorkspaceMember AS m WHERE NOT EXISTS (SELECT 1 FROM dbo.UserAccount AS u WHERE u.id = m.user_id)
UNION ALL
SELECT N'WorkspaceMember' AS found_in, CAST(m.id AS NVARCHAR(200)) AS id, N'sorts under another name than its workspace' AS problem
FROM dbo.WorkspaceMember AS m JOIN dbo.Workspace AS w ON w.id = m.workspace_id WHERE m.list_key <> w.list_key
UNION ALL
SELECT N'AuditLog' AS found_in, CAST(a.id AS NVARCHAR(200)) AS id, N'is of no workspace' AS problem
FROM dbo.AuditLog AS a WHERE NOT EXISTS (SELECT 1 FROM dbo.Workspace AS w WHERE w.id = a.workspace_id)
UNION ALL
SELECT N'WorkspaceFile' AS found_in, CAST(f.id AS NVARCHAR(200)) AS id, N'is of no workspace' AS problem
FROM dbo.WorkspaceFile AS f WHERE NOT EXISTS (SELECT 1 FROM dbo.Workspace AS w WHERE w.id = f.workspace_id)
UNION ALL
SELECT N'WorkspaceFile' AS found_in, CAST(f.id AS NVARCHAR(200)) AS id, N'waits for a job that is not there' AS problem
FROM dbo.WorkspaceFile AS f
WHERE (f.uploaded_at IS NULL OR f.deleted_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM dbo.Job AS j WHERE j.workspace_id = f.workspace_id AND j.target_id = f.id)
UNION ALL
SELECT N'Workspace' AS found_in, CAST(w.id AS NVARCHAR(200)) AS id, N'waits for a job that is not there' AS problem
FROM dbo.Workspace AS w
WHERE w.blob_ready = 0 AND NOT EXISTS (SELECT 1 FROM dbo.Job AS j WHERE j.workspace_id = w.id AND j.target_id = w.id)
UNION ALL
SELECT N'UserPassword' AS found_in, CAST(p.user_id AS NVARCHAR(200)) AS id, N'is of no account' AS problem
FROM dbo.UserPassword AS p WHERE NOT EXISTS (SELECT 1 FROM dbo.UserAccount AS u WHERE u.id = p.user_id)
UNION ALL
SELECT N'RefreshToken' AS found_in, CAST(t.id AS NVARCHAR(200)) AS id, N'is of no account' AS problem
FROM dbo.RefreshToken AS t WHERE NOT EXISTS (SELECT 1 FROM dbo.UserAccount AS u WHERE u.id = t.user_id)
UNION ALL
SELECT N'sys.foreign_keys' AS found_in, CAST(k.name AS NVARCHAR(200)) AS id, N'is not trusted: rows were loaded past it' AS problem
FROM sys.foreign_keys AS k WHERE k.is_not_trusted = 1
ORDER BY found_in, problem, id;
