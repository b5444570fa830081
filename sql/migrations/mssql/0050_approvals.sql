-- Approvals: who must agree to what an object says before it is in force, in stages; and who may decide for whom.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0050_approvals.sql; a test compares them.

-- Some may manage an objective, be asked to approve of one object, or decide in place of all who are asked.
ALTER TABLE dbo.ObjectRole DROP CONSTRAINT CK_ObjectRole_role;
GO
ALTER TABLE dbo.ObjectRole ADD CONSTRAINT CK_ObjectRole_role CHECK ((object_type = N'project' AND role IN (N'MANAGER', N'OVERRIDE')) OR (object_type = N'user_type' AND role = N'LEAD') OR (object_type = N'objective' AND role IN (N'MANAGER', N'APPROVER', N'OVERRIDE')) OR (object_type = N'workflow_template' AND role IN (N'APPROVER', N'OVERRIDE')));
GO

-- How objects of a type are approved: stages in JSON (app.core.approvals). Append-only: a request is decided by the version
-- that it was submitted under. No stages: as where none was ever defined.
CREATE TABLE dbo.ApprovalFlow (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    object_type  NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    flow_version INT NOT NULL,
    stages       NVARCHAR(MAX) NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6) NOT NULL,
    CONSTRAINT PK_ApprovalFlow PRIMARY KEY (workspace_id, object_type, flow_version),
    CONSTRAINT FK_ApprovalFlow_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id)
);
GO

CREATE TRIGGER dbo.TR_ApprovalFlow_update ON dbo.ApprovalFlow AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ApprovalFlow', 1;
END;
GO

CREATE TRIGGER dbo.TR_ApprovalFlow_delete ON dbo.ApprovalFlow AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ApprovalFlow', 1;
END;
GO

