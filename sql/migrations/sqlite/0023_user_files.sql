-- Files of people: a picture of themselves, and what the service knows of them, to take along.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0023_user_files.sql; a test compares them.

-- The bytes are in the store of files, under this id: each picture has its own.
ALTER TABLE UserProfile ADD COLUMN avatar_id TEXT NULL;

ALTER TABLE UserProfile ADD COLUMN avatar_type TEXT NULL;

ALTER TABLE UserProfile ADD COLUMN avatar_sha256 TEXT NULL;

CREATE UNIQUE INDEX UQ_UserProfile_avatar ON UserProfile (avatar_id) WHERE avatar_id IS NOT NULL;

-- PENDING while a job makes the file, READY until it expires, ENDED until a job has removed it. One waits at a time.
-- list_key: when it was asked for, U+001F, id.
CREATE TABLE UserDataExport (
    id         TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'PENDING',
    size       INTEGER NULL,
    sha256     TEXT    NULL,
    created_at TEXT    NOT NULL,
    expires_at TEXT    NULL,
    list_key   TEXT    NOT NULL,
    CONSTRAINT PK_UserDataExport PRIMARY KEY (id),
    CONSTRAINT FK_UserDataExport_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_UserDataExport_state CHECK (state IN ('PENDING', 'READY', 'ENDED'))
) STRICT;
CREATE UNIQUE INDEX UQ_UserDataExport_list ON UserDataExport (user_id, list_key);
CREATE UNIQUE INDEX UQ_UserDataExport_pending ON UserDataExport (user_id) WHERE state = 'PENDING';
CREATE INDEX IX_UserDataExport_expiry ON UserDataExport (state, expires_at);
