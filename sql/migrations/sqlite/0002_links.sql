-- Links from a workspace to where its work lives, and what checking them found.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0002_links.sql; a test compares them.

-- check_after: when the schedule looks at the link next; whoever takes it up moves it on first.
-- list_key: folded display name, U+001F, id. A deleted link stays, so that its history does.
CREATE TABLE WorkspaceExternalLink (
    id              TEXT    NOT NULL,
    workspace_id    TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    external_id     TEXT    NOT NULL,
    display_name    TEXT    NULL,
    config          TEXT    NULL,
    linked_at       TEXT    NOT NULL,
    linked_by       TEXT    NOT NULL,
    updated_at      TEXT    NOT NULL,
    external_url    TEXT    NULL,
    list_key        TEXT    NOT NULL,
    status          TEXT    NOT NULL DEFAULT 'UNKNOWN',
    checks          INTEGER NOT NULL DEFAULT 0,
    failures        INTEGER NOT NULL DEFAULT 0,
    last_checked_at TEXT    NULL,
    last_ok_at      TEXT    NULL,
    last_reason     TEXT    NULL,
    check_after     TEXT    NOT NULL,
    deleted_at      TEXT    NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WorkspaceExternalLink PRIMARY KEY (id),
    CONSTRAINT FK_WorkspaceExternalLink_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_WorkspaceExternalLink_provider CHECK (provider IN ('jira', 'ado', 'snow', 'sharepoint')),
    CONSTRAINT CK_WorkspaceExternalLink_status CHECK (status IN ('UNKNOWN', 'OK', 'DEGRADED', 'BROKEN', 'ORPHANED')),
    CONSTRAINT CK_WorkspaceExternalLink_config CHECK (config IS NULL OR json_valid(config))
) STRICT;
CREATE UNIQUE INDEX UQ_WorkspaceExternalLink_id ON WorkspaceExternalLink (workspace_id, id);
CREATE UNIQUE INDEX UQ_WorkspaceExternalLink_external ON WorkspaceExternalLink (workspace_id, provider, external_id) WHERE deleted_at IS NULL;
CREATE INDEX IX_WorkspaceExternalLink_list ON WorkspaceExternalLink (workspace_id, list_key);
CREATE INDEX IX_WorkspaceExternalLink_due ON WorkspaceExternalLink (check_after) WHERE deleted_at IS NULL;

-- What each check found. seq counts the checks of a link; the link's row is the guard of the number.
CREATE TABLE LinkCheck (
    workspace_id TEXT    NOT NULL,
    link_id      TEXT    NOT NULL,
    seq          INTEGER NOT NULL,
    checked_at   TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    reason       TEXT    NULL,
    CONSTRAINT PK_LinkCheck PRIMARY KEY (workspace_id, link_id, seq),
    CONSTRAINT FK_LinkCheck_WorkspaceExternalLink FOREIGN KEY (link_id) REFERENCES WorkspaceExternalLink (id),
    CONSTRAINT CK_LinkCheck_status CHECK (status IN ('OK', 'DEGRADED', 'BROKEN', 'ORPHANED'))
) STRICT;
