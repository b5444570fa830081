-- OKRs: cycles, objectives and what they are measured by.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/sqlite; a test compares them.
--
-- Figures are whole numbers of millionths, in both dialects: one comparison, one sum and one form of each query, whatever
-- driver reads them. 10^12 at most either way. Scores are millionths too, from 0 to 1000000.

-- Days are ISO 8601 text: a cycle has no time zone. list_key: folded name, U+001F, id. What is CLOSED stays as it is.
CREATE TABLE dbo.OkrCycle (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    name         NVARCHAR(100) NOT NULL,
    name_key     NVARCHAR(250) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key     NVARCHAR(250) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    starts_on    VARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ends_on      VARCHAR(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6) NOT NULL,
    updated_at   DATETIME2(6) NOT NULL,
    closed_at    DATETIME2(6) NULL,
    version      INT NOT NULL CONSTRAINT DF_OkrCycle_version DEFAULT 1,
    CONSTRAINT PK_OkrCycle PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_OkrCycle_Workspace FOREIGN KEY (workspace_id) REFERENCES dbo.Workspace (id),
    CONSTRAINT CK_OkrCycle_state CHECK (state IN (N'PREPARATION', N'ACTIVE', N'CLOSED')),
    CONSTRAINT CK_OkrCycle_days CHECK (starts_on <= ends_on)
);
CREATE UNIQUE INDEX UQ_OkrCycle_name ON dbo.OkrCycle (workspace_id, name_key);
CREATE UNIQUE INDEX UQ_OkrCycle_list ON dbo.OkrCycle (workspace_id, list_key);
GO

-- Its row is the guard of all that is under it: key results, check-ins, comments, files. is_frozen: its cycle is closed;
-- it stands on each row, so that closing waits for whoever holds one. list_key: created_at, U+001F, id. ended_at: when it
-- became SUCCESSFUL, NOT_SUCCESSFUL or CANCELLED.
CREATE TABLE dbo.Objective (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    cycle_id     UNIQUEIDENTIFIER NOT NULL,
    title        NVARCHAR(300) NOT NULL,
    description  NVARCHAR(MAX) NULL,
    level        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    owner_id     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    list_key     VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_frozen    BIT NOT NULL CONSTRAINT DF_Objective_is_frozen DEFAULT 0,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6) NOT NULL,
    updated_at   DATETIME2(6) NOT NULL,
    activated_at DATETIME2(6) NULL,
    ended_at     DATETIME2(6) NULL,
    deleted_at   DATETIME2(6) NULL,
    version      INT NOT NULL CONSTRAINT DF_Objective_version DEFAULT 1,
    CONSTRAINT PK_Objective PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_Objective_OkrCycle FOREIGN KEY (workspace_id, cycle_id) REFERENCES dbo.OkrCycle (workspace_id, id),
    CONSTRAINT CK_Objective_level CHECK (level IN (N'COMPANY', N'DEPARTMENT', N'TEAM', N'PERSON')),
    CONSTRAINT CK_Objective_state CHECK (state IN (N'DRAFT', N'IN_APPROVAL', N'ACTIVE', N'SUCCESSFUL', N'NOT_SUCCESSFUL', N'CANCELLED'))
);
CREATE UNIQUE INDEX UQ_Objective_list ON dbo.Objective (workspace_id, list_key);
CREATE INDEX IX_Objective_cycle ON dbo.Objective (workspace_id, cycle_id, list_key);
CREATE INDEX IX_Objective_owner ON dbo.Objective (workspace_id, owner_id, list_key);
CREATE INDEX IX_Objective_deleted ON dbo.Objective (workspace_id, list_key) WHERE deleted_at IS NOT NULL;
GO

