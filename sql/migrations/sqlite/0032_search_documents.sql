-- What can be found refers to its project no more: the project's row comes before a task's in the order of locks, and
-- who comments on a task holds the task's when the document is written. A document is shown by its target's own row.
-- The same table as the file of the same name in sql/migrations/mssql; a test compares them.

ALTER TABLE SearchDocument RENAME TO SearchDocumentBefore;
CREATE TABLE SearchDocument (
    doc_no       INTEGER NOT NULL,
    workspace_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    target_id    TEXT    NOT NULL,
    project_id   TEXT    NOT NULL,
    CONSTRAINT PK_SearchDocument PRIMARY KEY (doc_no),
    CONSTRAINT FK_SearchDocument_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_SearchDocument_kind CHECK (kind IN ('task', 'comment', 'project'))
) STRICT;
INSERT INTO SearchDocument (doc_no, workspace_id, kind, target_id, project_id)
SELECT doc_no, workspace_id, kind, target_id, project_id FROM SearchDocumentBefore;
DROP TABLE SearchDocumentBefore;
CREATE UNIQUE INDEX UQ_SearchDocument_target ON SearchDocument (workspace_id, kind, target_id);
