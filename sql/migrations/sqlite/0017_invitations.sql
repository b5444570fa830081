-- How people come in: invitations by address, links to join by, and an OWNER who hands a workspace over.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0017_invitations.sql; a test compares them.

-- An invitation is to a workspace or to an organisation. Of its token only the SHA-256 is kept. list_key: email_key,
-- U+001F, id. A PENDING one that has expired waits for whoever comes next to say so.
CREATE TABLE Invitation (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NULL,
    org_id       TEXT    NULL,
    email        TEXT    NOT NULL,
    email_key    TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    state        TEXT    NOT NULL DEFAULT 'PENDING',
    invited_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    ended_at     TEXT    NULL,
    ended_by     TEXT    NULL,
    list_key     TEXT    NOT NULL,
    CONSTRAINT PK_Invitation PRIMARY KEY (id),
    CONSTRAINT FK_Invitation_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_Invitation_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_Invitation_invited_by FOREIGN KEY (invited_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_Invitation_place CHECK ((workspace_id IS NULL AND org_id IS NOT NULL) OR (workspace_id IS NOT NULL AND org_id IS NULL)),
    CONSTRAINT CK_Invitation_role CHECK ((workspace_id IS NOT NULL AND role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER')) OR (org_id IS NOT NULL AND role IN ('ADMIN', 'MEMBER'))),
    CONSTRAINT CK_Invitation_state CHECK (state IN ('PENDING', 'ACCEPTED', 'DECLINED', 'REVOKED', 'EXPIRED'))
) STRICT;
CREATE UNIQUE INDEX UQ_Invitation_list ON Invitation (list_key);
CREATE UNIQUE INDEX UQ_Invitation_token ON Invitation (token_hash);
CREATE UNIQUE INDEX UQ_Invitation_workspace ON Invitation (workspace_id, email_key) WHERE state = 'PENDING' AND workspace_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_Invitation_org ON Invitation (org_id, email_key) WHERE state = 'PENDING' AND org_id IS NOT NULL;
CREATE INDEX IX_Invitation_workspace_list ON Invitation (workspace_id, list_key);
CREATE INDEX IX_Invitation_org_list ON Invitation (org_id, list_key);
CREATE INDEX IX_Invitation_email ON Invitation (email_key, list_key);
CREATE INDEX IX_Invitation_expiry ON Invitation (state, expires_at);

-- A link by which a bounded number of people join. Of its code only the SHA-256 is kept. list_key: when it was made,
-- U+001F, id.
CREATE TABLE JoinLink (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    code_hash    TEXT    NOT NULL,
    usage_limit  INTEGER NOT NULL,
    usage_count  INTEGER NOT NULL DEFAULT 0,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    CONSTRAINT PK_JoinLink PRIMARY KEY (id),
    CONSTRAINT FK_JoinLink_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_JoinLink_created_by FOREIGN KEY (created_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_JoinLink_role CHECK (role IN ('MEMBER', 'VIEWER')),
    CONSTRAINT CK_JoinLink_usage CHECK (usage_limit BETWEEN 1 AND 10000 AND usage_count BETWEEN 0 AND usage_limit)
) STRICT;
CREATE UNIQUE INDEX UQ_JoinLink_list ON JoinLink (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_JoinLink_code ON JoinLink (code_hash);
CREATE INDEX IX_JoinLink_expiry ON JoinLink (expires_at);

-- An OWNER asks a member to take the workspace over, who accepts or not; an organisation changes hands at once and has
-- none of these.
CREATE TABLE OwnershipTransfer (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    from_user    TEXT    NOT NULL,
    to_user      TEXT    NOT NULL,
    state        TEXT    NOT NULL DEFAULT 'PENDING',
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    ended_at     TEXT    NULL,
    list_key     TEXT    NOT NULL,
    CONSTRAINT PK_OwnershipTransfer PRIMARY KEY (id),
    CONSTRAINT FK_OwnershipTransfer_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_OwnershipTransfer_from_user FOREIGN KEY (from_user) REFERENCES UserAccount (id),
    CONSTRAINT FK_OwnershipTransfer_to_user FOREIGN KEY (to_user) REFERENCES UserAccount (id),
    CONSTRAINT CK_OwnershipTransfer_state CHECK (state IN ('PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED', 'EXPIRED'))
) STRICT;
CREATE UNIQUE INDEX UQ_OwnershipTransfer_list ON OwnershipTransfer (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_OwnershipTransfer_pending ON OwnershipTransfer (workspace_id) WHERE state = 'PENDING';
CREATE INDEX IX_OwnershipTransfer_expiry ON OwnershipTransfer (state, expires_at);
