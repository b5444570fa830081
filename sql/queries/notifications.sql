-- name: list_notifications :many
-- What the caller was told by a channel, the newest first, between two places: what they may see now, of workspaces that
-- they are in, or are invited to by an address that is theirs. What is archived only where it is asked for.
-- param: user_id text
-- param: channel text
-- param: of_workspace uuid?
-- param: of_org uuid?
-- param: state text?
-- param: email_key text?
-- param: now time
-- param: after_key ascii
-- param: before_key ascii
-- param: page_size int
-- returns: NotificationRow
-- scope: global tenant: the caller's own, in whatever workspace; each row asks for the membership
SELECT n.id, n.workspace_id, w.name AS workspace_name, n.type, n.reason, n.actor_id, a.display_name AS actor_name,
       n.object_type, n.object_id, n.project_id, p.project_key, p.name AS project_name, n.task_id,
       t.number AS task_number, t.title AS task_title, t.due_at, n.invitation_id, n.state, n.created_at
FROM Notification AS n
JOIN Workspace AS w ON w.id = n.workspace_id AND w.is_active = 1
     AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = n.workspace_id AND m.user_id = @user_id
LEFT JOIN Invitation AS i ON i.id = n.invitation_id AND i.workspace_id = n.workspace_id AND i.state = N'PENDING'
      AND i.expires_at > @now AND i.email_key = @email_key
