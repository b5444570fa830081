-- The status of accounts, its history, and what is to be done after an account was closed.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0019_user_status.sql; a test compares them.

-- Who stopped it, so that nobody below them puts it back.
ALTER TABLE dbo.UserAccount ADD held_by NVARCHAR(20) NULL CONSTRAINT CK_UserAccount_held_by CHECK (held_by IN (N'organization', N'platform'));
GO

-- seq is the account's version that the change made. Append-only, but for an erasure, which takes what was written of
-- the person: the reason.
CREATE TABLE dbo.UserStatusEvent (
    user_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seq         INT           NOT NULL,
    from_status NVARCHAR(20)  NOT NULL,
    to_status   NVARCHAR(20)  NOT NULL,
    reason      NVARCHAR(500) NULL,
    actor_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at          DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_UserStatusEvent PRIMARY KEY (user_id, seq),
    CONSTRAINT FK_UserStatusEvent_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
GO

CREATE TRIGGER dbo.TR_UserStatusEvent_update ON dbo.UserStatusEvent AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM inserted WHERE reason IS NOT NULL)
       OR EXISTS (
        SELECT user_id, seq, from_status, to_status, actor_id, at FROM inserted
        EXCEPT
        SELECT user_id, seq, from_status, to_status, actor_id, at FROM deleted
    )
        THROW 50001, N'append-only: UserStatusEvent', 1;
END;
GO

CREATE TRIGGER dbo.TR_UserStatusEvent_delete ON dbo.UserStatusEvent AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: UserStatusEvent', 1;
END;
GO

-- What a job does for an account that was closed, a step and a batch at a time: step and place say how far it is.
CREATE TABLE dbo.AccountClosing (
    id         UNIQUEIDENTIFIER NOT NULL,
    user_id    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    step       NVARCHAR(30)     NOT NULL,
    place      NVARCHAR(450) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_AccountClosing PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_AccountClosing_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE CLUSTERED INDEX IX_AccountClosing_user ON dbo.AccountClosing (user_id);
GO

-- Which kinds of jobs there are, the code says (JobKind): a check of them here would have the table made anew for each.
-- What is to be done for a person is of no workspace: it has the id of nothing there.
ALTER TABLE dbo.Job DROP CONSTRAINT CK_Job_kind;
GO
