-- What the platform's administrators list organisations by.
-- The same index as sql/migrations/mssql/0018_organizations_by_status.sql; a test compares them.

CREATE INDEX IX_Organization_status ON Organization (status, list_key);
