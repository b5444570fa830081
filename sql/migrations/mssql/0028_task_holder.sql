-- What somebody is assigned, deleted or not: read where a membership ends, and by the foreign key that guards it.
-- Without what changes with each step of a task, so that only an assignment writes it.
-- The same index as sql/migrations/sqlite/0028_task_holder.sql; a test compares them.

CREATE INDEX IX_Task_holder ON dbo.Task (workspace_id, assignee_id) WHERE assignee_id IS NOT NULL;
GO
