-- Sign-in for browsers: what waits for an answer of the directory, and the sessions that came of it.
-- The same as sql/migrations/mssql/0037_browser_sign_in.sql; a test compares them.

-- One sign-in under way: used once, by the browser that began it. What is secret of it is sealed.
CREATE TABLE OAuthState (
    state_hash   TEXT NOT NULL,
    provider     TEXT NOT NULL,
    browser_hash TEXT NOT NULL,
    session_hash TEXT NULL,
    sealed       TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    return_to    TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    used_at      TEXT NULL,
    CONSTRAINT PK_OAuthState PRIMARY KEY (state_hash)
) STRICT;
CREATE INDEX IX_OAuthState_expires ON OAuthState (expires_at);

-- What the cookie of a browser stands for. A session that has ended has no row. ``version`` counts its tokens;
-- ``renewing_until`` is the guard of whoever renews them.
CREATE TABLE BrowserSession (
    id              TEXT    NOT NULL,
    token_hash      TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    sid             TEXT    NULL,
    sealed          TEXT    NOT NULL,
    key_id          TEXT    NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    session_version INTEGER NOT NULL,
    user_agent      TEXT    NOT NULL,
    created_at      TEXT    NOT NULL,
    last_seen_at    TEXT    NOT NULL,
    expires_at      TEXT    NOT NULL,
    renew_at        TEXT    NOT NULL,
    renewing_until  TEXT    NULL,
    CONSTRAINT PK_BrowserSession PRIMARY KEY (id),
    CONSTRAINT FK_BrowserSession_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE UNIQUE INDEX UQ_BrowserSession_hash ON BrowserSession (token_hash);
CREATE INDEX IX_BrowserSession_user ON BrowserSession (user_id, created_at);
CREATE INDEX IX_BrowserSession_sid ON BrowserSession (provider, sid, user_id);
CREATE INDEX IX_BrowserSession_subject ON BrowserSession (provider, subject, user_id);
CREATE INDEX IX_BrowserSession_expires ON BrowserSession (expires_at);

-- Codes of the local issuer, each for one redirect and one verifier, used once. ``family_id`` is that of the refresh
-- tokens that come of it: whoever uses a code again ends them.
CREATE TABLE AuthorizationCode (
    code_hash       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    family_id       TEXT    NOT NULL,
    redirect_uri    TEXT    NOT NULL,
    challenge       TEXT    NOT NULL,
    nonce           TEXT    NOT NULL,
    session_version INTEGER NOT NULL,
    created_at      TEXT    NOT NULL,
    expires_at      TEXT    NOT NULL,
    used_at         TEXT    NULL,
    CONSTRAINT PK_AuthorizationCode PRIMARY KEY (code_hash),
    CONSTRAINT FK_AuthorizationCode_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_AuthorizationCode_expires ON AuthorizationCode (expires_at);
