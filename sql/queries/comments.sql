-- name: is_read_only :value
-- Whether the caller is of a type of people that only looks on.
-- param: workspace_id uuid
-- param: user_id text
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM WorkspaceMember AS m
    JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
    WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id AND u.read_only = 1
) THEN 1 ELSE 0 END AS is_read_only

-- name: insert_comment :queued
-- A comment on a task. The caller holds lock_task and has been found to see it.
-- param: workspace_id uuid
-- param: comment_id uuid
-- param: task_id uuid
-- param: body longtext
-- param: list_key ascii
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO Comment (id, workspace_id, task_id, body, list_key, created_by, created_at)
VALUES (@comment_id, @workspace_id, @task_id, @body, @list_key, @created_by, @now)

-- name: get_comment :optional
-- One comment of a task that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: comment_id uuid
-- returns: CommentRow
-- scope: workspace
SELECT c.id, c.task_id, c.body, c.created_by, c.created_at, c.edited_at, c.version
FROM Comment AS c
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = c.task_id
WHERE c.workspace_id = @workspace_id AND c.id = @comment_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: list_comments :page
-- The comments of a task that the caller may see, the oldest first, after the cursor.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_key ascii
-- param: page_size int
-- returns: CommentRow
-- scope: workspace
SELECT c.id, c.task_id, c.body, c.created_by, c.created_at, c.edited_at, c.version
FROM Comment AS c
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = c.task_id
WHERE c.workspace_id = @workspace_id AND c.task_id = @task_id AND c.list_key > @after_key AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY c.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: lock_commented_task :queued
-- Takes the row of the task that a comment is on, as lock_task does: it is the guard of its comments.
-- param: workspace_id uuid
-- param: comment_id uuid
-- scope: workspace
-- rule: none, a guard; get_comment_to_change judges what it guards
UPDATE Task SET version = version
WHERE workspace_id = @workspace_id
  AND id = (SELECT c.task_id FROM Comment AS c WHERE c.workspace_id = @workspace_id AND c.id = @comment_id)

-- name: get_comment_to_change :optional
-- As get_comment, with what decides about a change and what is told of it. Right only while the caller holds
-- lock_commented_task.
-- param: workspace_id uuid
-- param: user_id text
-- param: comment_id uuid
-- returns: CommentToChangeRow
-- scope: workspace
SELECT c.id, c.task_id, c.body, c.created_by, c.created_at, c.edited_at, c.version,
       t.project_id, t.task_type_id, t.state, p.status AS project_status
FROM Comment AS c
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = c.task_id
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE c.workspace_id = @workspace_id AND c.id = @comment_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: update_comment :queued
-- Another text, or others who are spoken to.
-- param: workspace_id uuid
-- param: comment_id uuid
-- param: body longtext
-- param: edited_at time?
-- scope: workspace
UPDATE Comment SET body = @body, edited_at = @edited_at, version = version + 1
WHERE workspace_id = @workspace_id AND id = @comment_id

-- name: delete_comment :queued
-- It is gone; whom it spoke to has gone before.
-- param: workspace_id uuid
-- param: comment_id uuid
-- scope: workspace
DELETE FROM Comment WHERE workspace_id = @workspace_id AND id = @comment_id

-- name: insert_mentions :queued
-- Whom a comment speaks to: those of a JSON array who are members that nobody has stopped, and may see its task; the others
-- are left out.
-- param: workspace_id uuid
-- param: user_id text
-- param: comment_id uuid
-- param: task_id uuid
-- param: mentioned longtext
-- scope: workspace
-- rule: also m.user_id, nobody is spoken to of a task that they may not see
-- dialect: mssql
INSERT INTO CommentMention (workspace_id, comment_id, user_id)
SELECT @workspace_id, @comment_id, m.user_id
FROM OPENJSON(@mentioned) WITH (account_id NVARCHAR(200) '$') AS j
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
JOIN UserAccount AS a ON a.id = m.user_id AND a.status = N'ACTIVE'
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = @task_id
WHERE t.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                  WHERE w.id = @workspace_id AND x.user_id = m.user_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
  AND EXISTS (SELECT 1 FROM TaskGrant AS o
              WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
-- dialect: sqlite
INSERT INTO CommentMention (workspace_id, comment_id, user_id)
SELECT @workspace_id, @comment_id, m.user_id
FROM json_each(@mentioned) AS j
CROSS JOIN WorkspaceMember AS m
CROSS JOIN UserAccount AS a
CROSS JOIN Task AS t
WHERE m.workspace_id = @workspace_id AND m.user_id = j.value AND a.id = m.user_id AND a.status = 'ACTIVE'
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                  WHERE w.id = @workspace_id AND x.user_id = m.user_id)
  AND t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
  AND EXISTS (SELECT 1 FROM TaskGrant AS o
              WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = 'view'
                AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)

-- name: list_task_viewers :many
-- The members who may see a task, and whom nobody has stopped, by display name, after the cursor, in the range of keys that a
-- name filter spans; nobody where the caller may not see it.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: TaskViewerRow
-- scope: workspace
-- rule: also m.user_id, it is told who else may see the task
SELECT m.user_id, m.display_name
FROM Task AS t
CROSS JOIN WorkspaceMember AS m
CROSS JOIN UserAccount AS a
WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
  AND m.workspace_id = @workspace_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
  AND a.id = m.user_id AND a.status = N'ACTIVE'
  AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                  WHERE w.id = @workspace_id AND x.user_id = m.user_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS o
              WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_task_viewers_of_few :many
