-- Who has a socket open now, in whichever process.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0043_presence.sql; a test compares them.

-- A process that has sockets. It says again and again that it is there: what one that was killed had open is shown
-- for no longer than it may be silent.
CREATE TABLE dbo.WsProcess (
    id      UNIQUEIDENTIFIER NOT NULL,
    seen_at DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_WsProcess PRIMARY KEY (id)
);
CREATE INDEX IX_WsProcess_seen ON dbo.WsProcess (seen_at);
GO

-- That somebody has sockets of a workspace open in a process, however many.
CREATE TABLE dbo.WsConnection (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    process_id   UNIQUEIDENTIFIER NOT NULL,
    opened_at    DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_WsConnection PRIMARY KEY (workspace_id, user_id, process_id),
    CONSTRAINT FK_WsConnection_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_WsConnection_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT FK_WsConnection_WsProcess FOREIGN KEY (process_id) REFERENCES dbo.WsProcess (id)
);
CREATE INDEX IX_WsConnection_process ON dbo.WsConnection (process_id);
GO

-- Who does not want to be shown, in any workspace.
CREATE TABLE dbo.HiddenPresence (
    user_id   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    hidden_at DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_HiddenPresence PRIMARY KEY (user_id),
    CONSTRAINT FK_HiddenPresence_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
GO
