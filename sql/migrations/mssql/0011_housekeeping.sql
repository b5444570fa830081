-- The time that deletions go by, and indexes of what they look for.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0011_housekeeping.sql; a test compares them.

-- One row, made by the first run. believed_at follows the wall clock slowly: one visit of the clock to another year
-- moves it little. ran_at: what the clock said when it was moved last.
CREATE TABLE dbo.Housekeeping (
    id          INT          NOT NULL,
    believed_at DATETIME2(6) NOT NULL,
    ran_at      DATETIME2(6) NOT NULL,
    CONSTRAINT PK_Housekeeping PRIMARY KEY (id),
    CONSTRAINT CK_Housekeeping_id CHECK (id = 1)
);
CREATE INDEX IX_TokenRevocation_expires ON dbo.TokenRevocation (expires_at);
CREATE INDEX IX_RefreshToken_expires ON dbo.RefreshToken (expires_at);
GO
