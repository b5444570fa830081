-- name: find_user :optional
-- Somebody as the caller sees them: nothing, unless they are the caller, or both are in one workspace or organisation,
-- or the caller sees everybody. The address is for themselves and for people of an organisation that they founded, or came
-- into by an invitation or their directory: whoever adds a stranger by their id must not be told it.
-- param: user_id text
-- param: account_id text
-- param: sees_all bool
-- returns: UserRow
-- scope: global tenant: whom a person shares workspaces and organisations with is asked of all of them
SELECT u.id, u.display_name, p.name, p.bio, CASE WHEN p.avatar_id IS NULL THEN 0 ELSE 1 END AS has_avatar,
       CASE WHEN u.id = @user_id OR @sees_all = 1 OR EXISTS (
           SELECT 1 FROM OrganizationMember AS mine
           JOIN OrganizationMember AS theirs ON theirs.org_id = mine.org_id AND theirs.user_id = @account_id
           WHERE mine.user_id = @user_id AND (theirs.source = N'invitation' OR theirs.added_by = theirs.user_id)
       ) THEN u.email END AS email,
       u.status, u.held_by, CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected,
       u.created_at, u.updated_at, u.version
FROM UserAccount AS u
LEFT JOIN UserProfile AS p ON p.user_id = u.id
WHERE u.id = @account_id AND (
    u.id = @user_id OR @sees_all = 1
    OR EXISTS (
        SELECT 1 FROM WorkspaceMember AS mine
        JOIN Workspace AS w ON w.id = mine.workspace_id AND w.is_active = 1
        JOIN WorkspaceMember AS theirs ON theirs.workspace_id = mine.workspace_id AND theirs.user_id = @account_id
        WHERE mine.user_id = @user_id
          AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)
    )
    OR EXISTS (
        SELECT 1 FROM OrganizationMember AS mine
        JOIN OrganizationMember AS theirs ON theirs.org_id = mine.org_id AND theirs.user_id = @account_id
        WHERE mine.user_id = @user_id
          AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = mine.org_id AND stop.user_id = @user_id)
    )
)

-- name: list_users_of_workspace :many
-- The people of a workspace by display name, after the cursor, in the range of keys that a name filter spans; each as
-- find_user has them.
-- param: user_id text
-- param: workspace_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: UserRow
-- scope: global tenant: an address is told to people of one organisation, whichever it is
SELECT u.id, u.display_name, p.name, p.bio, CASE WHEN p.avatar_id IS NULL THEN 0 ELSE 1 END AS has_avatar,
       CASE WHEN u.id = @user_id OR EXISTS (
           SELECT 1 FROM OrganizationMember AS mine
           JOIN OrganizationMember AS theirs ON theirs.org_id = mine.org_id AND theirs.user_id = u.id
           WHERE mine.user_id = @user_id AND (theirs.source = N'invitation' OR theirs.added_by = theirs.user_id)
       ) THEN u.email END AS email,
       u.status, u.held_by, CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected,
       u.created_at, u.updated_at, u.version
FROM WorkspaceMember AS m
JOIN UserAccount AS u ON u.id = m.user_id
LEFT JOIN UserProfile AS p ON p.user_id = u.id
WHERE m.workspace_id = @workspace_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_users_of_organization :many
-- As list_users_of_workspace, of an organisation.
-- param: user_id text
-- param: org_id uuid
-- param: after_key text
-- param: before_key text?
-- param: page_size int
-- returns: UserRow
-- scope: organization
SELECT u.id, u.display_name, p.name, p.bio, CASE WHEN p.avatar_id IS NULL THEN 0 ELSE 1 END AS has_avatar,
       CASE WHEN u.id = @user_id OR m.source <> N'manual' OR m.added_by = m.user_id THEN u.email END AS email,
       u.status, u.held_by, CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected,
       u.created_at, u.updated_at, u.version
FROM OrganizationMember AS m
JOIN UserAccount AS u ON u.id = m.user_id
LEFT JOIN UserProfile AS p ON p.user_id = u.id
WHERE m.org_id = @org_id AND m.member_key > @after_key
  AND (@before_key IS NULL OR m.member_key < @before_key)
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: set_profile :exec
-- What somebody tells of themselves, where they have told something before.
-- param: user_id text
-- param: name text?
-- param: bio text?
-- param: now time
-- scope: caller
UPDATE UserProfile SET name = @name, bio = @bio, updated_at = @now WHERE user_id = @user_id

-- name: insert_profile :queued
-- The first that somebody tells of themselves. Right only while the caller holds lock_account.
-- param: user_id text
-- param: name text?
-- param: bio text?
-- param: now time
-- scope: caller
INSERT INTO UserProfile (user_id, name, bio, updated_at) VALUES (@user_id, @name, @bio, @now)

-- name: show_name :queued
-- The name that everybody is shown is the one that the person chose, else the directory's.
-- param: user_id text
-- param: name text?
-- param: now time
-- scope: caller
UPDATE UserAccount
SET display_name = COALESCE(@name, directory_name), updated_at = @now, version = version + 1
WHERE id = @user_id
