-- What the virus scanner found in files. The same columns and checks as sql/migrations/sqlite/0038_file_scans.sql; a test
-- compares them.

-- SKIPPED: no scanner was asked, or the file is larger than it looks at. ERROR: it could not be asked to the end.
-- threat: what the scanner calls it. What was there before was not scanned.
ALTER TABLE dbo.WorkspaceFile ADD scan_status NVARCHAR(10) NOT NULL CONSTRAINT DF_WorkspaceFile_scan_status DEFAULT N'SKIPPED' CONSTRAINT CK_WorkspaceFile_scan_status CHECK (scan_status IN (N'PENDING', N'CLEAN', N'INFECTED', N'SKIPPED', N'ERROR'));
GO
ALTER TABLE dbo.WorkspaceFile ADD scanned_at DATETIME2(6) NULL;
GO
ALTER TABLE dbo.WorkspaceFile ADD threat NVARCHAR(200) NULL;
GO
