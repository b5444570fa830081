-- Accounts, sessions, workspaces, members and the audit chain.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0001_core.sql; a test compares them.
-- Times are TEXT 'YYYY-MM-DDTHH:MM:SS.ffffffZ' in UTC, written by the application; ids are lower-case UUID text.

CREATE TABLE UserAccount (
    id              TEXT    NOT NULL,
    tid             TEXT    NOT NULL,
    email           TEXT    NULL,
    display_name    TEXT    NULL,
    status          TEXT    NOT NULL DEFAULT 'ACTIVE',
    session_version INTEGER NOT NULL DEFAULT 1,
    created_at      TEXT    NOT NULL,
    updated_at      TEXT    NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_UserAccount PRIMARY KEY (id),
    CONSTRAINT CK_UserAccount_status CHECK (status IN ('ACTIVE', 'DEACTIVATED', 'SUSPENDED', 'ARCHIVED', 'ERASED'))
) STRICT;

-- Accounts of the local issuer only; whoever signs in elsewhere has no row here.
CREATE TABLE UserPassword (
    user_id       TEXT NOT NULL,
    email_key     TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at    TEXT NOT NULL,
    CONSTRAINT PK_UserPassword PRIMARY KEY (user_id),
    CONSTRAINT FK_UserPassword_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE UNIQUE INDEX UQ_UserPassword_email ON UserPassword (email_key);

-- Failed sign-ins by account and by address. throttle_key is a digest: no e-mail, no address.
CREATE TABLE SignInThrottle (
    throttle_key TEXT    NOT NULL,
    failures     INTEGER NOT NULL,
    expires_at   TEXT    NOT NULL,
    CONSTRAINT PK_SignInThrottle PRIMARY KEY (throttle_key)
) STRICT;
CREATE INDEX IX_SignInThrottle_expires ON SignInThrottle (expires_at);

CREATE TABLE RefreshToken (
    id         TEXT NOT NULL,
    family_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    issued_at  TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at    TEXT NULL,
    revoked_at TEXT NULL,
    CONSTRAINT PK_RefreshToken PRIMARY KEY (id),
    CONSTRAINT FK_RefreshToken_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE UNIQUE INDEX UQ_RefreshToken_hash ON RefreshToken (token_hash);
CREATE INDEX IX_RefreshToken_family ON RefreshToken (family_id);
CREATE INDEX IX_RefreshToken_user ON RefreshToken (user_id, expires_at);

-- PMA tokens ended before their time. A row may go once the token would have expired anyway.
CREATE TABLE TokenRevocation (
    jti        TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT NOT NULL,
    CONSTRAINT PK_TokenRevocation PRIMARY KEY (jti),
    CONSTRAINT FK_TokenRevocation_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_TokenRevocation_user ON TokenRevocation (user_id, expires_at);

-- list_key: folded name, U+001F, id. It sorts by name and is unique, so one column pages a list.
CREATE TABLE Workspace (
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NULL,
    created_by  TEXT    NOT NULL,
    created_at  TEXT    NOT NULL,
    updated_at  TEXT    NOT NULL,
    blob_path   TEXT    NULL,
    is_active   INTEGER NOT NULL DEFAULT 1,
    list_key    TEXT    NOT NULL,
    deleted_at  TEXT    NULL,
    version     INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_Workspace PRIMARY KEY (id),
    CONSTRAINT FK_Workspace_created_by FOREIGN KEY (created_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_Workspace_is_active CHECK ((is_active = 1 AND deleted_at IS NULL) OR (is_active = 0 AND deleted_at IS NOT NULL))
) STRICT;
CREATE INDEX IX_Workspace_created_by ON Workspace (created_by);

-- The guard row of the audit sequence: its lock is taken last and lives to commit,
-- which makes seq gap-free and in commit order.
CREATE TABLE WorkspaceHead (
    workspace_id TEXT    NOT NULL,
    audit_seq    INTEGER NOT NULL DEFAULT 0,
    audit_hash   TEXT    NOT NULL,
    CONSTRAINT PK_WorkspaceHead PRIMARY KEY (workspace_id),
    CONSTRAINT FK_WorkspaceHead_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT;

-- list_key repeats Workspace.list_key, so that "my workspaces by name" is one index range.
-- member_key: folded display name, U+001F, user id.
-- Both are unique by what they contain. Their indexes are not declared so, because of several unique
-- violations at once an engine reports whichever it likes, and clients are promised MEMBER_EXISTS.
CREATE TABLE WorkspaceMember (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    display_name TEXT    NULL,
    role         TEXT    NOT NULL,
    added_at     TEXT    NOT NULL,
    added_by     TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    member_key   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WorkspaceMember PRIMARY KEY (id),
    CONSTRAINT FK_WorkspaceMember_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_WorkspaceMember_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_WorkspaceMember_role CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER'))
) STRICT;
CREATE UNIQUE INDEX UQ_WorkspaceMember_id ON WorkspaceMember (workspace_id, id);
CREATE UNIQUE INDEX UQ_WorkspaceMember_user ON WorkspaceMember (workspace_id, user_id);
CREATE INDEX IX_WorkspaceMember_list ON WorkspaceMember (user_id, list_key);
CREATE INDEX IX_WorkspaceMember_member ON WorkspaceMember (workspace_id, member_key);
CREATE INDEX IX_WorkspaceMember_role ON WorkspaceMember (workspace_id, role, member_key);

CREATE TABLE AuditLog (
    id            TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    actor_id      TEXT    NOT NULL,
    details       TEXT    NULL,
    timestamp     TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    prev_hash     TEXT    NOT NULL,
    entry_hash    TEXT    NOT NULL,
    details_salt  TEXT    NULL,
    details_hash  TEXT    NOT NULL,
    target_type   TEXT    NOT NULL,
    target_id     TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    ip            TEXT    NULL,
    auth_method   TEXT    NOT NULL,
    credential_id TEXT    NULL,
    redacted      INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT PK_AuditLog PRIMARY KEY (id),
    CONSTRAINT FK_AuditLog_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_AuditLog_outcome CHECK (outcome IN ('SUCCESS', 'DENIED', 'FAILED')),
    CONSTRAINT CK_AuditLog_details CHECK (details IS NULL OR json_valid(details)),
    CONSTRAINT CK_AuditLog_redacted CHECK ((redacted = 0 AND details_salt IS NOT NULL) OR (redacted = 1 AND details_salt IS NULL AND details IS NULL AND ip IS NULL))
) STRICT;
CREATE UNIQUE INDEX UQ_AuditLog_seq ON AuditLog (workspace_id, seq);
CREATE INDEX IX_AuditLog_actor ON AuditLog (workspace_id, actor_id, seq);
CREATE INDEX IX_AuditLog_action ON AuditLog (workspace_id, action, seq);
CREATE INDEX IX_AuditLog_target ON AuditLog (workspace_id, target_type, target_id, seq);
CREATE INDEX IX_AuditLog_timestamp ON AuditLog (workspace_id, timestamp);

-- Append-only. The one change allowed is an erasure: details, salt and address go, nothing else moves.
CREATE TRIGGER TR_AuditLog_update BEFORE UPDATE ON AuditLog
WHEN NOT (
    OLD.redacted = 0 AND NEW.redacted = 1
    AND NEW.id = OLD.id AND NEW.workspace_id = OLD.workspace_id AND NEW.action = OLD.action
    AND NEW.actor_id = OLD.actor_id AND NEW.timestamp = OLD.timestamp AND NEW.seq = OLD.seq
    AND NEW.prev_hash = OLD.prev_hash AND NEW.entry_hash = OLD.entry_hash
    AND NEW.details_hash = OLD.details_hash AND NEW.target_type = OLD.target_type
    AND NEW.target_id = OLD.target_id AND NEW.outcome = OLD.outcome AND NEW.request_id = OLD.request_id
    AND NEW.auth_method = OLD.auth_method AND NEW.credential_id IS OLD.credential_id
)
BEGIN
    SELECT RAISE(ABORT, 'append-only: AuditLog');
END;
CREATE TRIGGER TR_AuditLog_delete BEFORE DELETE ON AuditLog
BEGIN
    SELECT RAISE(ABORT, 'append-only: AuditLog');
END;

-- What happens to an account outside any workspace: sign-in, sign-out, lock-out. One chain an account.
CREATE TABLE PlatformHead (
    scope_type TEXT    NOT NULL,
    scope_id   TEXT    NOT NULL,
    audit_seq  INTEGER NOT NULL DEFAULT 0,
    audit_hash TEXT    NOT NULL,
    CONSTRAINT PK_PlatformHead PRIMARY KEY (scope_type, scope_id),
    CONSTRAINT CK_PlatformHead_scope_type CHECK (scope_type IN ('user', 'org', 'platform'))
) STRICT;

CREATE TABLE PlatformAuditLog (
    id            TEXT    NOT NULL,
    scope_type    TEXT    NOT NULL,
    scope_id      TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    actor_id      TEXT    NOT NULL,
    details       TEXT    NULL,
    timestamp     TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    prev_hash     TEXT    NOT NULL,
    entry_hash    TEXT    NOT NULL,
    details_salt  TEXT    NULL,
    details_hash  TEXT    NOT NULL,
    target_type   TEXT    NOT NULL,
    target_id     TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    ip            TEXT    NULL,
    auth_method   TEXT    NOT NULL,
    credential_id TEXT    NULL,
    redacted      INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT PK_PlatformAuditLog PRIMARY KEY (id),
    CONSTRAINT FK_PlatformAuditLog_PlatformHead FOREIGN KEY (scope_type, scope_id) REFERENCES PlatformHead (scope_type, scope_id),
    CONSTRAINT CK_PlatformAuditLog_outcome CHECK (outcome IN ('SUCCESS', 'DENIED', 'FAILED')),
    CONSTRAINT CK_PlatformAuditLog_details CHECK (details IS NULL OR json_valid(details)),
    CONSTRAINT CK_PlatformAuditLog_redacted CHECK ((redacted = 0 AND details_salt IS NOT NULL) OR (redacted = 1 AND details_salt IS NULL AND details IS NULL AND ip IS NULL))
) STRICT;
CREATE UNIQUE INDEX UQ_PlatformAuditLog_seq ON PlatformAuditLog (scope_type, scope_id, seq);

CREATE TRIGGER TR_PlatformAuditLog_update BEFORE UPDATE ON PlatformAuditLog
WHEN NOT (
    OLD.redacted = 0 AND NEW.redacted = 1
    AND NEW.id = OLD.id AND NEW.scope_type = OLD.scope_type AND NEW.scope_id = OLD.scope_id
    AND NEW.action = OLD.action AND NEW.actor_id = OLD.actor_id AND NEW.timestamp = OLD.timestamp
    AND NEW.seq = OLD.seq AND NEW.prev_hash = OLD.prev_hash AND NEW.entry_hash = OLD.entry_hash
    AND NEW.details_hash = OLD.details_hash AND NEW.target_type = OLD.target_type
    AND NEW.target_id = OLD.target_id AND NEW.outcome = OLD.outcome AND NEW.request_id = OLD.request_id
    AND NEW.auth_method = OLD.auth_method AND NEW.credential_id IS OLD.credential_id
)
BEGIN
    SELECT RAISE(ABORT, 'append-only: PlatformAuditLog');
END;
CREATE TRIGGER TR_PlatformAuditLog_delete BEFORE DELETE ON PlatformAuditLog
BEGIN
    SELECT RAISE(ABORT, 'append-only: PlatformAuditLog');
END;
