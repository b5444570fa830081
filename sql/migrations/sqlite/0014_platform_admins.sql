-- Who administers the platform, where the setting PLATFORM_ADMINS does not say it.
-- The same column as sql/migrations/mssql/0014_platform_admins.sql; a test compares them.

ALTER TABLE UserAccount ADD COLUMN is_platform_admin INTEGER NOT NULL DEFAULT 0;
