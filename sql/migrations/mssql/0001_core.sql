-- Accounts, sessions, workspaces, members and the audit chain.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0001_core.sql; a test compares them.
-- Times are UTC and written by the application: the seed's DEFAULT SYSDATETIME() stands, and is never relied on.
-- Keys compared as text are BIN2: the server's collation must not decide whether two users are one.

CREATE TABLE dbo.UserAccount (
    id              NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tid             NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    email           NVARCHAR(320) NULL,
    display_name    NVARCHAR(200) NULL,
    status          NVARCHAR(20)  NOT NULL CONSTRAINT DF_UserAccount_status DEFAULT N'ACTIVE',
    session_version INT           NOT NULL CONSTRAINT DF_UserAccount_session_version DEFAULT 1,
    created_at      DATETIME2(6)  NOT NULL,
    updated_at      DATETIME2(6)  NOT NULL,
    version         INT           NOT NULL CONSTRAINT DF_UserAccount_version DEFAULT 1,
    CONSTRAINT PK_UserAccount PRIMARY KEY (id),
    CONSTRAINT CK_UserAccount_status CHECK (status IN (N'ACTIVE', N'DEACTIVATED', N'SUSPENDED', N'ARCHIVED', N'ERASED'))
);
GO

-- Accounts of the local issuer only; whoever signs in elsewhere has no row here.
CREATE TABLE dbo.UserPassword (
    user_id       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    email_key     NVARCHAR(320) COLLATE Latin1_General_100_BIN2 NOT NULL,
    password_hash VARCHAR(255)  NOT NULL,
    changed_at    DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_UserPassword PRIMARY KEY (user_id),
    CONSTRAINT FK_UserPassword_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE UNIQUE INDEX UQ_UserPassword_email ON dbo.UserPassword (email_key);
GO

-- Failed sign-ins by account and by address. throttle_key is a digest: no e-mail, no address.
CREATE TABLE dbo.SignInThrottle (
    throttle_key CHAR(64)     NOT NULL,
    failures     INT          NOT NULL,
    expires_at   DATETIME2(6) NOT NULL,
    CONSTRAINT PK_SignInThrottle PRIMARY KEY (throttle_key)
);
CREATE INDEX IX_SignInThrottle_expires ON dbo.SignInThrottle (expires_at);
GO

CREATE TABLE dbo.RefreshToken (
    id         UNIQUEIDENTIFIER NOT NULL,
    family_id  UNIQUEIDENTIFIER NOT NULL,
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    token_hash CHAR(64)         NOT NULL,
    issued_at  DATETIME2(6)     NOT NULL,
    expires_at DATETIME2(6)     NOT NULL,
    used_at    DATETIME2(6)     NULL,
    revoked_at DATETIME2(6)     NULL,
    CONSTRAINT PK_RefreshToken PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_RefreshToken_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE UNIQUE INDEX UQ_RefreshToken_hash ON dbo.RefreshToken (token_hash);
CREATE INDEX IX_RefreshToken_family ON dbo.RefreshToken (family_id);
CREATE CLUSTERED INDEX IX_RefreshToken_user ON dbo.RefreshToken (user_id, expires_at);
GO

-- PMA tokens ended before their time. A row may go once the token would have expired anyway.
CREATE TABLE dbo.TokenRevocation (
    jti        UNIQUEIDENTIFIER NOT NULL,
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expires_at DATETIME2(6)     NOT NULL,
    revoked_at DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_TokenRevocation PRIMARY KEY NONCLUSTERED (jti),
    CONSTRAINT FK_TokenRevocation_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE CLUSTERED INDEX IX_TokenRevocation_user ON dbo.TokenRevocation (user_id, expires_at);
GO

-- list_key: folded name, U+001F, id. It sorts by name and is unique, so one column pages a list.
CREATE TABLE dbo.Workspace (
    id          UNIQUEIDENTIFIER NOT NULL,
    name        NVARCHAR(255)    NOT NULL,
    description NVARCHAR(MAX)    NULL,
    created_by  NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at  DATETIME2        NOT NULL CONSTRAINT DF_Workspace_created_at DEFAULT SYSDATETIME(),
    updated_at  DATETIME2        NOT NULL CONSTRAINT DF_Workspace_updated_at DEFAULT SYSDATETIME(),
    blob_path   NVARCHAR(500)    NULL,
    is_active   BIT              NOT NULL CONSTRAINT DF_Workspace_is_active DEFAULT 1,
    list_key    NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    deleted_at  DATETIME2(6)     NULL,
    version     INT              NOT NULL CONSTRAINT DF_Workspace_version DEFAULT 1,
    CONSTRAINT PK_Workspace PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Workspace_created_by FOREIGN KEY (created_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_Workspace_is_active CHECK ((is_active = 1 AND deleted_at IS NULL) OR (is_active = 0 AND deleted_at IS NOT NULL))
);
CREATE CLUSTERED INDEX IX_Workspace_created_by ON dbo.Workspace (created_by);
GO

-- The guard row of the audit sequence: its lock is taken last and lives to commit,
-- which makes seq gap-free and in commit order (an identity column is neither).
CREATE TABLE dbo.WorkspaceHead (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    audit_seq    BIGINT           NOT NULL CONSTRAINT DF_WorkspaceHead_audit_seq DEFAULT 0,
    audit_hash   CHAR(64)         NOT NULL,
    CONSTRAINT PK_WorkspaceHead PRIMARY KEY (workspace_id),
    CONSTRAINT FK_WorkspaceHead_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO

-- list_key repeats Workspace.list_key, so that "my workspaces by name" is one index range.
-- member_key: folded display name, U+001F, user id.
-- Both are unique by what they contain. Their indexes are not declared so, because of several unique
-- violations at once an engine reports whichever it likes, and clients are promised MEMBER_EXISTS.
CREATE TABLE dbo.WorkspaceMember (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    display_name NVARCHAR(200)    NULL,
    role         NVARCHAR(50)     NOT NULL,
    added_at     DATETIME2        NOT NULL CONSTRAINT DF_WorkspaceMember_added_at DEFAULT SYSDATETIME(),
    added_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    updated_at   DATETIME2(6)     NOT NULL,
    list_key     NVARCHAR(340) COLLATE Latin1_General_100_BIN2 NOT NULL,
    member_key   NVARCHAR(410) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version      INT              NOT NULL CONSTRAINT DF_WorkspaceMember_version DEFAULT 1,
    CONSTRAINT PK_WorkspaceMember PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WorkspaceMember_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_WorkspaceMember_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_WorkspaceMember_role CHECK (role IN (N'OWNER', N'ADMIN', N'MEMBER', N'VIEWER'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_WorkspaceMember_user ON dbo.WorkspaceMember (workspace_id, user_id);
CREATE UNIQUE INDEX UQ_WorkspaceMember_id ON dbo.WorkspaceMember (workspace_id, id);
CREATE INDEX IX_WorkspaceMember_list ON dbo.WorkspaceMember (user_id, list_key);
CREATE INDEX IX_WorkspaceMember_member ON dbo.WorkspaceMember (workspace_id, member_key);
CREATE INDEX IX_WorkspaceMember_role ON dbo.WorkspaceMember (workspace_id, role, member_key);
GO

CREATE TABLE dbo.AuditLog (
    id            UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    action        NVARCHAR(255)    NOT NULL,
    actor_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    details       NVARCHAR(MAX)    NULL,
    timestamp     DATETIME2        NOT NULL CONSTRAINT DF_AuditLog_timestamp DEFAULT SYSDATETIME(),
    seq           BIGINT           NOT NULL,
    prev_hash     CHAR(64)         NOT NULL,
    entry_hash    CHAR(64)         NOT NULL,
    details_salt  CHAR(32)         NULL,
    details_hash  CHAR(64)         NOT NULL,
    target_type   NVARCHAR(50)     NOT NULL,
    target_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    outcome       NVARCHAR(10)     NOT NULL,
    request_id    NVARCHAR(64)     NOT NULL,
    ip            NVARCHAR(45)     NULL,
    auth_method   NVARCHAR(50)     NOT NULL,
    credential_id UNIQUEIDENTIFIER NULL,
    redacted      BIT              NOT NULL CONSTRAINT DF_AuditLog_redacted DEFAULT 0,
    CONSTRAINT PK_AuditLog PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_AuditLog_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_AuditLog_outcome CHECK (outcome IN (N'SUCCESS', N'DENIED', N'FAILED')),
    CONSTRAINT CK_AuditLog_details CHECK (details IS NULL OR ISJSON(details) = 1),
    CONSTRAINT CK_AuditLog_redacted CHECK ((redacted = 0 AND details_salt IS NOT NULL) OR (redacted = 1 AND details_salt IS NULL AND details IS NULL AND ip IS NULL))
);
CREATE UNIQUE CLUSTERED INDEX UQ_AuditLog_seq ON dbo.AuditLog (workspace_id, seq);
CREATE INDEX IX_AuditLog_actor ON dbo.AuditLog (workspace_id, actor_id, seq);
CREATE INDEX IX_AuditLog_action ON dbo.AuditLog (workspace_id, action, seq);
CREATE INDEX IX_AuditLog_target ON dbo.AuditLog (workspace_id, target_type, target_id, seq);
CREATE INDEX IX_AuditLog_timestamp ON dbo.AuditLog (workspace_id, timestamp);
GO

-- Append-only. The one change allowed is an erasure: details, salt and address go, nothing else moves.
CREATE TRIGGER dbo.TR_AuditLog_update ON dbo.AuditLog AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (
        SELECT id, workspace_id, action, actor_id, timestamp, seq, prev_hash, entry_hash, details_hash,
               target_type, target_id, outcome, request_id, auth_method, credential_id, CAST(1 AS BIT) AS redacted
        FROM inserted
        EXCEPT
        SELECT id, workspace_id, action, actor_id, timestamp, seq, prev_hash, entry_hash, details_hash,
               target_type, target_id, outcome, request_id, auth_method, credential_id, CAST(1 - redacted AS BIT) AS redacted
        FROM deleted
    ) OR EXISTS (SELECT 1 FROM inserted WHERE redacted = 0)
        THROW 50001, N'append-only: AuditLog', 1;
END;
GO

CREATE TRIGGER dbo.TR_AuditLog_delete ON dbo.AuditLog AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: AuditLog', 1;
END;
GO

-- What happens to an account outside any workspace: sign-in, sign-out, lock-out. One chain an account.
CREATE TABLE dbo.PlatformHead (
    scope_type NVARCHAR(10)  NOT NULL,
    scope_id   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    audit_seq  BIGINT        NOT NULL CONSTRAINT DF_PlatformHead_audit_seq DEFAULT 0,
    audit_hash CHAR(64)      NOT NULL,
    CONSTRAINT PK_PlatformHead PRIMARY KEY (scope_type, scope_id),
    CONSTRAINT CK_PlatformHead_scope_type CHECK (scope_type IN (N'user', N'org', N'platform'))
);
GO

CREATE TABLE dbo.PlatformAuditLog (
    id            UNIQUEIDENTIFIER NOT NULL,
    scope_type    NVARCHAR(10)     NOT NULL,
    scope_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    action        NVARCHAR(255)    NOT NULL,
    actor_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    details       NVARCHAR(MAX)    NULL,
    timestamp     DATETIME2(6)     NOT NULL,
    seq           BIGINT           NOT NULL,
    prev_hash     CHAR(64)         NOT NULL,
    entry_hash    CHAR(64)         NOT NULL,
    details_salt  CHAR(32)         NULL,
    details_hash  CHAR(64)         NOT NULL,
    target_type   NVARCHAR(50)     NOT NULL,
    target_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    outcome       NVARCHAR(10)     NOT NULL,
    request_id    NVARCHAR(64)     NOT NULL,
    ip            NVARCHAR(45)     NULL,
    auth_method   NVARCHAR(50)     NOT NULL,
    credential_id UNIQUEIDENTIFIER NULL,
    redacted      BIT              NOT NULL CONSTRAINT DF_PlatformAuditLog_redacted DEFAULT 0,
    CONSTRAINT PK_PlatformAuditLog PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_PlatformAuditLog_PlatformHead FOREIGN KEY (scope_type, scope_id) REFERENCES dbo.PlatformHead (scope_type, scope_id),
    CONSTRAINT CK_PlatformAuditLog_outcome CHECK (outcome IN (N'SUCCESS', N'DENIED', N'FAILED')),
    CONSTRAINT CK_PlatformAuditLog_details CHECK (details IS NULL OR ISJSON(details) = 1),
    CONSTRAINT CK_PlatformAuditLog_redacted CHECK ((redacted = 0 AND details_salt IS NOT NULL) OR (redacted = 1 AND details_salt IS NULL AND details IS NULL AND ip IS NULL))
);
CREATE UNIQUE CLUSTERED INDEX UQ_PlatformAuditLog_seq ON dbo.PlatformAuditLog (scope_type, scope_id, seq);
GO

CREATE TRIGGER dbo.TR_PlatformAuditLog_update ON dbo.PlatformAuditLog AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (
        SELECT id, scope_type, scope_id, action, actor_id, timestamp, seq, prev_hash, entry_hash, details_hash,
               target_type, target_id, outcome, request_id, auth_method, credential_id, CAST(1 AS BIT) AS redacted
        FROM inserted
        EXCEPT
        SELECT id, scope_type, scope_id, action, actor_id, timestamp, seq, prev_hash, entry_hash, details_hash,
               target_type, target_id, outcome, request_id, auth_method, credential_id, CAST(1 - redacted AS BIT) AS redacted
        FROM deleted
    ) OR EXISTS (SELECT 1 FROM inserted WHERE redacted = 0)
        THROW 50001, N'append-only: PlatformAuditLog', 1;
END;
GO

CREATE TRIGGER dbo.TR_PlatformAuditLog_delete ON dbo.PlatformAuditLog AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: PlatformAuditLog', 1;
END;
GO
