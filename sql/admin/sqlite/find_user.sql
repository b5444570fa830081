-- find_user
-- What: Accounts by id, address or the beginning of the name: the first 100, by name.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: user_id text? = NULL  The account's id.
-- param: email text? = NULL  The whole address; case does not matter.
-- param: name_prefix text? = NULL  How the name begins; of letters beyond ASCII, SQLite minds the case.

SELECT u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin, u.verified_at, u.last_seen_at,
       (SELECT COUNT(*) FROM OrganizationMember AS m WHERE m.user_id = u.id) AS organizations,
       (SELECT COUNT(*) FROM WorkspaceMember AS m WHERE m.user_id = u.id) AS workspaces
FROM UserAccount AS u
WHERE (@user_id IS NULL OR u.id = @user_id)
  AND (@email IS NULL OR u.email_key = lower(trim(@email)))
  AND (@name_prefix IS NULL OR substr(u.list_key, 1, length(@name_prefix)) = lower(@name_prefix) OR substr(u.display_name, 1, length(@name_prefix)) = @name_prefix)
ORDER BY u.list_key
LIMIT 100;
