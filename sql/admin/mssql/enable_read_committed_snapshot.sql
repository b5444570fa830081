-- enable_read_committed_snapshot
-- What: Readers see the last committed row instead of waiting for writers; the service expects it.
-- Who:  db_owner, in a quiet moment: it waits for every other session and ends those that do not go.
-- Undo: ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF.
-- Note: on Azure SQL it is on from the beginning. https://learn.microsoft.com/sql/t-sql/statements/alter-database-transact-sql-set-options
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;

IF EXISTS (SELECT 1 FROM sys.databases WHERE database_id = DB_ID() AND is_read_committed_snapshot_on = 0)
    EXEC sys.sp_executesql N'ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK AFTER 10 SECONDS';
SELECT name, is_read_committed_snapshot_on FROM sys.databases WHERE database_id = DB_ID();
