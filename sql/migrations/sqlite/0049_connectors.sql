-- Connectors: values that are taken from other systems, how they are asked for, and every time that they were.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.

-- config: what is asked of whom, without secrets. The secret is sealed; NULL where there is none. source_version is raised
-- with each change of what is asked, of whom, or as whom: what was fetched before it is not written after it.
-- fallback: what stands for the value while a refresh fails; LAST_GOOD for max_age_seconds, STATIC is static_value.
-- expected_columns: the names that must come, NULL for those that came last. schedule: as it is shown; JobSchedule acts.
-- set_by: who said last what is asked, on whose behalf it may be.
-- status and last_error: how the last refresh ended. list_key: folded name, U+001F, id. One that is deleted has no secret,
-- and is kept for its journal.
CREATE TABLE ConnectorBinding (
    id                TEXT    NOT NULL,
    workspace_id      TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    name_key          TEXT    NOT NULL,
    list_key          TEXT    NOT NULL,
    kind              TEXT    NOT NULL,
    config            TEXT    NOT NULL,
    secret            TEXT    NULL,
    key_id            TEXT    NULL,
    source_version    INTEGER NOT NULL DEFAULT 1,
    fallback          TEXT    NOT NULL,
    max_age_seconds   INTEGER NULL,
    static_value      TEXT    NULL,
    expected_columns  TEXT    NULL,
    schedule          TEXT    NULL,
    status            TEXT    NOT NULL DEFAULT 'NEW',
    last_error        TEXT    NULL,
    last_refreshed_at TEXT    NULL,
    set_by            TEXT    NOT NULL,
    created_by        TEXT    NOT NULL,
    created_at        TEXT    NOT NULL,
    updated_at        TEXT    NOT NULL,
    deleted_at        TEXT    NULL,
    version           INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ConnectorBinding PRIMARY KEY (id),
    CONSTRAINT FK_ConnectorBinding_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_ConnectorBinding_kind CHECK (kind IN ('graph_excel', 'postgres_ro')),
    CONSTRAINT CK_ConnectorBinding_config CHECK (json_valid(config)),
    CONSTRAINT CK_ConnectorBinding_fallback CHECK (
        fallback = 'FAIL'
        OR fallback = 'LAST_GOOD' AND max_age_seconds > 0
        OR fallback = 'STATIC' AND static_value IS NOT NULL
    ),
    CONSTRAINT CK_ConnectorBinding_static CHECK (static_value IS NULL OR json_valid(static_value)),
    CONSTRAINT CK_ConnectorBinding_columns CHECK (expected_columns IS NULL OR json_valid(expected_columns)),
    CONSTRAINT CK_ConnectorBinding_schedule CHECK (schedule IS NULL OR json_valid(schedule)),
    CONSTRAINT CK_ConnectorBinding_status CHECK (status IN ('NEW', 'OK', 'FAILED'))
) STRICT;
CREATE UNIQUE INDEX UQ_ConnectorBinding_id ON ConnectorBinding (workspace_id, id);
CREATE UNIQUE INDEX UQ_ConnectorBinding_name ON ConnectorBinding (workspace_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX IX_ConnectorBinding_list ON ConnectorBinding (workspace_id, list_key);
CREATE INDEX IX_ConnectorBinding_key ON ConnectorBinding (key_id) WHERE key_id IS NOT NULL;

-- Append-only: each time that something was asked of a source, and what came of it. actor_id is a person, or a part of the
-- service. cause: 'refresh', 'schedule', 'preview' or 'test'. asked: a range, or the SHA-256 of a query. checksum: SHA-256
-- of the rows in canonical JSON. error: why it failed. fallback: what stood for the value then. list_key: at, U+001F, id.
CREATE TABLE ConnectorSelection (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    binding_id   TEXT    NOT NULL,
    actor_id     TEXT    NOT NULL,
    cause        TEXT    NOT NULL,
    asked        TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    error        TEXT    NULL,
    fallback     TEXT    NULL,
    row_total    INTEGER NULL,
    byte_total   INTEGER NULL,
    checksum     TEXT    NULL,
    duration_ms  INTEGER NOT NULL,
    at           TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    CONSTRAINT PK_ConnectorSelection PRIMARY KEY (id),
    CONSTRAINT FK_ConnectorSelection_ConnectorBinding FOREIGN KEY (workspace_id, binding_id) REFERENCES ConnectorBinding (workspace_id, id),
    CONSTRAINT CK_ConnectorSelection_cause CHECK (cause IN ('refresh', 'schedule', 'preview', 'test')),
    CONSTRAINT CK_ConnectorSelection_outcome CHECK (
        outcome = 'OK' AND error IS NULL AND fallback IS NULL OR outcome = 'FAILED' AND error IS NOT NULL
    ),
    CONSTRAINT CK_ConnectorSelection_fallback CHECK (fallback IN ('LAST_GOOD', 'STATIC'))
) STRICT;
CREATE UNIQUE INDEX UQ_ConnectorSelection_id ON ConnectorSelection (workspace_id, id);
CREATE INDEX IX_ConnectorSelection_list ON ConnectorSelection (workspace_id, binding_id, list_key);
CREATE TRIGGER TR_ConnectorSelection_update BEFORE UPDATE ON ConnectorSelection
BEGIN
    SELECT RAISE(ABORT, 'append-only: ConnectorSelection');
END;
CREATE TRIGGER TR_ConnectorSelection_delete BEFORE DELETE ON ConnectorSelection
BEGIN
    SELECT RAISE(ABORT, 'append-only: ConnectorSelection');
END;

-- What the last refresh that succeeded brought, at most one of a connector. cells: its columns and rows in canonical JSON,
-- which the checksum is of.
CREATE TABLE ConnectorValue (
    workspace_id TEXT    NOT NULL,
    binding_id   TEXT    NOT NULL,
    selection_id TEXT    NOT NULL,
    cells        TEXT    NOT NULL,
    checksum     TEXT    NOT NULL,
    fetched_at   TEXT    NOT NULL,
    CONSTRAINT PK_ConnectorValue PRIMARY KEY (workspace_id, binding_id),
    CONSTRAINT FK_ConnectorValue_ConnectorBinding FOREIGN KEY (workspace_id, binding_id) REFERENCES ConnectorBinding (workspace_id, id),
    CONSTRAINT FK_ConnectorValue_ConnectorSelection FOREIGN KEY (workspace_id, selection_id) REFERENCES ConnectorSelection (workspace_id, id),
    CONSTRAINT CK_ConnectorValue_cells CHECK (json_valid(cells))
) STRICT, WITHOUT ROWID;
