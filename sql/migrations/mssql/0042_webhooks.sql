-- Webhooks: who is told of events over HTTP, what is to be told, and how each try ended.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.

-- acts_for: who must be allowed to hear what is sent. since_seq: events after it are told. The secret is sealed; for a
-- while after it was changed the earlier one signs too. failures: in a row. rests_until: nothing is sent before.
-- disabled_reason: why nothing is sent. One that is deleted has no secret, and goes when its deliveries have gone.
CREATE TABLE dbo.WebhookEndpoint (
    id              UNIQUEIDENTIFIER NOT NULL,
    workspace_id    UNIQUEIDENTIFIER NOT NULL,
    url             NVARCHAR(2000)   NOT NULL,
    description     NVARCHAR(500)    NULL,
    event_types     NVARCHAR(MAX)    NOT NULL,
    is_ordered      BIT              NOT NULL,
    disabled_reason NVARCHAR(20)     NULL,
    secret          VARCHAR(1000)    NOT NULL,
    key_id          NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    earlier_secret  VARCHAR(1000)    NULL,
    earlier_key_id  NVARCHAR(50) COLLATE Latin1_General_100_BIN2 NULL,
    earlier_until   DATETIME2(6)     NULL,
    acts_for        NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    since_seq       BIGINT           NOT NULL,
    failures        INT              NOT NULL CONSTRAINT DF_WebhookEndpoint_failures DEFAULT 0,
    failing_since   DATETIME2(6)     NULL,
    rests_until     DATETIME2(6)     NULL,
    list_key        VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at      DATETIME2(6)     NOT NULL,
    updated_at      DATETIME2(6)     NOT NULL,
    deleted_at      DATETIME2(6)     NULL,
    version         INT              NOT NULL CONSTRAINT DF_WebhookEndpoint_version DEFAULT 1,
    CONSTRAINT PK_WebhookEndpoint PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WebhookEndpoint_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_WebhookEndpoint_types CHECK (ISJSON(event_types) = 1),
    CONSTRAINT CK_WebhookEndpoint_disabled CHECK (disabled_reason IN (N'asked', N'gone', N'failing', N'not_admin'))
);
CREATE UNIQUE INDEX UQ_WebhookEndpoint_id ON dbo.WebhookEndpoint (workspace_id, id);
CREATE CLUSTERED INDEX IX_WebhookEndpoint_list ON dbo.WebhookEndpoint (workspace_id, list_key);
CREATE INDEX IX_WebhookEndpoint_key ON dbo.WebhookEndpoint (key_id);
CREATE INDEX IX_WebhookEndpoint_deleted ON dbo.WebhookEndpoint (deleted_at) WHERE deleted_at IS NOT NULL;
GO

-- One event for one endpoint; event_seq is NULL for a test. failures: tries in vain since it was last made to wait.
-- attempts: all tries there ever were, and the guard of the next. due_at: not before; while it is sent, when another may
-- take it up. list_key: created_at, U+001F, id.
CREATE TABLE dbo.WebhookDelivery (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    endpoint_id  UNIQUEIDENTIFIER NOT NULL,
    event_seq    BIGINT           NULL,
    event_type   NVARCHAR(100)    NOT NULL,
    state        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_at       DATETIME2(6)     NOT NULL,
    attempts     INT              NOT NULL CONSTRAINT DF_WebhookDelivery_attempts DEFAULT 0,
    failures     INT              NOT NULL CONSTRAINT DF_WebhookDelivery_failures DEFAULT 0,
    list_key     VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6)     NOT NULL,
    done_at      DATETIME2(6)     NULL,
    CONSTRAINT PK_WebhookDelivery PRIMARY KEY NONCLUSTERED (id),
    CONSTRAINT FK_WebhookDelivery_Endpoint FOREIGN KEY (workspace_id, endpoint_id) REFERENCES dbo.WebhookEndpoint (workspace_id, id),
    CONSTRAINT CK_WebhookDelivery_state CHECK (state IN (N'PENDING', N'DELIVERED', N'FAILED', N'WITHHELD'))
);
CREATE UNIQUE INDEX UQ_WebhookDelivery_id ON dbo.WebhookDelivery (workspace_id, id);
CREATE CLUSTERED INDEX IX_WebhookDelivery_list ON dbo.WebhookDelivery (workspace_id, endpoint_id, list_key);
CREATE INDEX IX_WebhookDelivery_state ON dbo.WebhookDelivery (workspace_id, endpoint_id, state, list_key);
CREATE UNIQUE INDEX UQ_WebhookDelivery_event ON dbo.WebhookDelivery (workspace_id, endpoint_id, event_seq) WHERE event_seq IS NOT NULL;
CREATE INDEX IX_WebhookDelivery_due ON dbo.WebhookDelivery (workspace_id, endpoint_id, due_at, id) WHERE state = N'PENDING';
CREATE INDEX IX_WebhookDelivery_order ON dbo.WebhookDelivery (workspace_id, endpoint_id, event_seq) WHERE state = N'PENDING';
CREATE INDEX IX_WebhookDelivery_created ON dbo.WebhookDelivery (created_at, id);
GO

-- Each try. reason: why there was no answer. answer: the first of its body, as text.
CREATE TABLE dbo.WebhookAttempt (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    delivery_id  UNIQUEIDENTIFIER NOT NULL,
    number       INT              NOT NULL,
    at           DATETIME2(6)     NOT NULL,
    duration_ms  INT              NOT NULL,
    status       INT              NULL,
    reason       NVARCHAR(50)     NULL,
    answer       NVARCHAR(1024)   NULL,
    CONSTRAINT PK_WebhookAttempt PRIMARY KEY (delivery_id, number),
    CONSTRAINT FK_WebhookAttempt_Delivery FOREIGN KEY (workspace_id, delivery_id) REFERENCES dbo.WebhookDelivery (workspace_id, id)
);
GO
