-- A directory that provisions (SCIM 2.0, RFC 7643): its connection to an organisation, the people and groups that it
-- keeps there, what its groups give, and whom it has stopped.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0047_scim.sql; a test compares them.

-- tid: the directory's tenant, which is whose people it may provision. Of its secret, and of the one before for as long as
-- that is good (prev_until), only the SHA-256 is kept. ends_sessions: a platform administrator connected it, so whom it
-- stops is signed out everywhere, and not only out of the organisation. list_key: folded name, U+001F, id.
CREATE TABLE dbo.ScimConnection (
    id           UNIQUEIDENTIFIER NOT NULL,
    org_id       UNIQUEIDENTIFIER NOT NULL,
    tid          NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name         NVARCHAR(200)    NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    token_hash   CHAR(64)         NOT NULL,
    prev_hash    CHAR(64)         NULL,
    prev_until   DATETIME2(6)     NULL,
    is_enabled   BIT              NOT NULL CONSTRAINT DF_ScimConnection_is_enabled DEFAULT 1,
    ends_sessions BIT             NOT NULL CONSTRAINT DF_ScimConnection_ends_sessions DEFAULT 0,
    last_used_at DATETIME2(6)     NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_ScimConnection_version DEFAULT 1,
    CONSTRAINT PK_ScimConnection PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ScimConnection_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT FK_ScimConnection_created_by FOREIGN KEY (created_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_ScimConnection_is_enabled CHECK (is_enabled IN (0, 1)),
    CONSTRAINT CK_ScimConnection_ends_sessions CHECK (ends_sessions IN (0, 1))
);
CREATE UNIQUE CLUSTERED INDEX UQ_ScimConnection_list ON dbo.ScimConnection (org_id, list_key);
CREATE UNIQUE INDEX UQ_ScimConnection_tenant ON dbo.ScimConnection (org_id, tid);
GO

-- Somebody as the directory describes them: attributes is the resource's JSON, but for what stands in columns and its
-- secrets. account_id: whose account it is; NULL where external_id is no object id, or one of another directory.
CREATE TABLE dbo.ScimUser (
    id            UNIQUEIDENTIFIER NOT NULL,
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    account_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    external_id   NVARCHAR(255) COLLATE Latin1_General_100_BIN2 NULL,
    user_name     NVARCHAR(255)    NOT NULL,
    user_name_key NVARCHAR(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_active     BIT              NOT NULL,
    attributes    NVARCHAR(MAX)    NOT NULL,
    created_at    DATETIME2(6)     NOT NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    version       INT              NOT NULL CONSTRAINT DF_ScimUser_version DEFAULT 1,
    CONSTRAINT PK_ScimUser PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ScimUser_ScimConnection FOREIGN KEY (connection_id) REFERENCES dbo.ScimConnection (id),
    CONSTRAINT FK_ScimUser_UserAccount FOREIGN KEY (account_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_ScimUser_is_active CHECK (is_active IN (0, 1))
);
CREATE UNIQUE CLUSTERED INDEX UQ_ScimUser_list ON dbo.ScimUser (org_id, connection_id, id);
CREATE UNIQUE INDEX UQ_ScimUser_name ON dbo.ScimUser (connection_id, user_name_key);
CREATE UNIQUE INDEX UQ_ScimUser_external ON dbo.ScimUser (connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_ScimUser_account ON dbo.ScimUser (connection_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX IX_ScimUser_person ON dbo.ScimUser (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX IX_ScimUser_active ON dbo.ScimUser (org_id, connection_id, is_active, id);
GO

-- By which addresses somebody is found. They name nobody's account.
CREATE TABLE dbo.ScimUserEmail (
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    scim_user_id  UNIQUEIDENTIFIER NOT NULL,
    email_key     NVARCHAR(320) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_ScimUserEmail PRIMARY KEY (scim_user_id, email_key),
    CONSTRAINT FK_ScimUserEmail_ScimUser FOREIGN KEY (scim_user_id) REFERENCES dbo.ScimUser (id)
);
CREATE INDEX IX_ScimUserEmail_key ON dbo.ScimUserEmail (connection_id, email_key, scim_user_id);
GO

-- name_key: folded display name. Directories have several of one name.
CREATE TABLE dbo.ScimGroup (
    id            UNIQUEIDENTIFIER NOT NULL,
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    external_id   NVARCHAR(255) COLLATE Latin1_General_100_BIN2 NULL,
    display_name  NVARCHAR(255)    NOT NULL,
    name_key      NVARCHAR(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attributes    NVARCHAR(MAX)    NOT NULL,
    created_at    DATETIME2(6)     NOT NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    version       INT              NOT NULL CONSTRAINT DF_ScimGroup_version DEFAULT 1,
    CONSTRAINT PK_ScimGroup PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ScimGroup_ScimConnection FOREIGN KEY (connection_id) REFERENCES dbo.ScimConnection (id)
);
CREATE UNIQUE CLUSTERED INDEX UQ_ScimGroup_list ON dbo.ScimGroup (org_id, connection_id, id);
CREATE UNIQUE INDEX UQ_ScimGroup_external ON dbo.ScimGroup (connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX IX_ScimGroup_name ON dbo.ScimGroup (connection_id, name_key, id);
GO

CREATE TABLE dbo.ScimGroupMember (
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    group_id      UNIQUEIDENTIFIER NOT NULL,
    scim_user_id  UNIQUEIDENTIFIER NOT NULL,
    CONSTRAINT PK_ScimGroupMember PRIMARY KEY (group_id, scim_user_id),
    CONSTRAINT FK_ScimGroupMember_ScimGroup FOREIGN KEY (group_id) REFERENCES dbo.ScimGroup (id),
    CONSTRAINT FK_ScimGroupMember_ScimUser FOREIGN KEY (scim_user_id) REFERENCES dbo.ScimUser (id)
);
CREATE INDEX IX_ScimGroupMember_user ON dbo.ScimGroupMember (scim_user_id, group_id);
CREATE INDEX IX_ScimGroupMember_connection ON dbo.ScimGroupMember (connection_id);
GO

-- What a group's people are in a workspace of the organisation, and of which user type there. Of several the highest role
-- counts. No group makes an OWNER.
CREATE TABLE dbo.ScimGroupMapping (
    id            UNIQUEIDENTIFIER NOT NULL,
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    group_id      UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    role          NVARCHAR(20)     NOT NULL,
    user_type_id  UNIQUEIDENTIFIER NULL,
    created_by    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at    DATETIME2(6)     NOT NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    version       INT              NOT NULL CONSTRAINT DF_ScimGroupMapping_version DEFAULT 1,
    CONSTRAINT PK_ScimGroupMapping PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_ScimGroupMapping_ScimGroup FOREIGN KEY (group_id) REFERENCES dbo.ScimGroup (id),
    CONSTRAINT FK_ScimGroupMapping_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_ScimGroupMapping_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES dbo.UserType (workspace_id, id),
    CONSTRAINT FK_ScimGroupMapping_created_by FOREIGN KEY (created_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_ScimGroupMapping_role CHECK (role IN (N'ADMIN', N'MEMBER', N'VIEWER'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_ScimGroupMapping_list ON dbo.ScimGroupMapping (org_id, id);
CREATE UNIQUE INDEX UQ_ScimGroupMapping_workspace ON dbo.ScimGroupMapping (group_id, workspace_id);
CREATE INDEX IX_ScimGroupMapping_target ON dbo.ScimGroupMapping (workspace_id);
CREATE INDEX IX_ScimGroupMapping_connection ON dbo.ScimGroupMapping (connection_id);
GO

-- What groups have made of somebody in a workspace, and what they were there before (base_role NULL: nothing), which they
-- are again when no group gives anything. Where the membership is no more what was given, it was changed by hand: that
-- is what they are without the groups.
CREATE TABLE dbo.ScimGrant (
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    user_id       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    org_id        UNIQUEIDENTIFIER NOT NULL,
    connection_id UNIQUEIDENTIFIER NOT NULL,
    role          NVARCHAR(20)     NOT NULL,
    user_type_id  UNIQUEIDENTIFIER NULL,
    base_role     NVARCHAR(20)     NULL,
    base_is_guest BIT              NOT NULL,
    base_type_id  UNIQUEIDENTIFIER NULL,
    updated_at    DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_ScimGrant PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT FK_ScimGrant_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_ScimGrant_ScimConnection FOREIGN KEY (connection_id) REFERENCES dbo.ScimConnection (id),
    CONSTRAINT FK_ScimGrant_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_ScimGrant_role CHECK (role IN (N'ADMIN', N'MEMBER', N'VIEWER')),
    CONSTRAINT CK_ScimGrant_base_role CHECK (base_role IN (N'OWNER', N'ADMIN', N'MEMBER', N'VIEWER')),
    CONSTRAINT CK_ScimGrant_base_is_guest CHECK (base_is_guest IN (0, 1))
);
CREATE INDEX IX_ScimGrant_user ON dbo.ScimGrant (connection_id, user_id, workspace_id);
GO

-- Whom their directory has stopped in an organisation: what they have there, and in its workspaces, is kept and is not
-- theirs to use until they are put back.
CREATE TABLE dbo.OrganizationStop (
    org_id     UNIQUEIDENTIFIER NOT NULL,
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stopped_at DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_OrganizationStop PRIMARY KEY (org_id, user_id),
    CONSTRAINT FK_OrganizationStop_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT FK_OrganizationStop_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE INDEX IX_OrganizationStop_user ON dbo.OrganizationStop (user_id);
GO

-- Invitations that somebody has made end with their place in the organisation.
CREATE INDEX IX_Invitation_invited_by ON dbo.Invitation (invited_by, state);
GO
