-- By what the platform's administrators find people, and when somebody was last here.
-- The same columns and indexes as sql/migrations/mssql/0020_people_found_and_seen.sql; a test compares them.

-- list_key: folded display name, U+001F, id, as WorkspaceMember.member_key. email_key: the folded address. The service
-- writes both with what they are made of; here they are as near as SQL comes to folding.
ALTER TABLE UserAccount ADD COLUMN list_key TEXT NULL;

ALTER TABLE UserAccount ADD COLUMN email_key TEXT NULL;

-- Kept to the hour, so that coming back is a read most times.
ALTER TABLE UserAccount ADD COLUMN last_seen_at TEXT NULL;

UPDATE UserAccount
SET list_key = substr(lower(trim(coalesce(display_name, ''))), 1, 200) || char(31) || id, email_key = substr(lower(trim(email)), 1, 320);

CREATE INDEX IX_UserAccount_list ON UserAccount (list_key);
CREATE INDEX IX_UserAccount_status ON UserAccount (status, list_key);
CREATE INDEX IX_UserAccount_email ON UserAccount (email_key, list_key) WHERE email_key IS NOT NULL;
