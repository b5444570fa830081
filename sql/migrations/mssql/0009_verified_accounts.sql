-- Whose accounts were proved to be theirs by a sign-in, and which were made on somebody's behalf.
-- The same columns as sql/migrations/sqlite/0009_verified_accounts.sql; a test compares them.

-- NULL until somebody signs in: such a row says nothing of who that is.
ALTER TABLE dbo.UserAccount ADD verified_at DATETIME2(6) NULL;
GO

UPDATE dbo.UserAccount SET verified_at = created_at
WHERE EXISTS (
    SELECT 1 FROM dbo.PlatformAuditLog AS p
    WHERE p.scope_type = N'user' AND p.scope_id = UserAccount.id AND p.action IN (N'account.created', N'account.registered')
);
GO

-- A second use of a refresh token within seconds of the first is two tabs, not a thief; so many were forgiven.
ALTER TABLE dbo.RefreshToken ADD forgiven INT NOT NULL CONSTRAINT DF_RefreshToken_forgiven DEFAULT 0;
GO
