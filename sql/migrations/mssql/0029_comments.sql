-- Comments, and what tasks, comments and projects are found by.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.

-- list_key: created_at, U+001F, id. edited_at: when the author last wrote another text. One that is deleted is gone.
CREATE TABLE dbo.Comment (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    task_id      UNIQUEIDENTIFIER NOT NULL,
    body         NVARCHAR(MAX)    NOT NULL,
    list_key     VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    edited_at    DATETIME2(6)     NULL,
    version      INT              NOT NULL CONSTRAINT DF_Comment_version DEFAULT 1,
    CONSTRAINT PK_Comment PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Comment_Task FOREIGN KEY (workspace_id, task_id) REFERENCES dbo.Task (workspace_id, id)
);
CREATE UNIQUE INDEX UQ_Comment_id ON dbo.Comment (workspace_id, id);
CREATE CLUSTERED INDEX IX_Comment_task ON dbo.Comment (workspace_id, task_id, list_key);
CREATE INDEX IX_Comment_author ON dbo.Comment (workspace_id, created_by, list_key);
GO

-- Who is spoken to. No reference to a member: who leaves was spoken to all the same.
CREATE TABLE dbo.CommentMention (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    comment_id   UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_CommentMention PRIMARY KEY (workspace_id, comment_id, user_id),
    CONSTRAINT FK_CommentMention_Comment FOREIGN KEY (workspace_id, comment_id) REFERENCES dbo.Comment (workspace_id, id)
);
GO

-- What can be found: a task, a comment or a project. doc_no: in the order in which they came to be.
CREATE TABLE dbo.SearchDocument (
    doc_no       BIGINT           NOT NULL IDENTITY(1, 1),
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    kind         NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    target_id    UNIQUEIDENTIFIER NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    CONSTRAINT PK_SearchDocument PRIMARY KEY (doc_no),
    CONSTRAINT FK_SearchDocument_Project FOREIGN KEY (workspace_id, project_id) REFERENCES dbo.Project (workspace_id, id),
    CONSTRAINT CK_SearchDocument_kind CHECK (kind IN (N'task', N'comment', N'project'))
);
CREATE UNIQUE INDEX UQ_SearchDocument_target ON dbo.SearchDocument (workspace_id, kind, target_id);
GO

-- Which words stand in it: folded, 64 UTF-16 code units at most. Walked from the newest document on. There is no foreign
-- key to SearchDocument: each document that is deleted would be looked for in every term.
CREATE TABLE dbo.SearchTerm (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    term         NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind         NVARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    doc_no       BIGINT           NOT NULL,
    project_id   UNIQUEIDENTIFIER NOT NULL,
    CONSTRAINT PK_SearchTerm PRIMARY KEY (workspace_id, term, kind, doc_no)
);
GO
