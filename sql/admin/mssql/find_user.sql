-- find_user
-- What: Accounts by id, address or the beginning of the name: the first 100, by name.
-- Who:  whoever may read the database; changes nothing.
-- Undo: nothing to undo.
-- param: user_id text? = NULL  The account's id.
-- param: email text? = NULL  The whole address; case does not matter.
-- param: name_prefix text? = NULL  How the name begins; of letters beyond ASCII, SQLite minds the case.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @user_id NVARCHAR(4000) = NULL;
DECLARE @email NVARCHAR(4000) = NULL;
DECLARE @name_prefix NVARCHAR(4000) = NULL;

SELECT TOP (100) u.id, u.tid, u.display_name, u.email, u.status, u.held_by, u.is_platform_admin, u.verified_at, u.last_seen_at,
       (SELECT COUNT(*) FROM dbo.OrganizationMember AS m WHERE m.user_id = u.id) AS organizations,
       (SELECT COUNT(*) FROM dbo.WorkspaceMember AS m WHERE m.user_id = u.id) AS workspaces
FROM dbo.UserAccount AS u
WHERE (@user_id IS NULL OR u.id = @user_id)
  AND (@email IS NULL OR u.email_key = LOWER(LTRIM(RTRIM(@email))))
  AND (@name_prefix IS NULL OR LEFT(u.list_key, LEN(@name_prefix)) = LOWER(@name_prefix) OR LEFT(u.display_name, LEN(@name_prefix)) = @name_prefix)
ORDER BY u.list_key;
