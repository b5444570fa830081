-- What an organisation may have by its plan, what it has, and how it presents itself.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0016_organization_limits.sql; a test compares
-- them.

-- One row an organisation. It is the guard row of its limits, taken after any workspace's and before the logs' heads:
-- what counts is changed here, in the transaction that makes it count. A limit of NULL is none.
CREATE TABLE dbo.OrganizationUsage (
    org_id         UNIQUEIDENTIFIER NOT NULL,
    plan_name      NVARCHAR(50)     NULL,
    seats          BIGINT           NOT NULL CONSTRAINT DF_OrganizationUsage_seats DEFAULT 0,
    max_seats      BIGINT           NULL,
    workspaces     BIGINT           NOT NULL CONSTRAINT DF_OrganizationUsage_workspaces DEFAULT 0,
    max_workspaces BIGINT           NULL,
    file_bytes     BIGINT           NOT NULL CONSTRAINT DF_OrganizationUsage_file_bytes DEFAULT 0,
    max_file_bytes BIGINT           NULL,
    version        INT              NOT NULL CONSTRAINT DF_OrganizationUsage_version DEFAULT 1,
    CONSTRAINT PK_OrganizationUsage PRIMARY KEY (org_id),
    CONSTRAINT FK_OrganizationUsage_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT CK_OrganizationUsage_counts CHECK (seats >= 0 AND workspaces >= 0 AND file_bytes >= 0)
);
GO

-- Who takes a seat: members of the organisation and of its workspaces, each once however many memberships there are.
CREATE TABLE dbo.OrganizationSeat (
    org_id      UNIQUEIDENTIFIER NOT NULL,
    user_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    memberships INT              NOT NULL,
    CONSTRAINT PK_OrganizationSeat PRIMARY KEY (org_id, user_id),
    CONSTRAINT FK_OrganizationSeat_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT CK_OrganizationSeat_memberships CHECK (memberships >= 0)
);
GO

INSERT INTO dbo.OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM dbo.OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM dbo.WorkspaceMember AS m JOIN dbo.Workspace AS w ON w.id = m.workspace_id
    WHERE w.org_id IS NOT NULL AND w.is_active = 1
) AS s
GROUP BY s.org_id, s.user_id;
GO

INSERT INTO dbo.OrganizationUsage (org_id, seats, workspaces, file_bytes)
SELECT o.id,
       (SELECT COUNT(*) FROM dbo.OrganizationSeat AS s WHERE s.org_id = o.id),
       (SELECT COUNT(*) FROM dbo.Workspace AS w WHERE w.org_id = o.id AND w.is_active = 1),
       (SELECT COALESCE(SUM(f.size), 0) FROM dbo.WorkspaceFile AS f JOIN dbo.Workspace AS w ON w.id = f.workspace_id
        WHERE w.org_id = o.id AND w.is_active = 1 AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL)
FROM dbo.Organization AS o;
GO

-- Colours are #rrggbb. The logo is small, and lies here as base64: a sign-in page waits for no store.
CREATE TABLE dbo.OrganizationBranding (
    org_id         UNIQUEIDENTIFIER NOT NULL,
    product_name   NVARCHAR(100)    NULL,
    accent_color   CHAR(7)          NULL,
    text_color     CHAR(7)          NULL,
    sender_name    NVARCHAR(100)    NULL,
    sender_address NVARCHAR(320)    NULL,
    logo_type      NVARCHAR(100)    NULL,
    logo_sha256    CHAR(64)         NULL,
    logo           NVARCHAR(MAX)    NULL,
    updated_at     DATETIME2(6)     NOT NULL,
    version        INT              NOT NULL CONSTRAINT DF_OrganizationBranding_version DEFAULT 1,
    CONSTRAINT PK_OrganizationBranding PRIMARY KEY (org_id),
    CONSTRAINT FK_OrganizationBranding_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT CK_OrganizationBranding_colors CHECK ((accent_color IS NULL AND text_color IS NULL) OR (accent_color IS NOT NULL AND text_color IS NOT NULL)),
    CONSTRAINT CK_OrganizationBranding_logo CHECK ((logo_type IS NULL AND logo_sha256 IS NULL AND logo IS NULL) OR (logo_type IS NOT NULL AND logo_sha256 IS NOT NULL AND logo IS NOT NULL))
);
GO
