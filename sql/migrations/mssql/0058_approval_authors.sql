-- Who an object's authors are: all who have changed what is approved of it since that was approved last.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.

-- Its guard is the object's row.
CREATE TABLE dbo.ObjectEditor (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    object_type  NVARCHAR(50) NOT NULL,
    object_id    UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_ObjectEditor PRIMARY KEY (workspace_id, object_type, object_id, user_id),
    CONSTRAINT FK_ObjectEditor_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO

-- Who they were when it was submitted, and of which user type they were then, NULL of none.
CREATE TABLE dbo.ApprovalAuthor (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    request_id   UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    user_type_id UNIQUEIDENTIFIER NULL,
    CONSTRAINT PK_ApprovalAuthor PRIMARY KEY (workspace_id, request_id, user_id),
    CONSTRAINT FK_ApprovalAuthor_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES dbo.ApprovalRequest (workspace_id, id)
);
GO

INSERT INTO dbo.ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, r.author_id, m.user_type_id
FROM dbo.ApprovalRequest AS r
LEFT JOIN dbo.WorkspaceMember AS m ON m.workspace_id = r.workspace_id AND m.user_id = r.author_id
WHERE r.state = N'PENDING';
GO
