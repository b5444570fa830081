-- By what the platform's administrators find people, and when somebody was last here.
-- The same columns and indexes as sql/migrations/sqlite/0020_people_found_and_seen.sql; a test compares them.

-- list_key: folded display name, U+001F, id, as WorkspaceMember.member_key. email_key: the folded address. The service
-- writes both with what they are made of; here they are as near as SQL comes to folding.
ALTER TABLE dbo.UserAccount ADD list_key NVARCHAR(410) COLLATE Latin1_General_100_BIN2 NULL;
GO

ALTER TABLE dbo.UserAccount ADD email_key NVARCHAR(320) COLLATE Latin1_General_100_BIN2 NULL;
GO

-- Kept to the hour, so that coming back is a read most times.
ALTER TABLE dbo.UserAccount ADD last_seen_at DATETIME2(6) NULL;
GO

UPDATE dbo.UserAccount
SET list_key = CONCAT(LEFT(LOWER(LTRIM(RTRIM(COALESCE(display_name, N'')))), 200), NCHAR(31), id),
    email_key = LEFT(LOWER(LTRIM(RTRIM(email))), 320);
GO

CREATE INDEX IX_UserAccount_list ON dbo.UserAccount (list_key);
CREATE INDEX IX_UserAccount_status ON dbo.UserAccount (status, list_key);
CREATE INDEX IX_UserAccount_email ON dbo.UserAccount (email_key, list_key) WHERE email_key IS NOT NULL;
GO
