-- Connectors: values that are taken from other systems, how they are asked for, and every time that they were.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.

-- config: what is asked of whom, without secrets. The secret is sealed; NULL where there is none. source_version is raised
-- with each change of what is asked, of whom, or as whom: what was fetched before it is not written after it.
-- fallback: what stands for the value while a refresh fails; LAST_GOOD for max_age_seconds, STATIC is static_value.
-- expected_columns: the names that must come, NULL for those that came last. schedule: as it is shown; JobSchedule acts.
-- set_by: who said last what is asked, on whose behalf it may be.
-- status and last_error: how the last refresh ended. list_key: folded name, U+001F, id. One that is deleted has no secret,
-- and is kept for its journal.
CREATE TABLE dbo.ConnectorBinding (
    id                UNIQUEIDENTIFIER NOT NULL,
    workspace_id      UNIQUEIDENTIFIER NOT NULL,
    name              NVARCHAR(200)    NOT NULL,
    name_key          NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key          NVARCHAR(440) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind              NVARCHAR(20)     NOT NULL,
    config            NVARCHAR(MAX)    NOT NULL,
    secret            VARCHAR(8000)    NULL,
    key_id            NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NULL,
    source_version    INT              NOT NULL CONSTRAINT DF_ConnectorBinding_source_version DEFAULT 1,
    fallback          NVARCHAR(20)     NOT NULL,
    max_age_seconds   INT              NULL,
    static_value      NVARCHAR(MAX)    NULL,
    expected_columns  NVARCHAR(MAX)    NULL,
    schedule          NVARCHAR(400)    NULL,
    status            NVARCHAR(20)     NOT NULL CONSTRAINT DF_ConnectorBinding_status DEFAULT N'NEW',
    last_error        NVARCHAR(50)     NULL,
    last_refreshed_at DATETIME2(6)     NULL,
    set_by            NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by        NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at        DATETIME2(6)     NOT NULL,
    updated_at        DATETIME2(6)     NOT NULL,
    deleted_at        DATETIME2(6)     NULL,
    version           INT              NOT NULL CONSTRAINT DF_ConnectorBinding_version DEFAULT 1,
    CONSTRAINT PK_ConnectorBinding PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ConnectorBinding_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_ConnectorBinding_kind CHECK (kind IN (N'graph_excel', N'postgres_ro')),
    CONSTRAINT CK_ConnectorBinding_config CHECK (ISJSON(config) = 1),
    CONSTRAINT CK_ConnectorBinding_fallback CHECK (
        fallback = N'FAIL'
        OR fallback = N'LAST_GOOD' AND max_age_seconds > 0
        OR fallback = N'STATIC' AND static_value IS NOT NULL
    ),
    CONSTRAINT CK_ConnectorBinding_static CHECK (static_value IS NULL OR ISJSON(static_value) = 1),
    CONSTRAINT CK_ConnectorBinding_columns CHECK (expected_columns IS NULL OR ISJSON(expected_columns) = 1),
    CONSTRAINT CK_ConnectorBinding_schedule CHECK (schedule IS NULL OR ISJSON(schedule) = 1),
    CONSTRAINT CK_ConnectorBinding_status CHECK (status IN (N'NEW', N'OK', N'FAILED'))
);
CREATE UNIQUE INDEX UQ_ConnectorBinding_id ON dbo.ConnectorBinding (workspace_id, id);
CREATE UNIQUE INDEX UQ_ConnectorBinding_name ON dbo.ConnectorBinding (workspace_id, name_key) WHERE deleted_at IS NULL;
CREATE CLUSTERED INDEX IX_ConnectorBinding_list ON dbo.ConnectorBinding (workspace_id, list_key);
CREATE INDEX IX_ConnectorBinding_key ON dbo.ConnectorBinding (key_id) WHERE key_id IS NOT NULL;
GO

-- Append-only: each time that something was asked of a source, and what came of it. actor_id is a person, or a part of the
-- service. cause: 'refresh', 'schedule', 'preview' or 'test'. asked: a range, or the SHA-256 of a query. checksum: SHA-256
-- of the rows in canonical JSON. error: why it failed. fallback: what stood for the value then. list_key: at, U+001F, id.
CREATE TABLE dbo.ConnectorSelection (
    id                UNIQUEIDENTIFIER NOT NULL,
    workspace_id      UNIQUEIDENTIFIER NOT NULL,
    binding_id        UNIQUEIDENTIFIER NOT NULL,
    actor_id          NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cause             NVARCHAR(20)     NOT NULL,
    asked             NVARCHAR(400)    NOT NULL,
    outcome           NVARCHAR(20)     NOT NULL,
    error             NVARCHAR(50)     NULL,
    fallback          NVARCHAR(20)     NULL,
    row_total         INT              NULL,
    byte_total        INT              NULL,
    checksum          CHAR(64)         NULL,
    duration_ms       INT              NOT NULL,
    at                DATETIME2(6)     NOT NULL,
    list_key          VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_ConnectorSelection PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ConnectorSelection_ConnectorBinding FOREIGN KEY (workspace_id, binding_id) REFERENCES dbo.ConnectorBinding (workspace_id, id),
    CONSTRAINT CK_ConnectorSelection_cause CHECK (cause IN (N'refresh', N'schedule', N'preview', N'test')),
    CONSTRAINT CK_ConnectorSelection_outcome CHECK (
        outcome = N'OK' AND error IS NULL AND fallback IS NULL OR outcome = N'FAILED' AND error IS NOT NULL
    ),
    CONSTRAINT CK_ConnectorSelection_fallback CHECK (fallback IN (N'LAST_GOOD', N'STATIC'))
);
CREATE UNIQUE INDEX UQ_ConnectorSelection_id ON dbo.ConnectorSelection (workspace_id, id);
CREATE CLUSTERED INDEX IX_ConnectorSelection_list ON dbo.ConnectorSelection (workspace_id, binding_id, list_key);
GO

CREATE TRIGGER dbo.TR_ConnectorSelection_update ON dbo.ConnectorSelection AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ConnectorSelection', 1;
END;
GO

CREATE TRIGGER dbo.TR_ConnectorSelection_delete ON dbo.ConnectorSelection AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ConnectorSelection', 1;
END;
GO

-- What the last refresh that succeeded brought, at most one of a connector. cells: its columns and rows in canonical JSON,
-- which the checksum is of.
CREATE TABLE dbo.ConnectorValue (
    workspace_id      UNIQUEIDENTIFIER NOT NULL,
    binding_id        UNIQUEIDENTIFIER NOT NULL,
    selection_id      UNIQUEIDENTIFIER NOT NULL,
    cells             NVARCHAR(MAX)    NOT NULL,
    checksum          CHAR(64)         NOT NULL,
    fetched_at        DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_ConnectorValue PRIMARY KEY (workspace_id, binding_id),
    CONSTRAINT FK_ConnectorValue_ConnectorBinding FOREIGN KEY (workspace_id, binding_id) REFERENCES dbo.ConnectorBinding (workspace_id, id),
    CONSTRAINT FK_ConnectorValue_ConnectorSelection FOREIGN KEY (workspace_id, selection_id) REFERENCES dbo.ConnectorSelection (workspace_id, id),
    CONSTRAINT CK_ConnectorValue_cells CHECK (ISJSON(cells) = 1)
);
GO
