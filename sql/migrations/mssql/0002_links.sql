-- Links from a workspace to where its work lives, and what checking them found.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0002_links.sql; a test compares them.

-- check_after: when the schedule looks at the link next; whoever takes it up moves it on first.
-- list_key: folded display name, U+001F, id. A deleted link stays, so that its history does.
CREATE TABLE dbo.WorkspaceExternalLink (
    id              UNIQUEIDENTIFIER NOT NULL,
    workspace_id    UNIQUEIDENTIFIER NOT NULL,
    provider        NVARCHAR(50)     NOT NULL,
    external_id     NVARCHAR(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
    display_name    NVARCHAR(255)    NULL,
    config          NVARCHAR(MAX)    NULL,
    linked_at       DATETIME2        NOT NULL CONSTRAINT DF_WorkspaceExternalLink_linked_at DEFAULT SYSDATETIME(),
    linked_by       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    updated_at      DATETIME2(6)     NOT NULL,
    external_url    NVARCHAR(1000)   NULL,
    list_key        NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status          NVARCHAR(10)     NOT NULL CONSTRAINT DF_WorkspaceExternalLink_status DEFAULT N'UNKNOWN',
    checks          INT              NOT NULL CONSTRAINT DF_WorkspaceExternalLink_checks DEFAULT 0,
    failures        INT              NOT NULL CONSTRAINT DF_WorkspaceExternalLink_failures DEFAULT 0,
    last_checked_at DATETIME2(6)     NULL,
    last_ok_at      DATETIME2(6)     NULL,
    last_reason     NVARCHAR(50)     NULL,
    check_after     DATETIME2(6)     NOT NULL,
    deleted_at      DATETIME2(6)     NULL,
    version         INT              NOT NULL CONSTRAINT DF_WorkspaceExternalLink_version DEFAULT 1,
    CONSTRAINT PK_WorkspaceExternalLink PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WorkspaceExternalLink_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_WorkspaceExternalLink_provider CHECK (provider IN (N'jira', N'ado', N'snow', N'sharepoint')),
    CONSTRAINT CK_WorkspaceExternalLink_status CHECK (status IN (N'UNKNOWN', N'OK', N'DEGRADED', N'BROKEN', N'ORPHANED')),
    CONSTRAINT CK_WorkspaceExternalLink_config CHECK (config IS NULL OR ISJSON(config) = 1)
);
CREATE UNIQUE CLUSTERED INDEX UQ_WorkspaceExternalLink_id ON dbo.WorkspaceExternalLink (workspace_id, id);
CREATE UNIQUE INDEX UQ_WorkspaceExternalLink_external ON dbo.WorkspaceExternalLink (workspace_id, provider, external_id) WHERE deleted_at IS NULL;
CREATE INDEX IX_WorkspaceExternalLink_list ON dbo.WorkspaceExternalLink (workspace_id, list_key);
CREATE INDEX IX_WorkspaceExternalLink_due ON dbo.WorkspaceExternalLink (check_after) WHERE deleted_at IS NULL;
GO

-- What each check found. seq counts the checks of a link; the link's row is the guard of the number.
CREATE TABLE dbo.LinkCheck (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    link_id      UNIQUEIDENTIFIER NOT NULL,
    seq          INT              NOT NULL,
    checked_at   DATETIME2(6)     NOT NULL,
    status       NVARCHAR(10)     NOT NULL,
    reason       NVARCHAR(50)     NULL,
    CONSTRAINT PK_LinkCheck PRIMARY KEY (workspace_id, link_id, seq),
    CONSTRAINT FK_LinkCheck_WorkspaceExternalLink FOREIGN KEY (link_id) REFERENCES dbo.WorkspaceExternalLink (id),
    CONSTRAINT CK_LinkCheck_status CHECK (status IN (N'OK', N'DEGRADED', N'BROKEN', N'ORPHANED'))
);
GO