-- As list_task_viewers, of a task whose project is for its members: beginning with who sees all projects (OWNERs, ADMINs,
-- and who has a user type that does) and its members, not with everybody.
-- plan: sorts a page of each, and those who see every project by their user type
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: TaskViewerRow
-- scope: workspace
-- rule: also m.user_id, it is told who else may see the task
SELECT v.user_id, v.display_name
FROM (
    SELECT v0.user_id, v0.display_name, v0.member_key FROM (
        SELECT m.user_id, m.display_name, m.member_key
        FROM Task AS t
        CROSS JOIN WorkspaceMember AS m
        CROSS JOIN UserAccount AS a
        WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM TaskGrant AS g
                      WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                        AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
          AND m.workspace_id = @workspace_id AND m.member_key > @after_key
          AND (@before_key IS NULL OR m.member_key < @before_key)
          AND m.role = N'OWNER'
          AND a.id = m.user_id AND a.status = N'ACTIVE'
          AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                          WHERE w.id = @workspace_id AND x.user_id = m.user_id)
          AND EXISTS (SELECT 1 FROM TaskGrant AS o
                      WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                        AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
        ORDER BY m.member_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
    ) AS v0
    UNION ALL
    SELECT v1.user_id, v1.display_name, v1.member_key FROM (
        SELECT m.user_id, m.display_name, m.member_key
        FROM Task AS t
        CROSS JOIN WorkspaceMember AS m
        CROSS JOIN UserAccount AS a
        WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM TaskGrant AS g
                      WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                        AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
          AND m.workspace_id = @workspace_id AND m.member_key > @after_key
          AND (@before_key IS NULL OR m.member_key < @before_key)
          AND m.role = N'ADMIN'
          AND a.id = m.user_id AND a.status = N'ACTIVE'
          AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                          WHERE w.id = @workspace_id AND x.user_id = m.user_id)
          AND EXISTS (SELECT 1 FROM TaskGrant AS o
                      WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                        AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
        ORDER BY m.member_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
    ) AS v1
    UNION ALL
    SELECT v2.user_id, v2.display_name, v2.member_key FROM (
        SELECT m.user_id, m.display_name, m.member_key
        FROM Task AS t
        CROSS JOIN UserType AS u
        CROSS JOIN WorkspaceMember AS m
        CROSS JOIN UserAccount AS a
        WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM TaskGrant AS g
                      WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                        AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
          AND m.workspace_id = @workspace_id AND m.member_key > @after_key
          AND (@before_key IS NULL OR m.member_key < @before_key)
          AND u.workspace_id = @workspace_id AND u.access_level = N'admin' AND m.user_type_id = u.id
          AND m.role NOT IN (N'OWNER', N'ADMIN')
          AND NOT EXISTS (SELECT 1 FROM ProjectMember AS n
                          WHERE n.workspace_id = @workspace_id AND n.project_id = t.project_id AND n.user_id = m.user_id)
          AND a.id = m.user_id AND a.status = N'ACTIVE'
          AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                          WHERE w.id = @workspace_id AND x.user_id = m.user_id)
          AND EXISTS (SELECT 1 FROM TaskGrant AS o
                      WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                        AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
        ORDER BY m.member_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
    ) AS v2
    UNION ALL
    SELECT v3.user_id, v3.display_name, v3.member_key FROM (
        SELECT m.user_id, m.display_name, p.member_key
        FROM Task AS t
        CROSS JOIN ProjectMember AS p
        CROSS JOIN WorkspaceMember AS m
        CROSS JOIN UserAccount AS a
        WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
          AND EXISTS (SELECT 1 FROM TaskGrant AS g
                      WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                        AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
          AND m.workspace_id = @workspace_id AND m.member_key > @after_key
          AND (@before_key IS NULL OR m.member_key < @before_key)
          AND p.workspace_id = @workspace_id AND p.project_id = t.project_id AND p.member_key > @after_key
          AND (@before_key IS NULL OR p.member_key < @before_key)
          AND m.user_id = p.user_id AND m.role NOT IN (N'OWNER', N'ADMIN')
          AND a.id = m.user_id AND a.status = N'ACTIVE'
          AND NOT EXISTS (SELECT 1 FROM Workspace AS w JOIN OrganizationStop AS x ON x.org_id = w.org_id
                          WHERE w.id = @workspace_id AND x.user_id = m.user_id)
          AND EXISTS (SELECT 1 FROM TaskGrant AS o
                      WHERE o.workspace_id = @workspace_id AND o.user_id = m.user_id AND o.permission = N'view'
                        AND o.project_id = t.project_id AND o.task_type_id = t.task_type_id AND o.state = t.state)
        ORDER BY p.member_key OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
    ) AS v3
) AS v
ORDER BY v.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_mentions :queued
-- A comment speaks to nobody any more.
-- param: workspace_id uuid
-- param: comment_id uuid
-- scope: workspace
DELETE FROM CommentMention WHERE workspace_id = @workspace_id AND comment_id = @comment_id

-- name: list_mentions :many
-- Whom the comments of a JSON array speak to; the caller has been shown them.
-- param: workspace_id uuid
-- param: comments longtext
-- returns: MentionRow
-- scope: workspace
-- plan: sorts one page of mentions
-- dialect: mssql
SELECT m.comment_id, m.user_id
FROM OPENJSON(@comments) WITH (comment_id UNIQUEIDENTIFIER '$') AS j
JOIN CommentMention AS m ON m.workspace_id = @workspace_id AND m.comment_id = j.comment_id
ORDER BY m.user_id
-- dialect: sqlite
SELECT m.comment_id, m.user_id
FROM json_each(@comments) AS j
CROSS JOIN CommentMention AS m
WHERE m.workspace_id = @workspace_id AND m.comment_id = j.value
ORDER BY m.user_id
