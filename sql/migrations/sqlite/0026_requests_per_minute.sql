-- How many requests a minute all callers of an organisation may make together. NULL is no limit.
-- The same column as sql/migrations/mssql/0026_requests_per_minute.sql; a test compares them.

ALTER TABLE OrganizationUsage ADD COLUMN max_requests_per_minute INTEGER NULL;
