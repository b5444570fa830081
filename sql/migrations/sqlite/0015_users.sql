-- What people tell of themselves, what became of their accounts, and for whom an account was made.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0015_users.sql; a test compares them.

-- display_name is what everybody is shown: the name that the person chose (UserProfile.name), else the directory's,
-- which is directory_name. expected_by, expected_at: who made the account for somebody who had not signed in yet, and
-- when. All they knew is the id; until verified_at is set, nothing else of the row says who that is.
ALTER TABLE UserAccount ADD COLUMN directory_name TEXT NULL;

ALTER TABLE UserAccount ADD COLUMN expected_by TEXT NULL;

ALTER TABLE UserAccount ADD COLUMN expected_at TEXT NULL;

UPDATE UserAccount SET directory_name = display_name WHERE verified_at IS NOT NULL;

UPDATE UserAccount
SET expected_at = created_at,
    expected_by = (SELECT m.added_by FROM WorkspaceMember AS m WHERE m.user_id = UserAccount.id ORDER BY m.added_at LIMIT 1)
WHERE verified_at IS NULL;

-- Of those who told something. name is NULL where the directory's is to be shown.
CREATE TABLE UserProfile (
    user_id    TEXT NOT NULL,
    name       TEXT NULL,
    bio        TEXT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT PK_UserProfile PRIMARY KEY (user_id),
    CONSTRAINT FK_UserProfile_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
