-- Sign-in for browsers: what waits for an answer of the directory, and the sessions that came of it.
-- The same as sql/migrations/sqlite/0037_browser_sign_in.sql; a test compares them.

-- One sign-in under way: used once, by the browser that began it. What is secret of it is sealed.
CREATE TABLE dbo.OAuthState (
    state_hash   CHAR(64)       NOT NULL,
    provider     NVARCHAR(40)   NOT NULL,
    browser_hash CHAR(64)       NOT NULL,
    session_hash CHAR(64)       NULL,
    sealed       VARCHAR(8000)  NOT NULL,
    key_id       NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    return_to    NVARCHAR(2000) NOT NULL,
    created_at   DATETIME2(6)   NOT NULL,
    expires_at   DATETIME2(6)   NOT NULL,
    used_at      DATETIME2(6)   NULL,
    CONSTRAINT PK_OAuthState PRIMARY KEY (state_hash)
);
CREATE INDEX IX_OAuthState_expires ON dbo.OAuthState (expires_at);
GO

-- What the cookie of a browser stands for. A session that has ended has no row. ``version`` counts its tokens;
-- ``renewing_until`` is the guard of whoever renews them.
CREATE TABLE dbo.BrowserSession (
    id              UNIQUEIDENTIFIER NOT NULL,
    token_hash      CHAR(64)         NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    provider        NVARCHAR(40)     NOT NULL,
    subject         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sid             NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    sealed          NVARCHAR(MAX)    NOT NULL,
    key_id          NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version         INT              NOT NULL CONSTRAINT DF_BrowserSession_version DEFAULT 1,
    session_version INT              NOT NULL,
    user_agent      NVARCHAR(60)     NOT NULL,
    created_at      DATETIME2(6)     NOT NULL,
    last_seen_at    DATETIME2(6)     NOT NULL,
    expires_at      DATETIME2(6)     NOT NULL,
    renew_at        DATETIME2(6)     NOT NULL,
    renewing_until  DATETIME2(6)     NULL,
    CONSTRAINT PK_BrowserSession PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_BrowserSession_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE UNIQUE INDEX UQ_BrowserSession_hash ON dbo.BrowserSession (token_hash);
CREATE CLUSTERED INDEX IX_BrowserSession_user ON dbo.BrowserSession (user_id, created_at);
CREATE INDEX IX_BrowserSession_sid ON dbo.BrowserSession (provider, sid, user_id);
CREATE INDEX IX_BrowserSession_subject ON dbo.BrowserSession (provider, subject, user_id);
CREATE INDEX IX_BrowserSession_expires ON dbo.BrowserSession (expires_at);
GO

-- Codes of the local issuer, each for one redirect and one verifier, used once. ``family_id`` is that of the refresh
-- tokens that come of it: whoever uses a code again ends them.
CREATE TABLE dbo.AuthorizationCode (
    code_hash       CHAR(64)         NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    family_id       UNIQUEIDENTIFIER NOT NULL,
    redirect_uri    NVARCHAR(2000)   NOT NULL,
    challenge       CHAR(43)         NOT NULL,
    nonce           VARCHAR(200)     NOT NULL,
    session_version INT              NOT NULL,
    created_at      DATETIME2(6)     NOT NULL,
    expires_at      DATETIME2(6)     NOT NULL,
    used_at         DATETIME2(6)     NULL,
    CONSTRAINT PK_AuthorizationCode PRIMARY KEY (code_hash),
    CONSTRAINT FK_AuthorizationCode_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE INDEX IX_AuthorizationCode_expires ON dbo.AuthorizationCode (expires_at);
GO
