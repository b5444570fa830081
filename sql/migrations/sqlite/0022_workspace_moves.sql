-- A workspace moves into an organisation, or out of it, when both sides agree: one asks, the other accepts.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0022_workspace_moves.sql; a test compares them.

-- Names are those of when it was asked: what each side is told of the other. A PENDING one that has expired waits for
-- whoever asks next to say so. list_key: when it was asked, U+001F, id.
CREATE TABLE WorkspaceMove (
    id             TEXT NOT NULL,
    workspace_id   TEXT NOT NULL,
    org_id         TEXT NOT NULL,
    workspace_name TEXT NOT NULL,
    org_name       TEXT NOT NULL,
    direction      TEXT NOT NULL,
    asked_side     TEXT NOT NULL,
    asked_by       TEXT NOT NULL,
    state          TEXT NOT NULL DEFAULT 'PENDING',
    created_at     TEXT NOT NULL,
    expires_at     TEXT NOT NULL,
    ended_at       TEXT NULL,
    ended_by       TEXT NULL,
    list_key       TEXT NOT NULL,
    CONSTRAINT PK_WorkspaceMove PRIMARY KEY (id),
    CONSTRAINT FK_WorkspaceMove_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_WorkspaceMove_Organization FOREIGN KEY (org_id) REFERENCES Organization (id),
    CONSTRAINT FK_WorkspaceMove_asked_by FOREIGN KEY (asked_by) REFERENCES UserAccount (id),
    CONSTRAINT CK_WorkspaceMove_direction CHECK (direction IN ('in', 'out')),
    CONSTRAINT CK_WorkspaceMove_asked_side CHECK (asked_side IN ('workspace', 'organization')),
    CONSTRAINT CK_WorkspaceMove_state CHECK (state IN ('PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED', 'EXPIRED'))
) STRICT;
CREATE UNIQUE INDEX UQ_WorkspaceMove_list ON WorkspaceMove (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_WorkspaceMove_pending ON WorkspaceMove (workspace_id) WHERE state = 'PENDING';
CREATE INDEX IX_WorkspaceMove_org ON WorkspaceMove (org_id, list_key);
