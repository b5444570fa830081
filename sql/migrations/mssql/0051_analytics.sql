-- What figures are counted by: when tasks were made and went into a state, and when links were checked.
-- The same indexes as sql/migrations/sqlite/0051_analytics.sql; a test compares them.

-- With the class and the assignee of a task, so that it is judged and counted without being read.
CREATE INDEX IX_Task_created ON dbo.Task (workspace_id, created_at, project_id, task_type_id, state, assignee_id) WHERE deleted_at IS NULL;
CREATE INDEX IX_TaskTransition_to ON dbo.TaskTransition (workspace_id, to_state, at, task_id);
CREATE INDEX IX_LinkCheck_checked ON dbo.LinkCheck (workspace_id, checked_at, link_id, status);
GO
