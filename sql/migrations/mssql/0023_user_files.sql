-- Files of people: a picture of themselves, and what the service knows of them, to take along.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0023_user_files.sql; a test compares them.

-- The bytes are in the store of files, under this id: each picture has its own.
ALTER TABLE dbo.UserProfile ADD avatar_id UNIQUEIDENTIFIER NULL;
GO

ALTER TABLE dbo.UserProfile ADD avatar_type NVARCHAR(20) NULL;
GO

ALTER TABLE dbo.UserProfile ADD avatar_sha256 CHAR(64) NULL;
GO

CREATE UNIQUE INDEX UQ_UserProfile_avatar ON dbo.UserProfile (avatar_id) WHERE avatar_id IS NOT NULL;
GO

-- PENDING while a job makes the file, READY until it expires, ENDED until a job has removed it. One waits at a time.
-- list_key: when it was asked for, U+001F, id.
CREATE TABLE dbo.UserDataExport (
    id         UNIQUEIDENTIFIER NOT NULL,
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state      NVARCHAR(10)     NOT NULL CONSTRAINT DF_UserDataExport_state DEFAULT N'PENDING',
    size       BIGINT           NULL,
    sha256     CHAR(64)         NULL,
    created_at DATETIME2(6)     NOT NULL,
    expires_at DATETIME2(6)     NULL,
    list_key   NVARCHAR(70) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_UserDataExport PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_UserDataExport_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_UserDataExport_state CHECK (state IN (N'PENDING', N'READY', N'ENDED'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_UserDataExport_list ON dbo.UserDataExport (user_id, list_key);
CREATE UNIQUE INDEX UQ_UserDataExport_pending ON dbo.UserDataExport (user_id) WHERE state = N'PENDING';
CREATE INDEX IX_UserDataExport_expiry ON dbo.UserDataExport (state, expires_at);
GO
