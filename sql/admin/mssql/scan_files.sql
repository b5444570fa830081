-- scan_files
-- What: Has the virus scanner look at files that it has not looked at to the end: those of before it was switched on, too.
-- Who:  a DBA, after FILE_SCAN_POLICY has been set; again while it finds as many as a batch.
-- Undo: nothing to undo.
-- param: batch int = 10000  Files in one run.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;
DECLARE @batch INT = 10000;

DECLARE @now DATETIME2(6) = SYSUTCDATETIME();
CREATE TABLE #Unscanned (id UNIQUEIDENTIFIER, workspace_id UNIQUEIDENTIFIER);
BEGIN TRANSACTION;
INSERT INTO #Unscanned (id, workspace_id)
SELECT TOP (@batch) f.id, f.workspace_id FROM dbo.WorkspaceFile AS f WITH (UPDLOCK, HOLDLOCK)
WHERE f.scan_status IN (N'SKIPPED', N'ERROR') AND f.uploaded_at IS NOT NULL AND f.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM dbo.Job AS j WHERE j.workspace_id = f.workspace_id AND j.kind = N'scan' AND j.target_id = f.id)
ORDER BY f.workspace_id, f.id;
UPDATE f SET scan_status = N'PENDING' FROM dbo.WorkspaceFile AS f JOIN #Unscanned AS u ON u.workspace_id = f.workspace_id AND u.id = f.id;
INSERT INTO dbo.Job (id, workspace_id, kind, target_id, queue, is_once, run_at, created_at)
SELECT NEWID(), u.workspace_id, N'scan', u.id, N'scan', 1, @now, @now FROM #Unscanned AS u;
COMMIT;
SELECT COUNT(*) AS files FROM #Unscanned;
DROP TABLE #Unscanned;
