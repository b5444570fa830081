-- Approvals: who must agree to what an object says before it is in force, in stages; and who may decide for whom.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0050_approvals.sql; a test compares them.

-- Some may manage an objective, be asked to approve of one object, or decide in place of all who are asked.
ALTER TABLE ObjectRole RENAME TO ObjectRoleBefore;
DROP INDEX UQ_ObjectRole;
DROP INDEX IX_ObjectRole_object;
CREATE TABLE ObjectRole (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    object_type  TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    granted_by   TEXT    NOT NULL,
    granted_at   TEXT    NOT NULL,
    expires_at   TEXT    NULL,
    CONSTRAINT PK_ObjectRole PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ObjectRole_WorkspaceMember FOREIGN KEY (workspace_id, user_id) REFERENCES WorkspaceMember (workspace_id, user_id),
    CONSTRAINT CK_ObjectRole_role CHECK ((object_type = 'project' AND role IN ('MANAGER', 'OVERRIDE')) OR (object_type = 'user_type' AND role = 'LEAD') OR (object_type = 'objective' AND role IN ('MANAGER', 'APPROVER', 'OVERRIDE')) OR (object_type = 'workflow_template' AND role IN ('APPROVER', 'OVERRIDE')))
) STRICT, WITHOUT ROWID;
INSERT INTO ObjectRole (id, workspace_id, object_type, object_id, user_id, role, granted_by, granted_at, expires_at)
SELECT id, workspace_id, object_type, object_id, user_id, role, granted_by, granted_at, expires_at FROM ObjectRoleBefore;
DROP TABLE ObjectRoleBefore;
CREATE UNIQUE INDEX UQ_ObjectRole ON ObjectRole (workspace_id, user_id, object_type, object_id, role);
CREATE INDEX IX_ObjectRole_object ON ObjectRole (workspace_id, object_type, object_id, id);

