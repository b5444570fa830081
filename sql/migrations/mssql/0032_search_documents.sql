-- What can be found refers to its project no more: the project's row comes before a task's in the order of locks, and
-- who comments on a task holds the task's when the document is written. A document is shown by its target's own row.
-- The same table as the file of the same name in sql/migrations/sqlite; a test compares them.

ALTER TABLE dbo.SearchDocument DROP CONSTRAINT FK_SearchDocument_Project;
GO
ALTER TABLE dbo.SearchDocument ADD CONSTRAINT FK_SearchDocument_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id);
GO
