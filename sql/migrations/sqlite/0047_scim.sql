-- A directory that provisions (SCIM 2.0, RFC 7643): its connection to an organisation, the people and groups that it
-- keeps there, what its groups give, and whom it has stopped.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0047_scim.sql; a test compares them.

-- tid: the directory's tenant, which is whose people it may provision. Of its secret, and of the one before for as long as
-- that is good (prev_until), only the SHA-256 is kept. ends_sessions: a platform administrator connected it, so whom it
-- stops is signed out everywhere, and not only out of the organisation. list_key: folded name, U+001F, id.
CREATE TABLE ScimConnection (
    id           TEXT    NOT NULL,
    org_id       TEXT    NOT NULL,
    tid          TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    prev_hash    TEXT    NULL,
    prev_until   TEXT    NULL,
    is_enabled   INTEGER NOT NULL DEFAULT 1,
    ends_sessions INTEGER NOT NULL DEFAULT 0,
    last_used_at TEXT    NULL,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ScimConnection PRIMARY KEY (id),
    CONSTRAINT FK_ScimConnection_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_ScimConnection_created_by FOREIGN KEY (created_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_ScimConnection_is_enabled CHECK (is_enabled IN (0, 1)),
    CONSTRAINT CK_ScimConnection_ends_sessions CHECK (ends_sessions IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX UQ_ScimConnection_list ON ScimConnection (org_id, list_key);
CREATE UNIQUE INDEX UQ_ScimConnection_tenant ON ScimConnection (org_id, tid);

-- Somebody as the directory describes them: attributes is the resource's JSON, but for what stands in columns and its
-- secrets. account_id: whose account it is; NULL where external_id is no object id, or one of another directory.
CREATE TABLE ScimUser (
    id            TEXT    NOT NULL,
    org_id        TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    account_id    TEXT    NULL,
    external_id   TEXT    NULL,
    user_name     TEXT    NOT NULL,
    user_name_key TEXT    NOT NULL,
    is_active     INTEGER NOT NULL,
    attributes    TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ScimUser PRIMARY KEY (id),
    CONSTRAINT FK_ScimUser_ScimConnection FOREIGN KEY (connection_id) REFERENCES ScimConnection (id),
    CONSTRAINT FK_ScimUser_UserAccount FOREIGN KEY (account_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_ScimUser_is_active CHECK (is_active IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX UQ_ScimUser_list ON ScimUser (org_id, connection_id, id);
CREATE UNIQUE INDEX UQ_ScimUser_name ON ScimUser (connection_id, user_name_key);
CREATE UNIQUE INDEX UQ_ScimUser_external ON ScimUser (connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX UQ_ScimUser_account ON ScimUser (connection_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX IX_ScimUser_person ON ScimUser (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX IX_ScimUser_active ON ScimUser (org_id, connection_id, is_active, id);

-- By which addresses somebody is found. They name nobody's account.
CREATE TABLE ScimUserEmail (
    org_id        TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    scim_user_id  TEXT NOT NULL,
    email_key     TEXT NOT NULL,
    CONSTRAINT PK_ScimUserEmail PRIMARY KEY (scim_user_id, email_key),
    CONSTRAINT FK_ScimUserEmail_ScimUser FOREIGN KEY (scim_user_id) REFERENCES ScimUser (id)
) STRICT;
CREATE INDEX IX_ScimUserEmail_key ON ScimUserEmail (connection_id, email_key, scim_user_id);

-- name_key: folded display name. Directories have several of one name.
CREATE TABLE ScimGroup (
    id            TEXT    NOT NULL,
    org_id        TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    external_id   TEXT    NULL,
    display_name  TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    attributes    TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ScimGroup PRIMARY KEY (id),
    CONSTRAINT FK_ScimGroup_ScimConnection FOREIGN KEY (connection_id) REFERENCES ScimConnection (id)
) STRICT;
CREATE UNIQUE INDEX UQ_ScimGroup_list ON ScimGroup (org_id, connection_id, id);
CREATE UNIQUE INDEX UQ_ScimGroup_external ON ScimGroup (connection_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX IX_ScimGroup_name ON ScimGroup (connection_id, name_key, id);

CREATE TABLE ScimGroupMember (
    org_id        TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    group_id      TEXT NOT NULL,
    scim_user_id  TEXT NOT NULL,
    CONSTRAINT PK_ScimGroupMember PRIMARY KEY (group_id, scim_user_id),
    CONSTRAINT FK_ScimGroupMember_ScimGroup FOREIGN KEY (group_id) REFERENCES ScimGroup (id),
    CONSTRAINT FK_ScimGroupMember_ScimUser FOREIGN KEY (scim_user_id) REFERENCES ScimUser (id)
) STRICT;
CREATE INDEX IX_ScimGroupMember_user ON ScimGroupMember (scim_user_id, group_id);
CREATE INDEX IX_ScimGroupMember_connection ON ScimGroupMember (connection_id);

-- What a group's people are in a workspace of the organisation, and of which user type there. Of several the highest role
-- counts. No group makes an OWNER.
CREATE TABLE ScimGroupMapping (
    id            TEXT    NOT NULL,
    org_id        TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    group_id      TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    user_type_id  TEXT    NULL,
    created_by    TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ScimGroupMapping PRIMARY KEY (id),
    CONSTRAINT FK_ScimGroupMapping_ScimGroup FOREIGN KEY (group_id) REFERENCES ScimGroup (id),
    CONSTRAINT FK_ScimGroupMapping_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_ScimGroupMapping_UserType FOREIGN KEY (workspace_id, user_type_id) REFERENCES UserType (workspace_id, id),
    CONSTRAINT FK_ScimGroupMapping_created_by FOREIGN KEY (created_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_ScimGroupMapping_role CHECK (role IN ('ADMIN', 'MEMBER', 'VIEWER'))
) STRICT;
CREATE UNIQUE INDEX UQ_ScimGroupMapping_list ON ScimGroupMapping (org_id, id);
CREATE UNIQUE INDEX UQ_ScimGroupMapping_workspace ON ScimGroupMapping (group_id, workspace_id);
CREATE INDEX IX_ScimGroupMapping_target ON ScimGroupMapping (workspace_id);
CREATE INDEX IX_ScimGroupMapping_connection ON ScimGroupMapping (connection_id);

-- What groups have made of somebody in a workspace, and what they were there before (base_role NULL: nothing), which they
-- are again when no group gives anything. Where the membership is no more what was given, it was changed by hand: that
-- is what they are without the groups.
CREATE TABLE ScimGrant (
    workspace_id  TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    org_id        TEXT    NOT NULL,
    connection_id TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    user_type_id  TEXT    NULL,
    base_role     TEXT    NULL,
    base_is_guest INTEGER NOT NULL,
    base_type_id  TEXT    NULL,
    updated_at    TEXT    NOT NULL,
    CONSTRAINT PK_ScimGrant PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT FK_ScimGrant_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_ScimGrant_ScimConnection FOREIGN KEY (connection_id) REFERENCES ScimConnection (id),
    CONSTRAINT FK_ScimGrant_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_ScimGrant_role CHECK (role IN ('ADMIN', 'MEMBER', 'VIEWER')),
    CONSTRAINT CK_ScimGrant_base_role CHECK (base_role IN ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER')),
    CONSTRAINT CK_ScimGrant_base_is_guest CHECK (base_is_guest IN (0, 1))
) STRICT;
CREATE INDEX IX_ScimGrant_user ON ScimGrant (connection_id, user_id, workspace_id);

-- Whom their directory has stopped in an organisation: what they have there, and in its workspaces, is kept and is not
-- theirs to use until they are put back.
CREATE TABLE OrganizationStop (
    org_id     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    stopped_at TEXT NOT NULL,
    CONSTRAINT PK_OrganizationStop PRIMARY KEY (org_id, user_id),
    CONSTRAINT FK_OrganizationStop_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_OrganizationStop_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_OrganizationStop_user ON OrganizationStop (user_id);

-- Invitations that somebody has made end with their place in the organisation.
CREATE INDEX IX_Invitation_invited_by ON Invitation (invited_by, state);
