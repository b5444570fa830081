-- What people are told of what happens, how they want to be told, and the mail and the browsers by which they are.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0036_notifications.sql; a test compares them.

-- once_key: what it is of; a person is told of that once. Of an event its number, of a mention the comment, of a due date
-- the task's due_key. What it is about may have been hidden from the person since: that is judged whenever it is shown.
-- in_app, by_mail, by_push: where the person wanted to be told. list_key: when it was made, U+001F, id.
CREATE TABLE dbo.Notification (
    id              UNIQUEIDENTIFIER NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    workspace_id    UNIQUEIDENTIFIER NOT NULL,
    once_key        VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    event_seq       BIGINT           NULL,
    type            NVARCHAR(100)    NOT NULL,
    reason          NVARCHAR(30)     NOT NULL,
    actor_id        NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    object_type     NVARCHAR(50)     NOT NULL,
    object_id       NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    project_id      UNIQUEIDENTIFIER NULL,
    task_id         UNIQUEIDENTIFIER NULL,
    invitation_id   UNIQUEIDENTIFIER NULL,
    for_admins      BIT              NOT NULL,
    in_app          BIT              NOT NULL,
    by_mail         BIT              NOT NULL,
    by_push         BIT              NOT NULL,
    state           NVARCHAR(10)     NOT NULL CONSTRAINT DF_Notification_state DEFAULT N'unread',
    created_at      DATETIME2(6)     NOT NULL,
    list_key        VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_Notification PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_Notification_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_Notification_state CHECK (state IN (N'unread', N'read', N'archived'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_Notification_list ON dbo.Notification (user_id, list_key);
CREATE UNIQUE INDEX UQ_Notification_once ON dbo.Notification (workspace_id, user_id, once_key);
CREATE INDEX IX_Notification_workspace ON dbo.Notification (user_id, workspace_id, list_key);
CREATE INDEX IX_Notification_unread ON dbo.Notification (user_id, list_key) WHERE state = N'unread';
CREATE INDEX IX_Notification_age ON dbo.Notification (created_at);
GO

-- Of those who want something else than the default. channels: JSON, the channels of each kind that is not as by default.
-- digest_key: up to what the last digest told.
CREATE TABLE dbo.NotificationPreference (
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    channels        NVARCHAR(1000)   NOT NULL,
    digest          NVARCHAR(10)     NOT NULL,
    digest_hour     INT              NOT NULL,
    digest_weekday  INT              NOT NULL,
    time_zone       NVARCHAR(64)     NOT NULL,
    next_digest_at  DATETIME2(6)     NULL,
    digest_key      VARCHAR(64)      NOT NULL CONSTRAINT DF_NotificationPreference_digest_key DEFAULT '',
    updated_at      DATETIME2(6)     NOT NULL,
    version         INT              NOT NULL CONSTRAINT DF_NotificationPreference_version DEFAULT 1,
    CONSTRAINT PK_NotificationPreference PRIMARY KEY (user_id),
    CONSTRAINT FK_NotificationPreference_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id),
    CONSTRAINT CK_NotificationPreference_digest CHECK (digest IN (N'off', N'daily', N'weekly')),
    CONSTRAINT CK_NotificationPreference_hour CHECK (digest_hour BETWEEN 0 AND 23),
    CONSTRAINT CK_NotificationPreference_weekday CHECK (digest_weekday BETWEEN 1 AND 7)
);
CREATE INDEX IX_NotificationPreference_digest ON dbo.NotificationPreference (next_digest_at) WHERE next_digest_at IS NOT NULL;
GO

-- Workspaces that a member wants to hear nothing of.
CREATE TABLE dbo.NotificationMute (
    workspace_id    UNIQUEIDENTIFIER NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_NotificationMute PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT FK_NotificationMute_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES dbo.WorkspaceMember (workspace_id, user_id)
);
CREATE INDEX IX_NotificationMute_user ON dbo.NotificationMute (user_id, workspace_id);
GO

-- A mail, from when it is decided on; a job sends it. subject_key: what it is of; of that one is sent. To whom it goes is
-- read when it is sent. after_key, until_key: of which notifications a digest tells. sealed: the token of an invitation,
-- until it is sent.
CREATE TABLE dbo.OutboundMail (
    id              UNIQUEIDENTIFIER NOT NULL,
    kind            NVARCHAR(20)     NOT NULL,
    subject_key     NVARCHAR(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    workspace_id    UNIQUEIDENTIFIER NULL,
    notification_id UNIQUEIDENTIFIER NULL,
    invitation_id   UNIQUEIDENTIFIER NULL,
    after_key       VARCHAR(64)      NULL,
    until_key       VARCHAR(64)      NULL,
    key_id          NVARCHAR(100)    NULL,
    sealed          NVARCHAR(1000)   NULL,
    state           NVARCHAR(10)     NOT NULL CONSTRAINT DF_OutboundMail_state DEFAULT N'WAITING',
    outcome         NVARCHAR(30)     NULL,
    created_at      DATETIME2(6)     NOT NULL,
    ended_at        DATETIME2(6)     NULL,
    CONSTRAINT PK_OutboundMail PRIMARY KEY (id),
    CONSTRAINT CK_OutboundMail_kind CHECK (kind IN (N'notification', N'digest', N'invitation')),
    CONSTRAINT CK_OutboundMail_state CHECK (state IN (N'WAITING', N'SENT', N'DROPPED', N'FAILED')),
    CONSTRAINT CK_OutboundMail_ended CHECK ((state = N'WAITING' AND ended_at IS NULL) OR (state <> N'WAITING' AND ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX UQ_OutboundMail_subject ON dbo.OutboundMail (kind, subject_key);
CREATE INDEX IX_OutboundMail_user ON dbo.OutboundMail (user_id, workspace_id);
CREATE INDEX IX_OutboundMail_workspace ON dbo.OutboundMail (workspace_id, user_id);
CREATE INDEX IX_OutboundMail_ended ON dbo.OutboundMail (ended_at) WHERE ended_at IS NOT NULL;
GO

-- Addresses that get no mail any more: refused by their server, or unsubscribed by who reads them. address_hash: SHA-256 of
-- the address as addresses are compared.
CREATE TABLE dbo.MailBlock (
    address_hash    CHAR(64)         NOT NULL,
    covers          NVARCHAR(20)     NOT NULL,
    reason          NVARCHAR(30)     NOT NULL,
    blocked_at      DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_MailBlock PRIMARY KEY (address_hash, covers),
    CONSTRAINT CK_MailBlock_covers CHECK (covers IN (N'everything', N'invitations')),
    CONSTRAINT CK_MailBlock_reason CHECK (reason IN (N'refused', N'unsubscribed'))
);
GO

-- Browsers that a person is told in (RFC 8030, RFC 8291). pushed_key: up to what it was told. An address is one browser's:
-- whoever signs in there next takes it over.
CREATE TABLE dbo.PushSubscription (
    id              UNIQUEIDENTIFIER NOT NULL,
    user_id         NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    endpoint        NVARCHAR(2000)   NOT NULL,
    endpoint_hash   CHAR(64)         NOT NULL,
    p256dh          VARCHAR(100)     NOT NULL,
    auth            VARCHAR(50)      NOT NULL,
    pushed_key      VARCHAR(64)      NOT NULL,
    created_at      DATETIME2(6)     NOT NULL,
    list_key        VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT PK_PushSubscription PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_PushSubscription_UserAccount FOREIGN KEY (user_id) REFERENCES dbo.UserAccount (id)
);
CREATE UNIQUE CLUSTERED INDEX UQ_PushSubscription_list ON dbo.PushSubscription (user_id, list_key);
CREATE UNIQUE INDEX UQ_PushSubscription_endpoint ON dbo.PushSubscription (endpoint_hash);
GO

-- What somebody is to do soon, in every workspace: due_key begins with the time.
CREATE INDEX IX_Task_due_soon ON dbo.Task (due_key) WHERE due_key IS NOT NULL AND assignee_id IS NOT NULL AND deleted_at IS NULL;
GO
