-- What is published does not change: a version is retired, its nodes and edges stay as they are.
-- The same triggers as the file of the same name in sql/migrations/mssql; a test compares them.

CREATE TRIGGER TR_WorkflowTemplateVersion_update BEFORE UPDATE ON WorkflowTemplateVersion
WHEN OLD.status <> 'DRAFT'
 AND NOT (OLD.status = 'PUBLISHED' AND NEW.status = 'RETIRED'
          AND NEW.workspace_id = OLD.workspace_id AND NEW.template_id = OLD.template_id
          AND NEW.template_version = OLD.template_version AND NEW.graph = OLD.graph AND NEW.graph_hash = OLD.graph_hash
          AND NEW.created_by = OLD.created_by AND NEW.created_at = OLD.created_at
          AND NEW.published_by IS OLD.published_by AND NEW.published_at = OLD.published_at)
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowTemplateVersion');
END;

CREATE TRIGGER TR_WorkflowNode_update BEFORE UPDATE ON WorkflowNode
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowNode');
END;
CREATE TRIGGER TR_WorkflowNode_delete BEFORE DELETE ON WorkflowNode
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowNode');
END;

CREATE TRIGGER TR_WorkflowEdge_update BEFORE UPDATE ON WorkflowEdge
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowEdge');
END;
CREATE TRIGGER TR_WorkflowEdge_delete BEFORE DELETE ON WorkflowEdge
BEGIN
    SELECT RAISE(ABORT, 'append-only: WorkflowEdge');
END;