LEFT JOIN Project AS p ON p.workspace_id = n.workspace_id AND p.id = n.project_id
      AND EXISTS (SELECT 1 FROM VisibleProject AS v
                  WHERE v.workspace_id = n.workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
LEFT JOIN Task AS t ON t.workspace_id = n.workspace_id AND t.id = n.task_id AND t.deleted_at IS NULL
      AND EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = n.workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                    AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
LEFT JOIN WorkspaceMember AS a ON a.workspace_id = n.workspace_id AND a.user_id = n.actor_id
WHERE n.user_id = @user_id AND n.list_key < @before_key AND n.list_key > @after_key
  AND ((@channel = N'in_app' AND n.in_app = 1) OR (@channel = N'email' AND n.by_mail = 1)
       OR (@channel = N'push' AND n.by_push = 1))
  AND (@channel = N'in_app' OR NOT EXISTS (SELECT 1 FROM NotificationMute AS x
                                           WHERE x.workspace_id = n.workspace_id AND x.user_id = @user_id))
  AND (@of_workspace IS NULL OR n.workspace_id = @of_workspace) AND (@of_org IS NULL OR w.org_id = @of_org)
  AND ((@state IS NULL AND n.state <> N'archived') OR n.state = @state)
  AND (i.id IS NOT NULL OR (m.id IS NOT NULL AND (n.for_admins = 0 OR m.role IN (N'OWNER', N'ADMIN'))))
  AND (n.project_id IS NULL OR p.id IS NOT NULL) AND (n.task_id IS NULL OR t.id IS NOT NULL)
ORDER BY n.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_notification :optional
-- As list_notifications, one.
-- param: user_id text
-- param: notification_id uuid
-- param: of_org uuid?
-- param: email_key text?
-- param: now time
-- returns: NotificationRow
-- scope: global tenant: the caller's own, in whatever workspace; each row asks for the membership
SELECT n.id, n.workspace_id, w.name AS workspace_name, n.type, n.reason, n.actor_id, a.display_name AS actor_name,
       n.object_type, n.object_id, n.project_id, p.project_key, p.name AS project_name, n.task_id,
       t.number AS task_number, t.title AS task_title, t.due_at, n.invitation_id, n.state, n.created_at
FROM Notification AS n
JOIN Workspace AS w ON w.id = n.workspace_id AND w.is_active = 1
     AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = n.workspace_id AND m.user_id = @user_id
LEFT JOIN Invitation AS i ON i.id = n.invitation_id AND i.workspace_id = n.workspace_id AND i.state = N'PENDING'
      AND i.expires_at > @now AND i.email_key = @email_key
LEFT JOIN Project AS p ON p.workspace_id = n.workspace_id AND p.id = n.project_id
      AND EXISTS (SELECT 1 FROM VisibleProject AS v
                  WHERE v.workspace_id = n.workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
LEFT JOIN Task AS t ON t.workspace_id = n.workspace_id AND t.id = n.task_id AND t.deleted_at IS NULL
      AND EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = n.workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                    AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
LEFT JOIN WorkspaceMember AS a ON a.workspace_id = n.workspace_id AND a.user_id = n.actor_id
WHERE n.user_id = @user_id AND n.id = @notification_id AND (@of_org IS NULL OR w.org_id = @of_org)
  AND (i.id IS NOT NULL OR (m.id IS NOT NULL AND (n.for_admins = 0 OR m.role IN (N'OWNER', N'ADMIN'))))
  AND (n.project_id IS NULL OR p.id IS NOT NULL) AND (n.task_id IS NULL OR t.id IS NOT NULL)

-- name: count_unread :value
-- How many of those that list_notifications shows are unread; it stops at most.
-- param: user_id text
-- param: of_workspace uuid?
-- param: of_org uuid?
-- param: email_key text?
-- param: now time
-- param: most int
-- returns: int
-- scope: global tenant: the caller's own, in whatever workspace; each row asks for the membership
SELECT COUNT(*) AS unread FROM (
SELECT n.list_key
FROM Notification AS n
JOIN Workspace AS w ON w.id = n.workspace_id AND w.is_active = 1
     AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = n.workspace_id AND m.user_id = @user_id
LEFT JOIN Invitation AS i ON i.id = n.invitation_id AND i.workspace_id = n.workspace_id AND i.state = N'PENDING'
      AND i.expires_at > @now AND i.email_key = @email_key
LEFT JOIN Project AS p ON p.workspace_id = n.workspace_id AND p.id = n.project_id
      AND EXISTS (SELECT 1 FROM VisibleProject AS v
                  WHERE v.workspace_id = n.workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
LEFT JOIN Task AS t ON t.workspace_id = n.workspace_id AND t.id = n.task_id AND t.deleted_at IS NULL
      AND EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = n.workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                    AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
WHERE n.user_id = @user_id AND n.state = N'unread' AND n.in_app = 1
  AND (@of_workspace IS NULL OR n.workspace_id = @of_workspace) AND (@of_org IS NULL OR w.org_id = @of_org)
  AND (i.id IS NOT NULL OR (m.id IS NOT NULL AND (n.for_admins = 0 OR m.role IN (N'OWNER', N'ADMIN'))))
  AND (n.project_id IS NULL OR p.id IS NOT NULL) AND (n.task_id IS NULL OR t.id IS NOT NULL)
ORDER BY n.list_key DESC
OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY
) AS c

-- name: set_notification_state :exec
-- The caller has read one, or not, or puts it away.
-- param: user_id text
-- param: notification_id uuid
-- param: state text
-- scope: global tenant: the caller's own, in whatever workspace
UPDATE Notification SET state = @state WHERE user_id = @user_id AND id = @notification_id

-- name: read_notifications :exec
-- The caller has read all that came up to a place, of one workspace or of all.
-- param: user_id text
-- param: of_workspace uuid?
-- param: of_org uuid?
-- param: until_key ascii
-- scope: global tenant: the caller's own, in whatever workspace
UPDATE Notification SET state = N'read'
WHERE user_id = @user_id AND state = N'unread' AND list_key <= @until_key AND in_app = 1
  AND (@of_workspace IS NULL OR workspace_id = @of_workspace)
  AND (@of_org IS NULL OR EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = Notification.workspace_id AND w.org_id = @of_org))

-- name: insert_notifications :queued
-- Tells people: those of a JSON array, of whom each is a member now or is invited, and has not been told of the same.
-- param: workspace_id uuid
-- param: told longtext
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO Notification (id, user_id, workspace_id, once_key, event_seq, type, reason, actor_id, object_type, object_id,
                          project_id, task_id, invitation_id, for_admins, in_app, by_mail, by_push, created_at, list_key)
SELECT j.id, j.account_id, @workspace_id, j.once_key, j.event_seq, j.type, j.reason, j.actor_id, j.object_type, j.object_id,
       j.project_id, j.task_id, j.invitation_id, j.for_admins, j.in_app, j.by_mail, j.by_push, @now, j.list_key
FROM OPENJSON(@told) WITH (id UNIQUEIDENTIFIER '$.id', account_id NVARCHAR(200) '$.account_id',
                           once_key VARCHAR(64) '$.once_key', event_seq BIGINT '$.event_seq', type NVARCHAR(100) '$.type',
                           reason NVARCHAR(30) '$.reason', actor_id NVARCHAR(200) '$.actor_id',
                           object_type NVARCHAR(50) '$.object_type', object_id NVARCHAR(200) '$.object_id',
                           project_id UNIQUEIDENTIFIER '$.project_id', task_id UNIQUEIDENTIFIER '$.task_id',
                           invitation_id UNIQUEIDENTIFIER '$.invitation_id', for_admins BIT '$.for_admins',
                           in_app BIT '$.in_app', by_mail BIT '$.by_mail', by_push BIT '$.by_push',
                           list_key VARCHAR(64) '$.list_key') AS j
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.account_id COLLATE Latin1_General_100_BIN2
LEFT JOIN Notification AS k ON k.workspace_id = @workspace_id AND k.user_id = j.account_id COLLATE Latin1_General_100_BIN2
      AND k.once_key = j.once_key COLLATE Latin1_General_100_BIN2
WHERE (j.invitation_id IS NOT NULL OR m.id IS NOT NULL) AND k.id IS NULL
-- dialect: sqlite
INSERT INTO Notification (id, user_id, workspace_id, once_key, event_seq, type, reason, actor_id, object_type, object_id,
                          project_id, task_id, invitation_id, for_admins, in_app, by_mail, by_push, created_at, list_key)
SELECT j.value ->> '$.id', j.value ->> '$.account_id', @workspace_id, j.value ->> '$.once_key', j.value ->> '$.event_seq',
       j.value ->> '$.type', j.value ->> '$.reason', j.value ->> '$.actor_id', j.value ->> '$.object_type',
       j.value ->> '$.object_id', j.value ->> '$.project_id', j.value ->> '$.task_id', j.value ->> '$.invitation_id',
       j.value ->> '$.for_admins', j.value ->> '$.in_app', j.value ->> '$.by_mail', j.value ->> '$.by_push', @now,
       j.value ->> '$.list_key'
FROM json_each(@told) AS j
WHERE (j.value ->> '$.invitation_id' IS NOT NULL
       OR EXISTS (SELECT 1 FROM WorkspaceMember AS m
                  WHERE m.workspace_id = @workspace_id AND m.user_id = j.value ->> '$.account_id'))
  AND NOT EXISTS (SELECT 1 FROM Notification AS k
                  WHERE k.workspace_id = @workspace_id AND k.user_id = j.value ->> '$.account_id'
                    AND k.once_key = j.value ->> '$.once_key')

-- name: list_inserted :many
-- Of those that were to be made by their ids, a JSON array, those that were.
-- param: workspace_id uuid
-- param: ids longtext
-- returns: MadeRow
-- scope: workspace
SELECT n.id, n.user_id AS account_id
FROM OPENJSON(@ids) AS j
CROSS JOIN Notification AS n
WHERE n.id = CAST(j.value AS UNIQUEIDENTIFIER) AND n.workspace_id = @workspace_id

-- name: list_watchers_of_tasks :many
-- Who watches the tasks of a JSON array.
-- param: workspace_id uuid
-- param: tasks longtext
-- returns: WatchedRow
-- scope: workspace
SELECT w.task_id, w.user_id AS account_id
FROM OPENJSON(@tasks) AS j
CROSS JOIN TaskWatcher AS w
WHERE w.workspace_id = @workspace_id AND w.task_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_members_of_projects :many
-- Who is a member of the projects of a JSON array.
-- param: workspace_id uuid
-- param: projects longtext
-- returns: ProjectHearerRow
-- scope: workspace
SELECT m.project_id, m.user_id AS account_id
FROM OPENJSON(@projects) AS j
CROSS JOIN ProjectMember AS m
WHERE m.workspace_id = @workspace_id AND m.project_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_mentioned :many
-- To whom the comments of a JSON array speak.
-- param: workspace_id uuid
-- param: comments longtext
-- returns: MentionedRow
-- scope: workspace
SELECT m.comment_id, m.user_id AS account_id
FROM OPENJSON(@comments) AS j
CROSS JOIN CommentMention AS m
WHERE m.workspace_id = @workspace_id AND m.comment_id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_members_by_id :many
-- Whose the memberships of a JSON array are.
-- param: workspace_id uuid
-- param: members longtext
-- returns: MemberIdRow
-- scope: workspace
SELECT m.id, m.user_id AS account_id
FROM OPENJSON(@members) AS j
CROSS JOIN WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_transfer_sides :many
-- Between whom the transfers of a JSON array are.
-- param: workspace_id uuid
-- param: transfers longtext
-- returns: TransferSidesRow
-- scope: workspace
SELECT t.id, t.from_user, t.to_user
FROM OPENJSON(@transfers) AS j
CROSS JOIN OwnershipTransfer AS t
WHERE t.workspace_id = @workspace_id AND t.id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_invited_accounts :many
-- Who has an account with the address of an invitation of a JSON array. Whether the address is proved to be theirs is
-- asked when they look.
-- param: workspace_id uuid
-- param: invitations longtext
-- returns: InvitedRow
-- scope: global tenant: an account is found by its address, whatever it is in
SELECT i.id, u.id AS account_id
FROM OPENJSON(@invitations) AS j
CROSS JOIN Invitation AS i
CROSS JOIN UserAccount AS u
WHERE i.workspace_id = @workspace_id AND i.id = CAST(j.value AS UNIQUEIDENTIFIER) AND i.state = N'PENDING'
  AND u.email_key = i.email_key AND u.status = N'ACTIVE' AND u.verified_at IS NOT NULL

-- name: list_uploaders :many
-- Who uploaded the files of a JSON array.
-- param: workspace_id uuid
-- param: files longtext
-- returns: UploaderRow
-- scope: workspace
SELECT f.id, f.uploaded_by AS account_id
FROM OPENJSON(@files) AS j
CROSS JOIN WorkspaceFile AS f
WHERE f.workspace_id = @workspace_id AND f.id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_sides_of_approvals :many
-- Who made what the requests of a JSON array are about, and who submitted it.
-- param: workspace_id uuid
-- param: requests longtext
-- returns: ApprovalSidesRow
-- scope: workspace
SELECT r.id, r.author_id, r.submitted_by
FROM OPENJSON(@requests) AS j
CROSS JOIN ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.id = CAST(j.value AS UNIQUEIDENTIFIER)

-- name: list_admins :many
-- The ADMINs and OWNERs.
-- param: workspace_id uuid
-- returns: AdminRow
-- scope: workspace
SELECT m.user_id AS account_id FROM WorkspaceMember AS m
WHERE m.workspace_id = @workspace_id AND m.role IN (N'OWNER', N'ADMIN')

-- name: list_wishes :many
-- How the people of a JSON array want to be told of a workspace. Who is not in it wants the default.
-- param: workspace_id uuid
-- param: people longtext
-- returns: WishRow
-- scope: global tenant: what people want is theirs, wherever they are
-- dialect: mssql
SELECT u.id AS account_id, p.channels, p.digest, CASE WHEN x.user_id IS NULL THEN 0 ELSE 1 END AS is_muted
FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
JOIN UserAccount AS u ON u.id = j.account_id COLLATE Latin1_General_100_BIN2
LEFT JOIN NotificationPreference AS p ON p.user_id = u.id
LEFT JOIN NotificationMute AS x ON x.workspace_id = @workspace_id AND x.user_id = u.id
-- dialect: sqlite
SELECT u.id AS account_id, p.channels, p.digest, CASE WHEN x.user_id IS NULL THEN 0 ELSE 1 END AS is_muted
FROM json_each(@people) AS j
CROSS JOIN UserAccount AS u
LEFT JOIN NotificationPreference AS p ON p.user_id = u.id
LEFT JOIN NotificationMute AS x ON x.workspace_id = @workspace_id AND x.user_id = u.id
WHERE u.id = j.value

-- name: list_due_soon :many
-- Tasks that somebody has yet to do within a range of times, after the cursor, and who has not been told of that.
-- param: after_key ascii
-- param: until_key ascii
-- param: page_size int
-- returns: DueSoonRow
-- scope: global tenant: every workspace's tasks fall due
-- rule: none, keys only: whoever is told is shown the task under the rule
SELECT t.workspace_id, t.id AS task_id, t.project_id, t.assignee_id, t.due_key
FROM Task AS t
WHERE t.due_key > @after_key AND t.due_key < @until_key AND t.due_key IS NOT NULL AND t.assignee_id IS NOT NULL
  AND t.deleted_at IS NULL AND t.state <> N'DONE'
  AND NOT EXISTS (SELECT 1 FROM Notification AS n
                  WHERE n.workspace_id = t.workspace_id AND n.user_id = t.assignee_id AND n.once_key = t.due_key)
ORDER BY t.due_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_notifications_of_member :exec
-- What somebody was told of a workspace, when they leave it: a batch.
-- param: workspace_id uuid
-- param: account_id text
-- param: batch int
-- scope: workspace
DELETE FROM Notification
WHERE workspace_id = @workspace_id AND user_id = @account_id AND id IN (
    SELECT n.id FROM Notification AS n WHERE n.workspace_id = @workspace_id AND n.user_id = @account_id
    ORDER BY n.list_key OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_mute :queued
-- It ends with the membership.
-- param: workspace_id uuid
-- param: account_id text
-- scope: workspace
DELETE FROM NotificationMute WHERE workspace_id = @workspace_id AND user_id = @account_id

-- name: delete_old_notifications :exec
-- What is older than they are kept.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping works for every workspace
DELETE FROM Notification
WHERE created_at < @before AND id IN (
    SELECT n.id FROM Notification AS n WHERE n.created_at < @before
    ORDER BY n.created_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_notifications_of_account :exec
-- An erased person's, a batch of them.
-- param: account_id text
-- param: batch int
-- scope: global tenant: somebody is erased in every workspace at once
DELETE FROM Notification
WHERE user_id = @account_id AND id IN (
    SELECT n.id FROM Notification AS n WHERE n.user_id = @account_id
    ORDER BY n.list_key OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)
