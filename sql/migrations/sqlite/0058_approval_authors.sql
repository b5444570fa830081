-- Who an object's authors are: all who have changed what is approved of it since that was approved last.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.

-- Its guard is the object's row.
CREATE TABLE ObjectEditor (
    workspace_id TEXT NOT NULL,
    object_type  TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    CONSTRAINT PK_ObjectEditor PRIMARY KEY (workspace_id, object_type, object_id, user_id),
    CONSTRAINT FK_ObjectEditor_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;

-- Who they were when it was submitted, and of which user type they were then, NULL of none.
CREATE TABLE ApprovalAuthor (
    workspace_id TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    user_type_id TEXT NULL,
    CONSTRAINT PK_ApprovalAuthor PRIMARY KEY (workspace_id, request_id, user_id),
    CONSTRAINT FK_ApprovalAuthor_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES ApprovalRequest (workspace_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, r.author_id, m.user_type_id
FROM ApprovalRequest AS r
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = r.workspace_id AND m.user_id = r.author_id
WHERE r.state = 'PENDING';
