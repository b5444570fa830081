-- What is published does not change: a version is retired, its nodes and edges stay as they are.
-- The same triggers as the file of the same name in sql/migrations/sqlite; a test compares them.

CREATE TRIGGER dbo.TR_WorkflowTemplateVersion_update ON dbo.WorkflowTemplateVersion AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1
               FROM deleted AS d
               LEFT JOIN inserted AS i ON i.workspace_id = d.workspace_id AND i.template_id = d.template_id
                                      AND i.template_version = d.template_version
               WHERE d.status <> N'DRAFT'
                 AND NOT (d.status = N'PUBLISHED' AND i.status IS NOT NULL AND i.status = N'RETIRED'
                          AND i.graph COLLATE Latin1_General_100_BIN2 = d.graph COLLATE Latin1_General_100_BIN2
                          AND i.graph_hash = d.graph_hash AND i.created_by = d.created_by AND i.created_at = d.created_at
                          AND (i.published_by = d.published_by OR (i.published_by IS NULL AND d.published_by IS NULL))
                          AND i.published_at = d.published_at))
        THROW 50001, N'append-only: WorkflowTemplateVersion', 1;
END;
GO

CREATE TRIGGER dbo.TR_WorkflowNode_update ON dbo.WorkflowNode AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: WorkflowNode', 1;
END;
GO

CREATE TRIGGER dbo.TR_WorkflowNode_delete ON dbo.WorkflowNode AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: WorkflowNode', 1;
END;
GO

CREATE TRIGGER dbo.TR_WorkflowEdge_update ON dbo.WorkflowEdge AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: WorkflowEdge', 1;
END;
GO

CREATE TRIGGER dbo.TR_WorkflowEdge_delete ON dbo.WorkflowEdge AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: WorkflowEdge', 1;
END;
GO
