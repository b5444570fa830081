-- Webhooks: who is told of events over HTTP, what is to be told, and how each try ended.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.

-- acts_for: who must be allowed to hear what is sent. since_seq: events after it are told. The secret is sealed; for a
-- while after it was changed the earlier one signs too. failures: in a row. rests_until: nothing is sent before.
-- disabled_reason: why nothing is sent. One that is deleted has no secret, and goes when its deliveries have gone.
CREATE TABLE WebhookEndpoint (
    id              TEXT    NOT NULL,
    workspace_id    TEXT    NOT NULL,
    url             TEXT    NOT NULL,
    description     TEXT    NULL,
    event_types     TEXT    NOT NULL,
    is_ordered      INTEGER NOT NULL,
    disabled_reason TEXT    NULL,
    secret          TEXT    NOT NULL,
    key_id          TEXT    NOT NULL,
    earlier_secret  TEXT    NULL,
    earlier_key_id  TEXT    NULL,
    earlier_until   TEXT    NULL,
    acts_for        TEXT    NOT NULL,
    since_seq       INTEGER NOT NULL,
    failures        INTEGER NOT NULL DEFAULT 0,
    failing_since   TEXT    NULL,
    rests_until     TEXT    NULL,
    list_key        TEXT    NOT NULL,
    created_by      TEXT    NOT NULL,
    created_at      TEXT    NOT NULL,
    updated_at      TEXT    NOT NULL,
    deleted_at      TEXT    NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_WebhookEndpoint PRIMARY KEY (id),
    CONSTRAINT FK_WebhookEndpoint_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_WebhookEndpoint_types CHECK (json_valid(event_types)),
    CONSTRAINT CK_WebhookEndpoint_disabled CHECK (disabled_reason IN ('asked', 'gone', 'failing', 'not_admin'))
) STRICT;
CREATE UNIQUE INDEX UQ_WebhookEndpoint_id ON WebhookEndpoint (workspace_id, id);
CREATE INDEX IX_WebhookEndpoint_list ON WebhookEndpoint (workspace_id, list_key);
CREATE INDEX IX_WebhookEndpoint_key ON WebhookEndpoint (key_id);
CREATE INDEX IX_WebhookEndpoint_deleted ON WebhookEndpoint (deleted_at) WHERE deleted_at IS NOT NULL;

-- One event for one endpoint; event_seq is NULL for a test. failures: tries in vain since it was last made to wait.
-- attempts: all tries there ever were, and the guard of the next. due_at: not before; while it is sent, when another may
-- take it up. list_key: created_at, U+001F, id.
CREATE TABLE WebhookDelivery (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    endpoint_id  TEXT    NOT NULL,
    event_seq    INTEGER NULL,
    event_type   TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    due_at       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    list_key     TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    done_at      TEXT    NULL,
    CONSTRAINT PK_WebhookDelivery PRIMARY KEY (id),
    CONSTRAINT FK_WebhookDelivery_Endpoint FOREIGN KEY (workspace_id, endpoint_id) REFERENCES WebhookEndpoint (workspace_id, id),
    CONSTRAINT CK_WebhookDelivery_state CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED', 'WITHHELD'))
) STRICT;
CREATE UNIQUE INDEX UQ_WebhookDelivery_id ON WebhookDelivery (workspace_id, id);
CREATE INDEX IX_WebhookDelivery_list ON WebhookDelivery (workspace_id, endpoint_id, list_key);
CREATE INDEX IX_WebhookDelivery_state ON WebhookDelivery (workspace_id, endpoint_id, state, list_key);
CREATE UNIQUE INDEX UQ_WebhookDelivery_event ON WebhookDelivery (workspace_id, endpoint_id, event_seq) WHERE event_seq IS NOT NULL;
CREATE INDEX IX_WebhookDelivery_due ON WebhookDelivery (workspace_id, endpoint_id, due_at, id) WHERE state = 'PENDING';
CREATE INDEX IX_WebhookDelivery_order ON WebhookDelivery (workspace_id, endpoint_id, event_seq) WHERE state = 'PENDING';
CREATE INDEX IX_WebhookDelivery_created ON WebhookDelivery (created_at, id);

-- Each try. reason: why there was no answer. answer: the first of its body, as text.
CREATE TABLE WebhookAttempt (
    workspace_id TEXT    NOT NULL,
    delivery_id  TEXT    NOT NULL,
    number       INTEGER NOT NULL,
    at           TEXT    NOT NULL,
    duration_ms  INTEGER NOT NULL,
    status       INTEGER NULL,
    reason       TEXT    NULL,
    answer       TEXT    NULL,
    CONSTRAINT PK_WebhookAttempt PRIMARY KEY (delivery_id, number),
    CONSTRAINT FK_WebhookAttempt_Delivery FOREIGN KEY (workspace_id, delivery_id) REFERENCES WebhookDelivery (workspace_id, id)
) STRICT, WITHOUT ROWID;
