-- The jobs of a workspace are listed, the newest first, all or those in a state.
-- The same indexes as sql/migrations/mssql/0044_job_lists.sql; a test compares them.

DROP INDEX IX_Job_workspace;
CREATE INDEX IX_Job_list ON Job (workspace_id, created_at, id);
CREATE INDEX IX_Job_state ON Job (workspace_id, state, created_at, id);