-- How objects of a type are approved: stages in JSON (app.core.approvals). Append-only: a request is decided by the version
-- that it was submitted under. No stages: as where none was ever defined.
CREATE TABLE ApprovalFlow (
    workspace_id TEXT NOT NULL,
    object_type  TEXT NOT NULL,
    flow_version INTEGER NOT NULL,
    stages       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    CONSTRAINT PK_ApprovalFlow PRIMARY KEY (workspace_id, object_type, flow_version),
    CONSTRAINT FK_ApprovalFlow_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER TR_ApprovalFlow_update BEFORE UPDATE ON ApprovalFlow
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalFlow');
END;
CREATE TRIGGER TR_ApprovalFlow_delete BEFORE DELETE ON ApprovalFlow
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalFlow');
END;

-- One submission of an object, as it was then: object_version and content_hash, and the title, say what is decided about.
-- flow_version 0 is the flow that the service comes with. stage: from 0, the one that it stands at, since stage_since;
-- from due_at on others are asked too (escalated_at). list_key: created_at, U+001F, id. Its row is the guard of all
-- decisions about it, and is taken after the object's own.
CREATE TABLE ApprovalRequest (
    id             TEXT NOT NULL,
    workspace_id   TEXT NOT NULL,
    object_type    TEXT NOT NULL,
    object_id      TEXT NOT NULL,
    object_version INTEGER NOT NULL,
    content_hash   TEXT NOT NULL,
    title          TEXT NOT NULL,
    flow_version   INTEGER NOT NULL,
    stage          INTEGER NOT NULL DEFAULT 0,
    stage_since    TEXT NOT NULL,
    due_at         TEXT NULL,
    escalated_at   TEXT NULL,
    state          TEXT NOT NULL DEFAULT 'PENDING',
    author_id      TEXT NOT NULL,
    submitted_by   TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    ended_at       TEXT NULL,
    list_key       TEXT NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ApprovalRequest PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalRequest_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_ApprovalRequest_state CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'CHANGES_REQUESTED', 'WITHDRAWN', 'VOIDED')),
    CONSTRAINT CK_ApprovalRequest_ended CHECK ((state = 'PENDING' AND ended_at IS NULL) OR (state <> 'PENDING' AND ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_ApprovalRequest_list ON ApprovalRequest (workspace_id, list_key);
CREATE UNIQUE INDEX UQ_ApprovalRequest_pending ON ApprovalRequest (workspace_id, object_type, object_id) WHERE state = 'PENDING';
CREATE INDEX IX_ApprovalRequest_state ON ApprovalRequest (workspace_id, state, list_key);
CREATE INDEX IX_ApprovalRequest_object ON ApprovalRequest (workspace_id, object_type, object_id, list_key);
CREATE INDEX IX_ApprovalRequest_submitted ON ApprovalRequest (workspace_id, submitted_by, list_key);
CREATE INDEX IX_ApprovalRequest_due ON ApprovalRequest (due_at) WHERE due_at IS NOT NULL AND escalated_at IS NULL AND state = 'PENDING';

-- Whom the stage that a pending request stands at asks, row by row, one of the four each: the index of the inbox.
CREATE TABLE ApprovalDecider (
    workspace_id TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,
    role         TEXT NULL,
    user_id      TEXT NULL,
    user_type_id TEXT NULL,
    object_role  TEXT NULL,
    CONSTRAINT PK_ApprovalDecider PRIMARY KEY (workspace_id, request_id, ordinal),
    CONSTRAINT FK_ApprovalDecider_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES ApprovalRequest (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- Append-only. on_behalf_of: who had them decide. counts_for: that one, or else the actor. Who has decided at a stage, by
-- themselves or through another, does not again. override_role: by what somebody decided whom the stage did not ask.
CREATE TABLE ApprovalDecision (
    id            TEXT NOT NULL,
    workspace_id  TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    stage         INTEGER NOT NULL,
    actor_id      TEXT NOT NULL,
    on_behalf_of  TEXT NULL,
    counts_for    TEXT NOT NULL,
    decision      TEXT NOT NULL,
    override_role TEXT NULL,
    reason        TEXT NULL,
    at            TEXT NOT NULL,
    CONSTRAINT PK_ApprovalDecision PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalDecision_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES ApprovalRequest (workspace_id, id),
    CONSTRAINT CK_ApprovalDecision_decision CHECK (decision IN ('APPROVE', 'REJECT', 'REQUEST_CHANGES', 'OVERRIDE')),
    CONSTRAINT CK_ApprovalDecision_override CHECK ((decision = 'OVERRIDE' AND override_role IS NOT NULL) OR (decision <> 'OVERRIDE' AND override_role IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_ApprovalDecision_actor ON ApprovalDecision (workspace_id, request_id, stage, actor_id);
CREATE UNIQUE INDEX UQ_ApprovalDecision_counts_for ON ApprovalDecision (workspace_id, request_id, stage, counts_for);
CREATE TRIGGER TR_ApprovalDecision_update BEFORE UPDATE ON ApprovalDecision
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalDecision');
END;
CREATE TRIGGER TR_ApprovalDecision_delete BEFORE DELETE ON ApprovalDecision
BEGIN
    SELECT RAISE(ABORT, 'append-only: ApprovalDecision');
END;

-- Somebody may decide for somebody else: about one request, or about all from starts_at until ends_at.
CREATE TABLE ApprovalDelegation (
    id           TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    from_user    TEXT NOT NULL,
    to_user      TEXT NOT NULL,
    request_id   TEXT NULL,
    starts_at    TEXT NOT NULL,
    ends_at      TEXT NULL,
    created_at   TEXT NOT NULL,
    CONSTRAINT PK_ApprovalDelegation PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ApprovalDelegation_from_user FOREIGN KEY (workspace_id, from_user) REFERENCES WorkspaceMember (workspace_id, user_id),
    CONSTRAINT FK_ApprovalDelegation_to_user FOREIGN KEY (workspace_id, to_user) REFERENCES WorkspaceMember (workspace_id, user_id),
    CONSTRAINT FK_ApprovalDelegation_ApprovalRequest FOREIGN KEY (workspace_id, request_id) REFERENCES ApprovalRequest (workspace_id, id),
    CONSTRAINT CK_ApprovalDelegation_self CHECK (from_user <> to_user),
    CONSTRAINT CK_ApprovalDelegation_end CHECK (request_id IS NOT NULL OR ends_at IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ApprovalDelegation_from ON ApprovalDelegation (workspace_id, from_user, id);
CREATE INDEX IX_ApprovalDelegation_to ON ApprovalDelegation (workspace_id, to_user, id);
CREATE INDEX IX_ApprovalDelegation_request ON ApprovalDelegation (workspace_id, request_id) WHERE request_id IS NOT NULL;
