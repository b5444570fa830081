-- A workspace moves into an organisation, or out of it, when both sides agree: one asks, the other accepts.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0022_workspace_moves.sql; a test compares them.

-- Names are those of when it was asked: what each side is told of the other. A PENDING one that has expired waits for
-- whoever asks next to say so. list_key: when it was asked, U+001F, id.
CREATE TABLE dbo.WorkspaceMove (
    id             UNIQUEIDENTIFIER NOT NULL,
    workspace_id   UNIQUEIDENTIFIER NOT NULL,
    org_id         UNIQUEIDENTIFIER NOT NULL,
    workspace_name NVARCHAR(255)    NOT NULL,
    org_name       NVARCHAR(255)    NOT NULL,
    direction      NVARCHAR(20)     NOT NULL,
    asked_side     NVARCHAR(20)     NOT NULL,
    asked_by       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state          NVARCHAR(20)     NOT NULL CONSTRAINT DF_WorkspaceMove_state DEFAULT N'PENDING',
    created_at     DATETIME2(6)     NOT NULL,
    expires_at     DATETIME2(6)     NOT NULL,
    ended_at       DATETIME2(6)     NULL,
    ended_by       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    list_key       NVARCHAR(70) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_WorkspaceMove PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WorkspaceMove_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_WorkspaceMove_Organization FOREIGN KEY (org_id) REFERENCES dbo.Organization (id),
    CONSTRAINT FK_WorkspaceMove_asked_by FOREIGN KEY (asked_by) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_WorkspaceMove_direction CHECK (direction IN (N'in', N'out')),
    CONSTRAINT CK_WorkspaceMove_asked_side CHECK (asked_side IN (N'workspace', N'organization')),
    CONSTRAINT CK_WorkspaceMove_state CHECK (state IN (N'PENDING', N'ACCEPTED', N'DECLINED', N'CANCELLED', N'EXPIRED'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_WorkspaceMove_list ON dbo.WorkspaceMove (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_WorkspaceMove_pending ON dbo.WorkspaceMove (workspace_id) WHERE state = N'PENDING';
CREATE INDEX IX_WorkspaceMove_org ON dbo.WorkspaceMove (org_id, list_key);
GO
