-- A workspace's own credentials for other systems, instead of the installation's.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0003_connections.sql; a test compares them.

-- secret: AES-256-GCM under the key key_id, bound to this workspace and provider (app/core/secret_box.py).
CREATE TABLE IntegrationConnection (
    workspace_id TEXT    NOT NULL,
    provider     TEXT    NOT NULL,
    base_url     TEXT    NOT NULL,
    account      TEXT    NULL,
    secret       TEXT    NOT NULL,
    key_id       TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    updated_by   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_IntegrationConnection PRIMARY KEY (workspace_id, provider),
    CONSTRAINT FK_IntegrationConnection_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_IntegrationConnection_provider CHECK (provider IN ('jira', 'ado', 'snow', 'sharepoint'))
) STRICT;
CREATE INDEX IX_IntegrationConnection_key ON IntegrationConnection (key_id);
