-- What an organisation may have by its plan, what it has, and how it presents itself.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0016_organization_limits.sql; a test compares
-- them.

-- One row an organisation. It is the guard row of its limits, taken after any workspace's and before the logs' heads:
-- what counts is changed here, in the transaction that makes it count. A limit of NULL is none.
CREATE TABLE OrganizationUsage (
    org_id         TEXT    NOT NULL,
    plan_name      TEXT    NULL,
    seats          INTEGER NOT NULL DEFAULT 0,
    max_seats      INTEGER NULL,
    workspaces     INTEGER NOT NULL DEFAULT 0,
    max_workspaces INTEGER NULL,
    file_bytes     INTEGER NOT NULL DEFAULT 0,
    max_file_bytes INTEGER NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_OrganizationUsage PRIMARY KEY (org_id),
    CONSTRAINT FK_OrganizationUsage_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT CK_OrganizationUsage_counts CHECK (seats >= 0 AND workspaces >= 0 AND file_bytes >= 0)
) STRICT;

-- Who takes a seat: members of the organisation and of its workspaces, each once however many memberships there are.
CREATE TABLE OrganizationSeat (
    org_id      TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    memberships INTEGER NOT NULL,
    CONSTRAINT PK_OrganizationSeat PRIMARY KEY (org_id, user_id),
    CONSTRAINT FK_OrganizationSeat_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT CK_OrganizationSeat_memberships CHECK (memberships >= 0)
) STRICT;

INSERT INTO OrganizationSeat (org_id, user_id, memberships)
SELECT s.org_id, s.user_id, COUNT(*)
FROM (
    SELECT m.org_id, m.user_id FROM OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id
    WHERE w.org_id IS NOT NULL AND w.is_active = 1
) AS s
GROUP BY s.org_id, s.user_id;

INSERT INTO OrganizationUsage (org_id, seats, workspaces, file_bytes)
SELECT o.id,
       (SELECT COUNT(*) FROM OrganizationSeat AS s WHERE s.org_id = o.id),
       (SELECT COUNT(*) FROM Workspace AS w WHERE w.org_id = o.id AND w.is_active = 1),
       (SELECT COALESCE(SUM(f.size), 0) FROM WorkspaceFile AS f JOIN Workspace AS w ON w.id = f.workspace_id
        WHERE w.org_id = o.id AND w.is_active = 1 AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL)
FROM Organization AS o;

-- Colours are #rrggbb. The logo is small, and lies here as base64: a sign-in page waits for no store.
CREATE TABLE OrganizationBranding (
    org_id         TEXT    NOT NULL,
    product_name   TEXT    NULL,
    accent_color   TEXT    NULL,
    text_color     TEXT    NULL,
    sender_name    TEXT    NULL,
    sender_address TEXT    NULL,
    logo_type      TEXT    NULL,
    logo_sha256    TEXT    NULL,
    logo           TEXT    NULL,
    updated_at     TEXT    NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_OrganizationBranding PRIMARY KEY (org_id),
    CONSTRAINT FK_OrganizationBranding_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT CK_OrganizationBranding_colors CHECK ((accent_color IS NULL AND text_color IS NULL) OR (accent_color IS NOT NULL AND text_color IS NOT NULL)),
    CONSTRAINT CK_OrganizationBranding_logo CHECK ((logo_type IS NULL AND logo_sha256 IS NULL AND logo IS NULL) OR (logo_type IS NOT NULL AND logo_sha256 IS NOT NULL AND logo IS NOT NULL))
) STRICT;
