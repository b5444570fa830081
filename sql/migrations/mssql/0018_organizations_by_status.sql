-- What the platform's administrators list organisations by.
-- The same index as sql/migrations/sqlite/0018_organizations_by_status.sql; a test compares them.

CREATE INDEX IX_Organization_status ON dbo.Organization (status, list_key);
GO
