-- Tickets that stand in place of both tokens, once, where a browser can send no header: a socket or a stream.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0035_one_time_tickets.sql; a test compares them.

-- Whose ticket it is, as far as the tokens said that it was asked for with: listening ends when these would have ended.
-- A ticket that was used is gone.
CREATE TABLE OneTimeTicket (
    ticket_hash           TEXT    NOT NULL,
    workspace_id          TEXT    NOT NULL,
    user_id               TEXT    NOT NULL,
    tid                   TEXT    NOT NULL,
    issuer_name           TEXT    NOT NULL,
    jti                   TEXT    NOT NULL,
    org_id                TEXT    NULL,
    session_version       INTEGER NOT NULL,
    token_session_version INTEGER NULL,
    ends_at               TEXT    NOT NULL,
    created_at            TEXT    NOT NULL,
    expires_at            TEXT    NOT NULL,
    CONSTRAINT PK_OneTimeTicket PRIMARY KEY (ticket_hash),
    CONSTRAINT FK_OneTimeTicket_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT FK_OneTimeTicket_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_OneTimeTicket_expires ON OneTimeTicket (expires_at);
CREATE INDEX IX_OneTimeTicket_workspace ON OneTimeTicket (workspace_id);
