-- Comments, and what tasks, comments and projects are found by.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.

-- list_key: created_at, U+001F, id. edited_at: when the author last wrote another text. One that is deleted is gone.
CREATE TABLE Comment (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    task_id      TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    list_key     TEXT    NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    edited_at    TEXT    NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_Comment PRIMARY KEY (id),
    CONSTRAINT FK_Comment_Task FOREIGN KEY (workspace_id, task_id) REFERENCES Task (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX UQ_Comment_id ON Comment (workspace_id, id);
CREATE INDEX IX_Comment_task ON Comment (workspace_id, task_id, list_key);
CREATE INDEX IX_Comment_author ON Comment (workspace_id, created_by, list_key);

-- Who is spoken to. No reference to a member: who leaves was spoken to all the same.
CREATE TABLE CommentMention (
    workspace_id TEXT NOT NULL,
    comment_id   TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    CONSTRAINT PK_CommentMention PRIMARY KEY (workspace_id, comment_id, user_id),
    CONSTRAINT FK_CommentMention_Comment FOREIGN KEY (workspace_id, comment_id) REFERENCES Comment (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- What can be found: a task, a comment or a project. doc_no: in the order in which they came to be.
CREATE TABLE SearchDocument (
    doc_no       INTEGER NOT NULL,
    workspace_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    target_id    TEXT    NOT NULL,
    project_id   TEXT    NOT NULL,
    CONSTRAINT PK_SearchDocument PRIMARY KEY (doc_no),
    CONSTRAINT FK_SearchDocument_Project FOREIGN KEY (workspace_id, project_id) REFERENCES Project (workspace_id, id),
    CONSTRAINT CK_SearchDocument_kind CHECK (kind IN ('task', 'comment', 'project'))
) STRICT;
CREATE UNIQUE INDEX UQ_SearchDocument_target ON SearchDocument (workspace_id, kind, target_id);

-- Which words stand in it: folded, 64 UTF-16 code units at most. Walked from the newest document on. There is no foreign
-- key to SearchDocument: each document that is deleted would be looked for in every term.
CREATE TABLE SearchTerm (
    workspace_id TEXT    NOT NULL,
    term         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    doc_no       INTEGER NOT NULL,
    project_id   TEXT    NOT NULL,
    CONSTRAINT PK_SearchTerm PRIMARY KEY (workspace_id, term, kind, doc_no)
) STRICT, WITHOUT ROWID;
