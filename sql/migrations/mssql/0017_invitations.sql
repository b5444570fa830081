-- How people come in: invitations by address, links to join by, and an OWNER who hands a workspace over.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0017_invitations.sql; a test compares them.

-- An invitation is to a workspace or to an organisation. Of its token only the SHA-256 is kept. list_key: email_key,
-- U+001F, id. A PENDING one that has expired waits for whoever comes next to say so.
CREATE TABLE dbo.Invitation (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NULL,
    org_id       UNIQUEIDENTIFIER NULL,
    email        NVARCHAR(254)    NOT NULL,
    email_key    NVARCHAR(254) COLLATE Latin1_General_100_BIN2 NOT NULL,
    role         NVARCHAR(20)     NOT NULL,
    token_hash   CHAR(64)         NOT NULL,
    state        NVARCHAR(20)     NOT NULL CONSTRAINT DF_Invitation_state DEFAULT N'PENDING',
    invited_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    expires_at   DATETIME2(6)     NOT NULL,
    ended_at     DATETIME2(6)     NULL,
    ended_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    list_key     NVARCHAR(290) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_Invitation PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Invitation_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_Invitation_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT FK_Invitation_invited_by FOREIGN KEY (invited_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_Invitation_place CHECK ((workspace_id IS NULL AND org_id IS NOT NULL) OR (workspace_id IS NOT NULL AND org_id IS NULL)),
    CONSTRAINT CK_Invitation_role CHECK ((workspace_id IS NOT NULL AND role IN (N'OWNER', N'ADMIN', N'MEMBER', N'VIEWER')) OR (org_id IS NOT NULL AND role IN (N'ADMIN', N'MEMBER'))),
    CONSTRAINT CK_Invitation_state CHECK (state IN (N'PENDING', N'ACCEPTED', N'DECLINED', N'REVOKED', N'EXPIRED'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_Invitation_list ON dbo.Invitation (list_key);
CREATE UNIQUE INDEX UQ_Invitation_token ON dbo.Invitation (token_hash);
CREATE UNIQUE INDEX UQ_Invitation_workspace ON dbo.Invitation (workspace_id, email_key) WHERE state = N'PENDING' AND workspace_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_Invitation_org ON dbo.Invitation (org_id, email_key) WHERE state = N'PENDING' AND org_id IS NOT NULL;
CREATE INDEX IX_Invitation_workspace_list ON dbo.Invitation (workspace_id, list_key);
CREATE INDEX IX_Invitation_org_list ON dbo.Invitation (org_id, list_key);
CREATE INDEX IX_Invitation_email ON dbo.Invitation (email_key, list_key);
CREATE INDEX IX_Invitation_expiry ON dbo.Invitation (state, expires_at);
GO

-- A link by which a bounded number of people join. Of its code only the SHA-256 is kept. list_key: when it was made,
-- U+001F, id.
CREATE TABLE dbo.JoinLink (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    role         NVARCHAR(20)     NOT NULL,
    code_hash    CHAR(64)         NOT NULL,
    usage_limit  INT              NOT NULL,
    usage_count  INT              NOT NULL CONSTRAINT DF_JoinLink_usage_count DEFAULT 0,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    expires_at   DATETIME2(6)     NOT NULL,
    list_key     NVARCHAR(70) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_JoinLink PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_JoinLink_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_JoinLink_created_by FOREIGN KEY (created_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_JoinLink_role CHECK (role IN (N'MEMBER', N'VIEWER')),
    CONSTRAINT CK_JoinLink_usage CHECK (usage_limit BETWEEN 1 AND 10000 AND usage_count BETWEEN 0 AND usage_limit)
);
CREATE UNIQUE CLUSTERED INDEX UQ_JoinLink_list ON dbo.JoinLink (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_JoinLink_code ON dbo.JoinLink (code_hash);
CREATE INDEX IX_JoinLink_expiry ON dbo.JoinLink (expires_at);
GO

-- An OWNER asks a member to take the workspace over, who accepts or not; an organisation changes hands at once and has
-- none of these.
CREATE TABLE dbo.OwnershipTransfer (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    from_user    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_user      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state        NVARCHAR(20)     NOT NULL CONSTRAINT DF_OwnershipTransfer_state DEFAULT N'PENDING',
    created_at   DATETIME2(6)     NOT NULL,
    expires_at   DATETIME2(6)     NOT NULL,
    ended_at     DATETIME2(6)     NULL,
    list_key     NVARCHAR(70) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_OwnershipTransfer PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_OwnershipTransfer_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_OwnershipTransfer_from_user FOREIGN KEY (from_user) REFERENCES dbo.UserAccount (id),
    CONSTRAINT FK_OwnershipTransfer_to_user FOREIGN KEY (to_user) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_OwnershipTransfer_state CHECK (state IN (N'PENDING', N'ACCEPTED', N'DECLINED', N'CANCELLED', N'EXPIRED'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_OwnershipTransfer_list ON dbo.OwnershipTransfer (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_OwnershipTransfer_pending ON dbo.OwnershipTransfer (workspace_id) WHERE state = N'PENDING';
CREATE INDEX IX_OwnershipTransfer_expiry ON dbo.OwnershipTransfer (state, expires_at);
GO
