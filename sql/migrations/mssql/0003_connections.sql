-- A workspace's own credentials for other systems, instead of the installation's.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0003_connections.sql; a test compares them.

-- secret: AES-256-GCM under the key key_id, bound to this workspace and provider (app/core/secret_box.py).
CREATE TABLE dbo.IntegrationConnection (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    provider     NVARCHAR(50)     NOT NULL,
    base_url     NVARCHAR(500)    NOT NULL,
    account      NVARCHAR(320)    NULL,
    secret       VARCHAR(8000)    NOT NULL,
    key_id       NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    updated_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_IntegrationConnection_version DEFAULT 1,
    CONSTRAINT PK_IntegrationConnection PRIMARY KEY (workspace_id, provider),
    CONSTRAINT FK_IntegrationConnection_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_IntegrationConnection_provider CHECK (provider IN (N'jira', N'ado', N'snow', N'sharepoint'))
);
CREATE INDEX IX_IntegrationConnection_key ON dbo.IntegrationConnection (key_id);
GO
