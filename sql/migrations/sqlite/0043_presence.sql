-- Who has a socket open now, in whichever process.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0043_presence.sql; a test compares them.

-- A process that has sockets. It says again and again that it is there: what one that was killed had open is shown
-- for no longer than it may be silent.
CREATE TABLE WsProcess (
    id      TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    CONSTRAINT PK_WsProcess PRIMARY KEY (id)
) STRICT;
CREATE INDEX IX_WsProcess_seen ON WsProcess (seen_at);

-- That somebody has sockets of a workspace open in a process, however many.
CREATE TABLE WsConnection (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    process_id   TEXT NOT NULL,
    opened_at    TEXT NOT NULL,
    CONSTRAINT PK_WsConnection PRIMARY KEY (workspace_id, user_id, process_id),
    CONSTRAINT FK_WsConnection_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_WsConnection_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT FK_WsConnection_WsProcess FOREIGN KEY (process_id) REFERENCES WsProcess (id)
) STRICT;
CREATE INDEX IX_WsConnection_process ON WsConnection (process_id);

-- Who does not want to be shown, in any workspace.
CREATE TABLE HiddenPresence (
    user_id   TEXT NOT NULL,
    hidden_at TEXT NOT NULL,
    CONSTRAINT PK_HiddenPresence PRIMARY KEY (user_id),
    CONSTRAINT FK_HiddenPresence_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
