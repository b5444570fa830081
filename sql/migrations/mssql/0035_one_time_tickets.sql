-- Tickets that stand in place of both tokens, once, where a browser can send no header: a socket or a stream.
-- The same table, columns, keys and indexes as sql/migrations/sqlite/0035_one_time_tickets.sql; a test compares them.

-- Whose ticket it is, as far as the tokens said that it was asked for with: listening ends when these would have ended.
-- A ticket that was used is gone.
CREATE TABLE dbo.OneTimeTicket (
    ticket_hash           CHAR(64)         NOT NULL,
    workspace_id          UNIQUEIDENTIFIER NOT NULL,
    user_id               NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tid                   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    issuer_name           NVARCHAR(50)     NOT NULL,
    jti                   UNIQUEIDENTIFIER NOT NULL,
    org_id                UNIQUEIDENTIFIER NULL,
    session_version       INT              NOT NULL,
    token_session_version INT              NULL,
    ends_at               DATETIME2(6)     NOT NULL,
    created_at            DATETIME2(6)     NOT NULL,
    expires_at            DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_OneTimeTicket PRIMARY KEY (ticket_hash),
    CONSTRAINT FK_OneTimeTicket_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT FK_OneTimeTicket_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE INDEX IX_OneTimeTicket_expires ON dbo.OneTimeTicket (expires_at);
CREATE INDEX IX_OneTimeTicket_workspace ON dbo.OneTimeTicket (workspace_id);
GO
