-- Where readiness finds out, by writing, whether the database takes writes.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0008_write_probe.sql; a test compares them.

-- One row, made by whoever writes first.
CREATE TABLE WriteProbe (
    id         INTEGER NOT NULL,
    written_at TEXT    NOT NULL,
    CONSTRAINT PK_WriteProbe PRIMARY KEY (id),
    CONSTRAINT CK_WriteProbe_id CHECK (id = 1)
) STRICT;
