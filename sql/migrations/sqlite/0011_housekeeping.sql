-- The time that deletions go by, and indexes of what they look for.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0011_housekeeping.sql; a test compares them.

-- One row, made by the first run. believed_at follows the wall clock slowly: one visit of the clock to another year
-- moves it little. ran_at: what the clock said when it was moved last.
CREATE TABLE Housekeeping (
    id          INTEGER NOT NULL,
    believed_at TEXT    NOT NULL,
    ran_at      TEXT    NOT NULL,
    CONSTRAINT PK_Housekeeping PRIMARY KEY (id),
    CONSTRAINT CK_Housekeeping_id CHECK (id = 1)
) STRICT;
CREATE INDEX IX_TokenRevocation_expires ON TokenRevocation (expires_at);
CREATE INDEX IX_RefreshToken_expires ON RefreshToken (expires_at);
