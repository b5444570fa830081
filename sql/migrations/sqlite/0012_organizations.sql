-- Organisations, which group workspaces, and the status of both.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0012_organizations.sql; a test compares them.

-- The guard row of everything decided about an organisation: its roles, its owner, its status, its limits.
-- slug is lower-case ASCII. held_by: who took it out of work, so that nobody below them puts it back.
CREATE TABLE Organization (
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    slug       TEXT    NULL,
    status     TEXT    NOT NULL DEFAULT 'ACTIVE',
    held_by    TEXT    NULL,
    created_by TEXT    NOT NULL,
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL,
    list_key   TEXT    NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_Organization PRIMARY KEY (id),
    CONSTRAINT FK_Organization_created_by FOREIGN KEY (created_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_Organization_status CHECK (status IN ('ACTIVE', 'SUSPENDED', 'ARCHIVED')),
    CONSTRAINT CK_Organization_held_by CHECK ((status = 'ACTIVE' AND held_by IS NULL) OR (status <> 'ACTIVE' AND held_by IN ('organization', 'platform')))
) STRICT;
CREATE UNIQUE INDEX UQ_Organization_list ON Organization (list_key);
CREATE UNIQUE INDEX UQ_Organization_slug ON Organization (slug) WHERE slug IS NOT NULL;

-- list_key repeats Organization.list_key; member_key: folded display name, U+001F, user id.
CREATE TABLE OrganizationMember (
    id           TEXT    NOT NULL,
    org_id       TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    display_name TEXT    NULL,
    role         TEXT    NOT NULL,
    source       TEXT    NOT NULL DEFAULT 'manual',
    added_at     TEXT    NOT NULL,
    added_by     TEXT    NOT NULL,
    updated_at   TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    member_key   TEXT    NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_OrganizationMember PRIMARY KEY (id),
    CONSTRAINT FK_OrganizationMember_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_OrganizationMember_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_OrganizationMember_role CHECK (role IN ('OWNER', 'ADMIN', 'MEMBER')),
    CONSTRAINT CK_OrganizationMember_source CHECK (source IN ('manual', 'invitation', 'directory'))
) STRICT;
CREATE UNIQUE INDEX UQ_OrganizationMember_user ON OrganizationMember (org_id, user_id);
CREATE UNIQUE INDEX UQ_OrganizationMember_owner ON OrganizationMember (org_id) WHERE role = 'OWNER';
CREATE INDEX IX_OrganizationMember_list ON OrganizationMember (user_id, list_key);
CREATE INDEX IX_OrganizationMember_member ON OrganizationMember (org_id, member_key);
CREATE INDEX IX_OrganizationMember_role ON OrganizationMember (org_id, role, member_key);

-- seq is the organisation's version that the change made. Append-only.
CREATE TABLE OrganizationStatusEvent (
    org_id      TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    from_status TEXT    NOT NULL,
    to_status   TEXT    NOT NULL,
    reason      TEXT    NULL,
    actor_id    TEXT    NOT NULL,
    at          TEXT    NOT NULL,
    CONSTRAINT PK_OrganizationStatusEvent PRIMARY KEY (org_id, seq),
    CONSTRAINT FK_OrganizationStatusEvent_Organization FOREIGN KEY (org_id) REFERENCES Organization (id)
) STRICT;

CREATE TRIGGER TR_OrganizationStatusEvent_update BEFORE UPDATE ON OrganizationStatusEvent
BEGIN
    SELECT RAISE(ABORT, 'append-only: OrganizationStatusEvent');
END;
CREATE TRIGGER TR_OrganizationStatusEvent_delete BEFORE DELETE ON OrganizationStatusEvent
BEGIN
    SELECT RAISE(ABORT, 'append-only: OrganizationStatusEvent');
END;

-- A workspace need not be of an organisation. is_active = 0 is a deletion; the status is what it comes back with.
ALTER TABLE Workspace ADD COLUMN org_id TEXT NULL CONSTRAINT FK_Workspace_Organization REFERENCES Organization (id);

ALTER TABLE Workspace ADD COLUMN status TEXT NOT NULL DEFAULT 'ACTIVE' CONSTRAINT CK_Workspace_status CHECK (status IN ('ACTIVE', 'SUSPENDED', 'ARCHIVED'));

ALTER TABLE Workspace ADD COLUMN held_by TEXT NULL CONSTRAINT CK_Workspace_held_by CHECK (held_by IN ('workspace', 'organization', 'platform'));

CREATE INDEX IX_Workspace_org ON Workspace (org_id, list_key) WHERE org_id IS NOT NULL;

-- How somebody came to be a member.
ALTER TABLE WorkspaceMember ADD COLUMN source TEXT NOT NULL DEFAULT 'manual' CONSTRAINT CK_WorkspaceMember_source CHECK (source IN ('manual', 'invitation', 'directory'));

-- The organisation that somebody works in, as they chose it last; whether they are in it still is for who reads it.
ALTER TABLE UserAccount ADD COLUMN default_org_id TEXT NULL;
