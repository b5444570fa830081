-- What people tell of themselves, what became of their accounts, and for whom an account was made.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0015_users.sql; a test compares them.

-- display_name is what everybody is shown: the name that the person chose (UserProfile.name), else the directory's,
-- which is directory_name. expected_by, expected_at: who made the account for somebody who had not signed in yet, and
-- when. All they knew is the id; until verified_at is set, nothing else of the row says who that is.
ALTER TABLE dbo.UserAccount ADD directory_name NVARCHAR(200) NULL;
GO

ALTER TABLE dbo.UserAccount ADD expected_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL;
GO

ALTER TABLE dbo.UserAccount ADD expected_at DATETIME2(6) NULL;
GO

UPDATE dbo.UserAccount SET directory_name = display_name WHERE verified_at IS NOT NULL;
GO

UPDATE dbo.UserAccount
SET expected_at = created_at,
    expected_by = (SELECT TOP (1) m.added_by FROM dbo.WorkspaceMember AS m WHERE m.user_id = UserAccount.id ORDER BY m.added_at)
WHERE verified_at IS NULL;
GO

-- Of those who told something. name is NULL where the directory's is to be shown.
CREATE TABLE dbo.UserProfile (
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name       NVARCHAR(200) NULL,
    bio        NVARCHAR(1000) NULL,
    updated_at DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_UserProfile PRIMARY KEY (user_id),
    CONSTRAINT FK_UserProfile_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
GO
