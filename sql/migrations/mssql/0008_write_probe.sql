-- Where readiness finds out, by writing, whether the database takes writes.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0008_write_probe.sql; a test compares them.

-- One row, made by whoever writes first.
CREATE TABLE dbo.WriteProbe (
    id         INT          NOT NULL,
    written_at DATETIME2(6) NOT NULL,
    CONSTRAINT PK_WriteProbe PRIMARY KEY (id),
    CONSTRAINT CK_WriteProbe_id CHECK (id = 1)
);
GO