-- What an objective adds to, in whichever cycle: a graph without cycles, whose guard is the workspace's row.
CREATE TABLE dbo.ObjectiveAlignment (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    child_id     UNIQUEIDENTIFIER NOT NULL,
    parent_id    UNIQUEIDENTIFIER NOT NULL,
    weight       INT NOT NULL,
    CONSTRAINT PK_ObjectiveAlignment PRIMARY KEY (workspace_id, child_id, parent_id),
    CONSTRAINT FK_ObjectiveAlignment_child FOREIGN KEY (workspace_id, child_id) REFERENCES dbo.Objective (workspace_id, id),
    CONSTRAINT FK_ObjectiveAlignment_parent FOREIGN KEY (workspace_id, parent_id) REFERENCES dbo.Objective (workspace_id, id),
    CONSTRAINT CK_ObjectiveAlignment_itself CHECK (child_id <> parent_id),
    CONSTRAINT CK_ObjectiveAlignment_weight CHECK (weight BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX UQ_ObjectiveAlignment_parent ON dbo.ObjectiveAlignment (workspace_id, parent_id, child_id);
GO

-- METRIC: figures, from baseline_value to target_value, of which commit_value and stretch_value lie below and above; for
-- ORDINAL a text says what each zone means. current_*, score and confidence: as the last check-in said, at measured_at.
-- source: who says; source_ref: JSON, of which binding_id is what a connector's refresh looks for. stale_after: seconds.
-- stale_at: from when on it is late, set while the objective is ACTIVE; remind_at: when somebody is next told of that.
CREATE TABLE dbo.KeyResult (
    id             UNIQUEIDENTIFIER NOT NULL,
    workspace_id   UNIQUEIDENTIFIER NOT NULL,
    objective_id   UNIQUEIDENTIFIER NOT NULL,
    kind           NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    title          NVARCHAR(300) NOT NULL,
    description    NVARCHAR(MAX) NULL,
    list_key       VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    weight         INT NOT NULL,
    unit           NVARCHAR(20) NULL,
    direction      NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    baseline_value BIGINT NULL,
    commit_value   BIGINT NULL,
    target_value   BIGINT NULL,
    stretch_value  BIGINT NULL,
    fail_text      NVARCHAR(500) NULL,
    commit_text    NVARCHAR(500) NULL,
    target_text    NVARCHAR(500) NULL,
    stretch_text   NVARCHAR(500) NULL,
    current_value  BIGINT NULL,
    current_zone   NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL,
    score          INT NULL,
    confidence     INT NULL,
    measured_at    DATETIME2(6) NULL,
    source         NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_ref     NVARCHAR(MAX) NULL,
    binding_id     UNIQUEIDENTIFIER NULL,
    stale_after    INT NULL,
    stale_at       DATETIME2(6) NULL,
    remind_at      DATETIME2(6) NULL,
    created_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at     DATETIME2(6) NOT NULL,
    updated_at     DATETIME2(6) NOT NULL,
    deleted_at     DATETIME2(6) NULL,
    version        INT NOT NULL CONSTRAINT DF_KeyResult_version DEFAULT 1,
    CONSTRAINT PK_KeyResult PRIMARY KEY NONCLUSTERED (workspace_id, id),
    CONSTRAINT FK_KeyResult_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES dbo.Objective (workspace_id, id),
    CONSTRAINT CK_KeyResult_kind CHECK ((kind = N'METRIC' AND direction IN (N'INCREASE', N'DECREASE') AND baseline_value IS NOT NULL AND target_value IS NOT NULL) OR (kind = N'ORDINAL' AND direction IS NULL AND baseline_value IS NULL AND commit_value IS NULL AND target_value IS NULL AND stretch_value IS NULL AND current_value IS NULL)),
    CONSTRAINT CK_KeyResult_zone CHECK (current_zone IN (N'FAIL', N'COMMIT', N'TARGET', N'STRETCH')),
    CONSTRAINT CK_KeyResult_weight CHECK (weight BETWEEN 1 AND 100),
    CONSTRAINT CK_KeyResult_score CHECK (score BETWEEN 0 AND 1000000),
    CONSTRAINT CK_KeyResult_confidence CHECK (confidence BETWEEN 1 AND 10),
    CONSTRAINT CK_KeyResult_source CHECK (source IN (N'manual', N'connector', N'tasks')),
    CONSTRAINT CK_KeyResult_stale_after CHECK (stale_after > 0),
    CONSTRAINT CK_KeyResult_source_ref CHECK (source_ref IS NULL OR ISJSON(source_ref) = 1)
);
CREATE UNIQUE CLUSTERED INDEX UQ_KeyResult_list ON dbo.KeyResult (workspace_id, objective_id, list_key);
CREATE INDEX IX_KeyResult_binding ON dbo.KeyResult (workspace_id, binding_id, id) WHERE binding_id IS NOT NULL;
CREATE INDEX IX_KeyResult_remind ON dbo.KeyResult (remind_at, id) WHERE remind_at IS NOT NULL;
GO

-- What was said of a key result, and is kept. score: by what was to be reached then. selection_id: what was read of another
-- system for it. list_key: created_at, U+001F, id.
CREATE TABLE dbo.CheckIn (
    id            UNIQUEIDENTIFIER NOT NULL,
    workspace_id  UNIQUEIDENTIFIER NOT NULL,
    key_result_id UNIQUEIDENTIFIER NOT NULL,
    list_key      VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    value         BIGINT NULL,
    zone          NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    score         INT NOT NULL,
    confidence    INT NULL,
    note          NVARCHAR(MAX) NULL,
    source        NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    selection_id  UNIQUEIDENTIFIER NULL,
    created_by    NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at    DATETIME2(6) NOT NULL,
    CONSTRAINT PK_CheckIn PRIMARY KEY NONCLUSTERED (workspace_id, id),
    CONSTRAINT FK_CheckIn_KeyResult FOREIGN KEY (workspace_id, key_result_id) REFERENCES dbo.KeyResult (workspace_id, id),
    CONSTRAINT CK_CheckIn_zone CHECK (zone IN (N'FAIL', N'COMMIT', N'TARGET', N'STRETCH')),
    CONSTRAINT CK_CheckIn_score CHECK (score BETWEEN 0 AND 1000000),
    CONSTRAINT CK_CheckIn_confidence CHECK (confidence BETWEEN 1 AND 10),
    CONSTRAINT CK_CheckIn_source CHECK (source IN (N'manual', N'connector', N'tasks'))
);
CREATE UNIQUE CLUSTERED INDEX UQ_CheckIn_list ON dbo.CheckIn (workspace_id, key_result_id, list_key);
CREATE INDEX IX_CheckIn_author ON dbo.CheckIn (workspace_id, created_by, list_key);
GO

CREATE TRIGGER dbo.TR_CheckIn_update ON dbo.CheckIn AFTER UPDATE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: CheckIn', 1;
END;
GO

CREATE TRIGGER dbo.TR_CheckIn_delete ON dbo.CheckIn AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted)
        THROW 50001, N'append-only: CheckIn', 1;
END;
GO

-- As Comment, of an objective.
CREATE TABLE dbo.ObjectiveComment (
    id           UNIQUEIDENTIFIER NOT NULL,
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    objective_id UNIQUEIDENTIFIER NOT NULL,
    body         NVARCHAR(MAX) NOT NULL,
    list_key     VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_by   NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at   DATETIME2(6) NOT NULL,
    edited_at    DATETIME2(6) NULL,
    version      INT NOT NULL CONSTRAINT DF_ObjectiveComment_version DEFAULT 1,
    CONSTRAINT PK_ObjectiveComment PRIMARY KEY NONCLUSTERED (workspace_id, id),
    CONSTRAINT FK_ObjectiveComment_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES dbo.Objective (workspace_id, id)
);
CREATE UNIQUE CLUSTERED INDEX UQ_ObjectiveComment_list ON dbo.ObjectiveComment (workspace_id, objective_id, list_key);
CREATE INDEX IX_ObjectiveComment_author ON dbo.ObjectiveComment (workspace_id, created_by, list_key);
GO

-- Which files of the workspace are attached. Attaching and deleting a file both hold the workspace's row.
CREATE TABLE dbo.ObjectiveFile (
    workspace_id UNIQUEIDENTIFIER NOT NULL,
    objective_id UNIQUEIDENTIFIER NOT NULL,
    file_id      UNIQUEIDENTIFIER NOT NULL,
    added_by     NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    added_at     DATETIME2(6) NOT NULL,
    CONSTRAINT PK_ObjectiveFile PRIMARY KEY (workspace_id, objective_id, file_id),
    CONSTRAINT FK_ObjectiveFile_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES dbo.Objective (workspace_id, id),
    CONSTRAINT FK_ObjectiveFile_WorkspaceFile FOREIGN KEY (workspace_id, file_id) REFERENCES dbo.WorkspaceFile (workspace_id, id)
);
CREATE INDEX IX_ObjectiveFile_file ON dbo.ObjectiveFile (workspace_id, file_id);
GO
