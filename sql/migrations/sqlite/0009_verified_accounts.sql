-- Whose accounts were proved to be theirs by a sign-in, and which were made on somebody's behalf.
-- The same columns as sql/migrations/mssql/0009_verified_accounts.sql; a test compares them.

-- NULL until somebody signs in: such a row says nothing of who that is.
ALTER TABLE UserAccount ADD COLUMN verified_at TEXT NULL;

UPDATE UserAccount SET verified_at = created_at
WHERE EXISTS (
    SELECT 1 FROM PlatformAuditLog AS p
    WHERE p.scope_type = 'user' AND p.scope_id = UserAccount.id AND p.action IN ('account.created', 'account.registered')
);

-- A second use of a refresh token within seconds of the first is two tabs, not a thief; so many were forgiven.
ALTER TABLE RefreshToken ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
