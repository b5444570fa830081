-- What people are told of what happens, how they want to be told, and the mail and the browsers by which they are.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0036_notifications.sql; a test compares them.

-- once_key: what it is of; a person is told of that once. Of an event its number, of a mention the comment, of a due date
-- the task's due_key. What it is about may have been hidden from the person since: that is judged whenever it is shown.
-- in_app, by_mail, by_push: where the person wanted to be told. list_key: when it was made, U+001F, id.
CREATE TABLE Notification (
    id            TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    once_key      TEXT    NOT NULL,
    event_seq     INTEGER NULL,
    type          TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    actor_id      TEXT    NULL,
    object_type   TEXT    NOT NULL,
    object_id     TEXT    NOT NULL,
    project_id    TEXT    NULL,
    task_id       TEXT    NULL,
    invitation_id TEXT    NULL,
    for_admins    INTEGER NOT NULL,
    in_app        INTEGER NOT NULL,
    by_mail       INTEGER NOT NULL,
    by_push       INTEGER NOT NULL,
    state         TEXT    NOT NULL DEFAULT 'unread',
    created_at    TEXT    NOT NULL,
    list_key      TEXT    NOT NULL,
    CONSTRAINT PK_Notification PRIMARY KEY (id),
    CONSTRAINT FK_Notification_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_Notification_state CHECK (state IN ('unread', 'read', 'archived'))
) STRICT;
CREATE UNIQUE INDEX UQ_Notification_list ON Notification (user_id, list_key);
CREATE UNIQUE INDEX UQ_Notification_once ON Notification (workspace_id, user_id, once_key);
CREATE INDEX IX_Notification_workspace ON Notification (user_id, workspace_id, list_key);
CREATE INDEX IX_Notification_unread ON Notification (user_id, list_key) WHERE state = 'unread';
CREATE INDEX IX_Notification_age ON Notification (created_at);

-- Of those who want something else than the default. channels: JSON, the channels of each kind that is not as by default.
-- digest_key: up to what the last digest told.
CREATE TABLE NotificationPreference (
    user_id        TEXT    NOT NULL,
    channels       TEXT    NOT NULL,
    digest         TEXT    NOT NULL,
    digest_hour    INTEGER NOT NULL,
    digest_weekday INTEGER NOT NULL,
    time_zone      TEXT    NOT NULL,
    next_digest_at TEXT    NULL,
    digest_key     TEXT    NOT NULL DEFAULT '',
    updated_at     TEXT    NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_NotificationPreference PRIMARY KEY (user_id),
    CONSTRAINT FK_NotificationPreference_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id),
    CONSTRAINT CK_NotificationPreference_digest CHECK (digest IN ('off', 'daily', 'weekly')),
    CONSTRAINT CK_NotificationPreference_hour CHECK (digest_hour BETWEEN 0 AND 23),
    CONSTRAINT CK_NotificationPreference_weekday CHECK (digest_weekday BETWEEN 1 AND 7)
) STRICT;
CREATE INDEX IX_NotificationPreference_digest ON NotificationPreference (next_digest_at) WHERE next_digest_at IS NOT NULL;

-- Workspaces that a member wants to hear nothing of.
CREATE TABLE NotificationMute (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    CONSTRAINT PK_NotificationMute PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT FK_NotificationMute_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES WorkspaceMember (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_NotificationMute_user ON NotificationMute (user_id, workspace_id);

-- A mail, from when it is decided on; a job sends it. subject_key: what it is of; of that one is sent. To whom it goes is
-- read when it is sent. after_key, until_key: of which notifications a digest tells. sealed: the token of an invitation,
-- until it is sent.
CREATE TABLE OutboundMail (
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    subject_key     TEXT NOT NULL,
    user_id         TEXT NULL,
    workspace_id    TEXT NULL,
    notification_id TEXT NULL,
    invitation_id   TEXT NULL,
    after_key       TEXT NULL,
    until_key       TEXT NULL,
    key_id          TEXT NULL,
    sealed          TEXT NULL,
    state           TEXT NOT NULL DEFAULT 'WAITING',
    outcome         TEXT NULL,
    created_at      TEXT NOT NULL,
    ended_at        TEXT NULL,
    CONSTRAINT PK_OutboundMail PRIMARY KEY (id),
    CONSTRAINT CK_OutboundMail_kind CHECK (kind IN ('notification', 'digest', 'invitation')),
    CONSTRAINT CK_OutboundMail_state CHECK (state IN ('WAITING', 'SENT', 'DROPPED', 'FAILED')),
    CONSTRAINT CK_OutboundMail_ended CHECK ((state = 'WAITING' AND ended_at IS NULL) OR (state <> 'WAITING' AND ended_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX UQ_OutboundMail_subject ON OutboundMail (kind, subject_key);
CREATE INDEX IX_OutboundMail_user ON OutboundMail (user_id, workspace_id);
CREATE INDEX IX_OutboundMail_workspace ON OutboundMail (workspace_id, user_id);
CREATE INDEX IX_OutboundMail_ended ON OutboundMail (ended_at) WHERE ended_at IS NOT NULL;

-- Addresses that get no mail any more: refused by their server, or unsubscribed by who reads them. address_hash: SHA-256 of
-- the address as addresses are compared.
CREATE TABLE MailBlock (
    address_hash TEXT NOT NULL,
    covers       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    blocked_at   TEXT NOT NULL,
    CONSTRAINT PK_MailBlock PRIMARY KEY (address_hash, covers),
    CONSTRAINT CK_MailBlock_covers CHECK (covers IN ('everything', 'invitations')),
    CONSTRAINT CK_MailBlock_reason CHECK (reason IN ('refused', 'unsubscribed'))
) STRICT, WITHOUT ROWID;

-- Browsers that a person is told in (RFC 8030, RFC 8291). pushed_key: up to what it was told. An address is one browser's:
-- whoever signs in there next takes it over.
CREATE TABLE PushSubscription (
    id            TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    endpoint      TEXT NOT NULL,
    endpoint_hash TEXT NOT NULL,
    p256dh        TEXT NOT NULL,
    auth          TEXT NOT NULL,
    pushed_key    TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    list_key      TEXT NOT NULL,
    CONSTRAINT PK_PushSubscription PRIMARY KEY (id),
    CONSTRAINT FK_PushSubscription_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE UNIQUE INDEX UQ_PushSubscription_list ON PushSubscription (user_id, list_key);
CREATE UNIQUE INDEX UQ_PushSubscription_endpoint ON PushSubscription (endpoint_hash);

-- What somebody is to do soon, in every workspace: due_key begins with the time.
CREATE INDEX IX_Task_due_soon ON Task (due_key) WHERE due_key IS NOT NULL AND assignee_id IS NOT NULL AND deleted_at IS NULL;
