-- A stop belongs to the directory that made it, by its tenant: what one directory stops no other lifts, and one that is cut
-- and connected again finds its own. The same as sql/migrations/sqlite/0054_stops_of_directories.sql; a test compares them.
ALTER TABLE dbo.OrganizationStop ADD tid NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL;
GO

-- Whose a stop is: of each directory that says the person is not active; of whom none says so any more, of their own.
UPDATE dbo.OrganizationStop
SET tid = COALESCE(
    (SELECT MIN(c.tid) FROM dbo.ScimUser AS u JOIN dbo.ScimConnection AS c ON c.id = u.connection_id
     WHERE u.account_id = OrganizationStop.user_id AND u.org_id = OrganizationStop.org_id AND u.is_active = 0),
    (SELECT a.tid FROM dbo.UserAccount AS a WHERE a.id = OrganizationStop.user_id)
);
GO
ALTER TABLE dbo.OrganizationStop ALTER COLUMN tid NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL;
GO
ALTER TABLE dbo.OrganizationStop DROP CONSTRAINT PK_OrganizationStop;
GO
ALTER TABLE dbo.OrganizationStop ADD CONSTRAINT PK_OrganizationStop PRIMARY KEY (org_id, user_id, tid);
GO
INSERT INTO dbo.OrganizationStop (org_id, user_id, stopped_at, tid)
SELECT DISTINCT s.org_id, s.user_id, s.stopped_at, c.tid
FROM dbo.OrganizationStop AS s
JOIN dbo.ScimUser AS u ON u.account_id = s.user_id AND u.org_id = s.org_id AND u.is_active = 0
JOIN dbo.ScimConnection AS c ON c.id = u.connection_id
WHERE NOT EXISTS (SELECT 1 FROM dbo.OrganizationStop AS n WHERE n.org_id = s.org_id AND n.user_id = s.user_id AND n.tid = c.tid);
GO
