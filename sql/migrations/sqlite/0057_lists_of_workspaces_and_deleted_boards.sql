-- What the platform's administrators list workspaces by, and what deleted boards of a project are listed by.
-- The same indexes as sql/migrations/mssql/0057_lists_of_workspaces_and_deleted_boards.sql; a test compares them.

CREATE INDEX IX_Workspace_list ON Workspace (is_active, list_key);
CREATE INDEX IX_Workspace_status ON Workspace (is_active, status, list_key);
CREATE INDEX IX_Board_deleted ON Board (workspace_id, project_id, list_key) WHERE deleted_at IS NOT NULL;
