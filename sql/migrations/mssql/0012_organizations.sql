-- Organisations, which group workspaces, and the status of both.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0012_organizations.sql; a test compares them.

-- The guard row of everything decided about an organisation: its roles, its owner, its status, its limits.
-- slug is lower-case ASCII. held_by: who took it out of work, so that nobody below them puts it back.
CREATE TABLE dbo.Organization (
    id         UNIQUEIDENTIFIER NOT NULL,
    name       NVARCHAR(255)    NOT NULL,
    slug       NVARCHAR(63) COLLATE Latin1_General_100_BIN2 NULL,
    status     NVARCHAR(20)     NOT NULL CONSTRAINT DF_Organization_status DEFAULT N'ACTIVE',
    held_by    NVARCHAR(20)     NULL,
    created_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at DATETIME2(6)     NOT NULL,
    updated_at DATETIME2(6)     NOT NULL,
    list_key   NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version    INT              NOT NULL CONSTRAINT DF_Organization_version DEFAULT 1,
    CONSTRAINT PK_Organization PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Organization_created_by FOREIGN KEY (created_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_Organization_status CHECK (status IN (N'ACTIVE', N'SUSPENDED', N'ARCHIVED')),
    CONSTRAINT CK_Organization_held_by CHECK ((status = N'ACTIVE' AND held_by IS NULL) OR (status <> N'ACTIVE' AND held_by IN (N'organization', N'platform')))
);
CREATE UNIQUE CLUSTERED INDEX UQ_Organization_list ON dbo.Organization (list_key);
CREATE UNIQUE INDEX UQ_Organization_slug ON dbo.Organization (slug) WHERE slug IS NOT NULL;
GO

-- list_key repeats Organization.list_key; member_key: folded display name, U+001F, user id.
CREATE TABLE dbo.OrganizationMember (
    id           UNIQUEIDENTIFIER NOT NULL,
    org_id       UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    display_name NVARCHAR(200)    NULL,
    role         NVARCHAR(20)     NOT NULL,
    source       NVARCHAR(20)     NOT NULL CONSTRAINT DF_OrganizationMember_source DEFAULT N'manual',
    added_at     DATETIME2(6)     NOT NULL,
    added_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    member_key   NVARCHAR(410) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_OrganizationMember_version DEFAULT 1,
    CONSTRAINT PK_OrganizationMember PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_OrganizationMember_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT FK_OrganizationMember_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_OrganizationMember_role CHECK (role IN (N'OWNER', N'ADMIN', N'MEMBER')),
    CONSTRAINT CK_OrganizationMember_source CHECK (source IN (N'manual', N'invitation', N'directory'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_OrganizationMember_user ON dbo.OrganizationMember (org_id, user_id);
CREATE UNIQUE INDEX UQ_OrganizationMember_owner ON dbo.OrganizationMember (org_id) WHERE role = N'OWNER';
CREATE INDEX IX_OrganizationMember_list ON dbo.OrganizationMember (user_id, list_key);
CREATE INDEX IX_OrganizationMember_member ON dbo.OrganizationMember (org_id, member_key);
CREATE INDEX IX_OrganizationMember_role ON dbo.OrganizationMember (org_id, role, member_key);
GO

-- seq is the organisation's version that the change made. Append-only.
CREATE TABLE dbo.OrganizationStatusEvent (
    org_id      UNIQUEIDENTIFIER NOT NULL,
    seq         INT              NOT NULL,
    from_status NVARCHAR(20)     NOT NULL,
    to_status   NVARCHAR(20)     NOT NULL,
    reason      NVARCHAR(500)    NULL,
    actor_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at          DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_OrganizationStatusEvent PRIMARY KEY (org_id, seq),
    CONSTRAINT FK_OrganizationStatusEvent_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id)
);
GO

CREATE TRIGGER dbo.TR_OrganizationStatusEvent_update ON dbo.OrganizationStatusEvent AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: OrganizationStatusEvent', 1;
END;
GO

CREATE TRIGGER dbo.TR_OrganizationStatusEvent_delete ON dbo.OrganizationStatusEvent AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: OrganizationStatusEvent', 1;
END;
GO

-- A workspace need not be of an organisation. is_active = 0 is a deletion; the status is what it comes back with.
ALTER TABLE dbo.Workspace ADD org_id UNIQUEIDENTIFIER NULL CONSTRAINT FK_Workspace_Organization REFERENCES dbo.Organization (id);
GO

ALTER TABLE dbo.Workspace ADD status NVARCHAR(20) NOT NULL CONSTRAINT DF_Workspace_status DEFAULT N'ACTIVE';
GO

ALTER TABLE dbo.Workspace ADD held_by NVARCHAR(20) NULL CONSTRAINT CK_Workspace_held_by CHECK (held_by IN (N'workspace', N'organization', N'platform'));
GO

ALTER TABLE dbo.Workspace ADD CONSTRAINT CK_Workspace_status CHECK (status IN (N'ACTIVE', N'SUSPENDED', N'ARCHIVED'));
GO

CREATE INDEX IX_Workspace_org ON dbo.Workspace (org_id, list_key) WHERE org_id IS NOT NULL;
GO

-- How somebody came to be a member.
ALTER TABLE dbo.WorkspaceMember ADD source NVARCHAR(20) NOT NULL CONSTRAINT DF_WorkspaceMember_source DEFAULT N'manual';
GO

ALTER TABLE dbo.WorkspaceMember ADD CONSTRAINT CK_WorkspaceMember_source CHECK (source IN (N'manual', N'invitation', N'directory'));
GO

-- The organisation that somebody works in, as they chose it last; whether they are in it still is for who reads it.
ALTER TABLE dbo.UserAccount ADD default_org_id UNIQUEIDENTIFIER NULL;
GO
