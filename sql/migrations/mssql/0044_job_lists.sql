-- The jobs of a workspace are listed, the newest first, all or those in a state.
-- The same indexes as sql/migrations/sqlite/0044_job_lists.sql; a test compares them.

DROP INDEX IX_Job_workspace ON dbo.Job;
CREATE INDEX IX_Job_list ON dbo.Job (workspace_id, created_at, id);
CREATE INDEX IX_Job_state ON dbo.Job (workspace_id, state, created_at, id);
GO
