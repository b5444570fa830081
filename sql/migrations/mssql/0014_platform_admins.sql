-- Who administers the platform, where the setting PLATFORM_ADMINS does not say it.
-- The same column as sql/migrations/sqlite/0014_platform_admins.sql; a test compares them.

ALTER TABLE dbo.UserAccount ADD is_platform_admin BIT NOT NULL CONSTRAINT DF_UserAccount_is_platform_admin DEFAULT 0;
GO