-- One submission of an object, as it was then: object_version and content_hash, and the title, say what is decided about.
-- flow_version 0 is the flow that the service comes with. stage: from 0, the one that it stands at, since stage_since;
-- from due_at on others are asked too (escalated_at). list_key: created_at, U+001F, id. Its row is the guard of all
-- decisions about it, and is taken after the object's own.
CREATE TABLE dbo.ApprovalRequest (
    id             UNIQUEIDENTIFIER NOT NULL,
    workspace_id   UNIQUEIDENTIFIER NOT NULL,
    object_type    NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    object_id      UNIQUEIDENTIFIER NOT NULL,
    object_version INT NOT NULL,
    content_hash   CHAR(64) NOT NULL,
    title          NVARCHAR(300) NOT NULL,
    flow_version   INT NOT NULL,
    stage          INT NOT NULL CONSTRAINT DF_ApprovalRequest_stage DEFAULT 0,
    stage_since    DATETIME2(6) NOT NULL,
    due_at         DATETIME2(6) NULL,
    escalated_at   DATETIME2(6) NULL,
    state          NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT DF_ApprovalRequest_state DEFAULT N'PENDING',
    author_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    submitted_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at     DATETIME2(6) NOT NULL,
    ended_at       DATETIME2(6) NULL,
    list_key       VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version        INT NOT NULL CONSTRAINT DF_ApprovalRequest_version DEFAULT 1,
    CONSTRAINT PK_ApprovalRequest PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalRequest_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_ApprovalRequest_state CHECK (state IN (N'PENDING', N'APPROVED', N'REJECTED', N'CHANGES_REQUESTED', N'WITHDRAWN', N'VOIDED')),
    CONSTRAINT CK_ApprovalRequest_ended CHECK ((state = N'PENDING' AND ended_at IS NULL) OR (state <> N'PENDING' AND ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX UQ_ApprovalRequest_list ON dbo.ApprovalRequest (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_ApprovalRequest_pending ON dbo.ApprovalRequest (workspace_id, object_type, object_id) WHERE state = N'PENDING';
CREATE INDEX IX_ApprovalRequest_state ON dbo.ApprovalRequest (workspace_id, state, list_key);
CREATE INDEX IX_ApprovalRequest_object ON dbo.ApprovalRequest (workspace_id, object_type, object_id, list_key);
CREATE INDEX IX_ApprovalRequest_submitted ON dbo.ApprovalRequest (workspace_id, submitted_by, list_key);
CREATE INDEX IX_ApprovalRequest_due ON dbo.ApprovalRequest (due_at) WHERE due_at IS NOT NULL AND escalated_at IS NULL AND state = N'PENDING';
GO

-- Whom the stage that a pending request stands at asks, row by row, one of the four each: the index of the inbox.
CREATE TABLE dbo.ApprovalDecider (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    request_id   UNIQUEIDENTIFIER NOT NULL,
    ordinal      INT NOT NULL,
    role         NVARCHAR(50) NULL,
    user_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    user_type_id UNIQUEIDENTIFIER NULL,
    object_role  NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT PK_ApprovalDecider PRIMARY KEY (workspace_id, request_id, ordinal),
    CONSTRAINT FK_ApprovalDecider_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES dbo.ApprovalRequest (workspace_id, id)
);
GO

-- Append-only. on_behalf_of: who had them decide. counts_for: that one, or else the actor. Who has decided at a stage, by
-- themselves or through another, does not again. override_role: by what somebody decided whom the stage did not ask.
CREATE TABLE dbo.ApprovalDecision (
    id            UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    request_id    UNIQUEIDENTIFIER NOT NULL,
    stage         INT NOT NULL,
    actor_id      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    on_behalf_of  NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    counts_for    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    decision      NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    override_role NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    reason        NVARCHAR(1000) NULL,
    at            DATETIME2(6) NOT NULL,
    CONSTRAINT PK_ApprovalDecision PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalDecision_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES dbo.ApprovalRequest (workspace_id, id),
    CONSTRAINT CK_ApprovalDecision_decision CHECK (decision IN (N'APPROVE', N'REJECT', N'REQUEST_CHANGES', N'OVERRIDE')),
    CONSTRAINT CK_ApprovalDecision_override CHECK ((decision = N'OVERRIDE' AND override_role IS NOT NULL) OR (decision <> N'OVERRIDE' AND override_role IS NULL))
);
CREATE UNIQUE INDEX UQ_ApprovalDecision_actor ON dbo.ApprovalDecision (workspace_id, request_id, stage, actor_id);
CREATE UNIQUE INDEX UQ_ApprovalDecision_counts_for ON dbo.ApprovalDecision (workspace_id, request_id, stage, counts_for);
GO

CREATE TRIGGER dbo.TR_ApprovalDecision_update ON dbo.ApprovalDecision AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ApprovalDecision', 1;
END;
GO

CREATE TRIGGER dbo.TR_ApprovalDecision_delete ON dbo.ApprovalDecision AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: ApprovalDecision', 1;
END;
GO

-- Somebody may decide for somebody else: about one request, or about all from starts_at until ends_at.
CREATE TABLE dbo.ApprovalDelegation (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    from_user    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_user      NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    request_id   UNIQUEIDENTIFIER NULL,
    starts_at    DATETIME2(6) NOT NULL,
    ends_at      DATETIME2(6) NULL,
    created_at   DATETIME2(6) NOT NULL,
    CONSTRAINT PK_ApprovalDelegation PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalDelegation_from_user FOREIGN KEY (workspace_id, from_user) REFERENCES dbo.WorkspaceMember (workspace_id, user_id),
    CONSTRAINT FK_ApprovalDelegation_to_user FOREIGN KEY (workspace_id, to_user) REFERENCES dbo.WorkspaceMember (workspace_id, user_id),
    CONSTRAINT FK_ApprovalDelegation_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES dbo.ApprovalRequest (workspace_id, id),
    CONSTRAINT CK_ApprovalDelegation_self CHECK (from_user <> to_user),
    CONSTRAINT CK_ApprovalDelegation_end CHECK (request_id IS NOT NULL OR ends_at IS NOT NULL)
);
CREATE INDEX IX_ApprovalDelegation_from ON dbo.ApprovalDelegation (workspace_id, from_user, id);
CREATE INDEX IX_ApprovalDelegation_to ON dbo.ApprovalDelegation (workspace_id, to_user, id);
CREATE INDEX IX_ApprovalDelegation_request ON dbo.ApprovalDelegation (workspace_id, request_id) WHERE request_id IS NOT NULL;
GO
