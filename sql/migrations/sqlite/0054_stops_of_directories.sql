-- A stop belongs to the directory that made it, by its tenant: what one directory stops no other lifts, and one that is cut
-- and connected again finds its own. The same as sql/migrations/mssql/0054_stops_of_directories.sql; a test compares them.
ALTER TABLE OrganizationStop RENAME TO OrganizationStopBefore;
DROP INDEX IX_OrganizationStop_user;
CREATE TABLE OrganizationStop (
    org_id     TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    stopped_at TEXT NOT NULL,
    tid        TEXT NOT NULL,
    CONSTRAINT PK_OrganizationStop PRIMARY KEY (org_id, user_id, tid),
    CONSTRAINT FK_OrganizationStop_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_OrganizationStop_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_OrganizationStop_user ON OrganizationStop (user_id);

-- Whose a stop is: of each directory that says the person is not active; of whom none says so any more, of their own.
INSERT INTO OrganizationStop (org_id, user_id, stopped_at, tid)
SELECT DISTINCT s.org_id, s.user_id, s.stopped_at, c.tid
FROM OrganizationStopBefore AS s
JOIN ScimUser AS u ON u.account_id = s.user_id AND u.org_id = s.org_id AND u.is_active = 0
JOIN ScimConnection AS c ON c.id = u.connection_id;
INSERT INTO OrganizationStop (org_id, user_id, stopped_at, tid)
SELECT s.org_id, s.user_id, s.stopped_at, a.tid
FROM OrganizationStopBefore AS s
JOIN UserAccount AS a ON a.id = s.user_id
WHERE NOT EXISTS (SELECT 1 FROM OrganizationStop AS n WHERE n.org_id = s.org_id AND n.user_id = s.user_id);
DROP TABLE OrganizationStopBefore;
