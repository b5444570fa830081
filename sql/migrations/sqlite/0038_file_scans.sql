-- What the virus scanner found in files. The same columns and checks as sql/migrations/mssql/0038_file_scans.sql; a test
-- compares them.

-- SKIPPED: no scanner was asked, or the file is larger than it looks at. ERROR: it could not be asked to the end.
-- threat: what the scanner calls it. What was there before was not scanned.
ALTER TABLE WorkspaceFile ADD COLUMN scan_status TEXT NOT NULL DEFAULT 'SKIPPED' CONSTRAINT CK_WorkspaceFile_scan_status CHECK (scan_status IN ('PENDING', 'CLEAN', 'INFECTED', 'SKIPPED', 'ERROR'));
ALTER TABLE WorkspaceFile ADD COLUMN scanned_at TEXT NULL;
ALTER TABLE WorkspaceFile ADD COLUMN threat TEXT NULL;
