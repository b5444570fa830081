-- OKRs: cycles, objectives and what they are measured by.
-- The same tables, columns, keys and indexes as the file of the same name in sql/migrations/mssql; a test compares them.
--
-- Figures are whole numbers of millionths, in both dialects: one comparison, one sum and one form of each query, whatever
-- driver reads them. 10^12 at most either way. Scores are millionths too, from 0 to 1000000.

-- Days are ISO 8601 text: a cycle has no time zone. list_key: folded name, U+001F, id. What is CLOSED stays as it is.
CREATE TABLE OkrCycle (
    id           TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    list_key     TEXT NOT NULL,
    state        TEXT NOT NULL,
    starts_on    TEXT NOT NULL,
    ends_on      TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    closed_at    TEXT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_OkrCycle PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_OkrCycle_Workspace FOREIGN KEY (workspace_id) REFERENCES Workspace (id),
    CONSTRAINT CK_OkrCycle_state CHECK (state IN ('PREPARATION', 'ACTIVE', 'CLOSED')),
    CONSTRAINT CK_OkrCycle_days CHECK (starts_on <= ends_on)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_OkrCycle_name ON OkrCycle (workspace_id, name_key);
CREATE UNIQUE INDEX UQ_OkrCycle_list ON OkrCycle (workspace_id, list_key);

-- Its row is the guard of all that is under it: key results, check-ins, comments, files. is_frozen: its cycle is closed;
-- it stands on each row, so that closing waits for whoever holds one. list_key: created_at, U+001F, id. ended_at: when it
-- became SUCCESSFUL, NOT_SUCCESSFUL or CANCELLED.
CREATE TABLE Objective (
    id           TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    cycle_id     TEXT NOT NULL,
    title        TEXT NOT NULL,
    description  TEXT NULL,
    level        TEXT NOT NULL,
    state        TEXT NOT NULL,
    owner_id     TEXT NOT NULL,
    list_key     TEXT NOT NULL,
    is_frozen    INTEGER NOT NULL DEFAULT 0,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    activated_at TEXT NULL,
    ended_at     TEXT NULL,
    deleted_at   TEXT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_Objective PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_Objective_OkrCycle FOREIGN KEY (workspace_id, cycle_id) REFERENCES OkrCycle (workspace_id, id),
    CONSTRAINT CK_Objective_level CHECK (level IN ('COMPANY', 'DEPARTMENT', 'TEAM', 'PERSON')),
    CONSTRAINT CK_Objective_state CHECK (state IN ('DRAFT', 'IN_APPROVAL', 'ACTIVE', 'SUCCESSFUL', 'NOT_SUCCESSFUL', 'CANCELLED'))
) STRICT;
CREATE UNIQUE INDEX UQ_Objective_list ON Objective (workspace_id, list_key);
CREATE INDEX IX_Objective_cycle ON Objective (workspace_id, cycle_id, list_key);
CREATE INDEX IX_Objective_owner ON Objective (workspace_id, owner_id, list_key);
CREATE INDEX IX_Objective_deleted ON Objective (workspace_id, list_key) WHERE deleted_at IS NOT NULL;

-- What an objective adds to, in whichever cycle: a graph without cycles, whose guard is the workspace's row.
CREATE TABLE ObjectiveAlignment (
    workspace_id TEXT NOT NULL,
    child_id     TEXT NOT NULL,
    parent_id    TEXT NOT NULL,
    weight       INTEGER NOT NULL,
    CONSTRAINT PK_ObjectiveAlignment PRIMARY KEY (workspace_id, child_id, parent_id),
    CONSTRAINT FK_ObjectiveAlignment_child FOREIGN KEY (workspace_id, child_id) REFERENCES Objective (workspace_id, id),
    CONSTRAINT FK_ObjectiveAlignment_parent FOREIGN KEY (workspace_id, parent_id) REFERENCES Objective (workspace_id, id),
    CONSTRAINT CK_ObjectiveAlignment_itself CHECK (child_id <> parent_id),
    CONSTRAINT CK_ObjectiveAlignment_weight CHECK (weight BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX UQ_ObjectiveAlignment_parent ON ObjectiveAlignment (workspace_id, parent_id, child_id);

-- METRIC: figures, from baseline_value to target_value, of which commit_value and stretch_value lie below and above; for
-- ORDINAL a text says what each zone means. current_*, score and confidence: as the last check-in said, at measured_at.
-- source: who says; source_ref: JSON, of which binding_id is what a connector's refresh looks for. stale_after: seconds.
-- stale_at: from when on it is late, set while the objective is ACTIVE; remind_at: when somebody is next told of that.
CREATE TABLE KeyResult (
    id             TEXT NOT NULL,
    workspace_id   TEXT NOT NULL,
    objective_id   TEXT NOT NULL,
    kind           TEXT NOT NULL,
    title          TEXT NOT NULL,
    description    TEXT NULL,
    list_key       TEXT NOT NULL,
    weight         INTEGER NOT NULL,
    unit           TEXT NULL,
    direction      TEXT NULL,
    baseline_value INTEGER NULL,
    commit_value   INTEGER NULL,
    target_value   INTEGER NULL,
    stretch_value  INTEGER NULL,
    fail_text      TEXT NULL,
    commit_text    TEXT NULL,
    target_text    TEXT NULL,
    stretch_text   TEXT NULL,
    current_value  INTEGER NULL,
    current_zone   TEXT NULL,
    score          INTEGER NULL,
    confidence     INTEGER NULL,
    measured_at    TEXT NULL,
    source         TEXT NOT NULL,
    source_ref     TEXT NULL,
    binding_id     TEXT NULL,
    stale_after    INTEGER NULL,
    stale_at       TEXT NULL,
    remind_at      TEXT NULL,
    created_by     TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    deleted_at     TEXT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_KeyResult PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_KeyResult_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES Objective (workspace_id, id),
    CONSTRAINT CK_KeyResult_kind CHECK ((kind = 'METRIC' AND direction IN ('INCREASE', 'DECREASE') AND baseline_value IS NOT NULL AND target_value IS NOT NULL) OR (kind = 'ORDINAL' AND direction IS NULL AND baseline_value IS NULL AND commit_value IS NULL AND target_value IS NULL AND stretch_value IS NULL AND current_value IS NULL)),
    CONSTRAINT CK_KeyResult_zone CHECK (current_zone IN ('FAIL', 'COMMIT', 'TARGET', 'STRETCH')),
    CONSTRAINT CK_KeyResult_weight CHECK (weight BETWEEN 1 AND 100),
    CONSTRAINT CK_KeyResult_score CHECK (score BETWEEN 0 AND 1000000),
    CONSTRAINT CK_KeyResult_confidence CHECK (confidence BETWEEN 1 AND 10),
    CONSTRAINT CK_KeyResult_source CHECK (source IN ('manual', 'connector', 'tasks')),
    CONSTRAINT CK_KeyResult_stale_after CHECK (stale_after > 0),
    CONSTRAINT CK_KeyResult_source_ref CHECK (source_ref IS NULL OR json_valid(source_ref))
) STRICT;
CREATE UNIQUE INDEX UQ_KeyResult_list ON KeyResult (workspace_id, objective_id, list_key);
CREATE INDEX IX_KeyResult_binding ON KeyResult (workspace_id, binding_id, id) WHERE binding_id IS NOT NULL;
CREATE INDEX IX_KeyResult_remind ON KeyResult (remind_at, id) WHERE remind_at IS NOT NULL;

-- What was said of a key result, and is kept. score: by what was to be reached then. selection_id: what was read of another
-- system for it. list_key: created_at, U+001F, id.
CREATE TABLE CheckIn (
    id            TEXT NOT NULL,
    workspace_id  TEXT NOT NULL,
    key_result_id TEXT NOT NULL,
    list_key      TEXT NOT NULL,
    value         INTEGER NULL,
    zone          TEXT NOT NULL,
    score         INTEGER NOT NULL,
    confidence    INTEGER NULL,
    note          TEXT NULL,
    source        TEXT NOT NULL,
    selection_id  TEXT NULL,
    created_by    TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    CONSTRAINT PK_CheckIn PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_CheckIn_KeyResult FOREIGN KEY (workspace_id, key_result_id) REFERENCES KeyResult (workspace_id, id),
    CONSTRAINT CK_CheckIn_zone CHECK (zone IN ('FAIL', 'COMMIT', 'TARGET', 'STRETCH')),
    CONSTRAINT CK_CheckIn_score CHECK (score BETWEEN 0 AND 1000000),
    CONSTRAINT CK_CheckIn_confidence CHECK (confidence BETWEEN 1 AND 10),
    CONSTRAINT CK_CheckIn_source CHECK (source IN ('manual', 'connector', 'tasks'))
) STRICT;
CREATE UNIQUE INDEX UQ_CheckIn_list ON CheckIn (workspace_id, key_result_id, list_key);
CREATE INDEX IX_CheckIn_author ON CheckIn (workspace_id, created_by, list_key);
CREATE TRIGGER TR_CheckIn_update BEFORE UPDATE ON CheckIn
BEGIN
    SELECT RAISE(ABORT, 'append-only: CheckIn');
END;
CREATE TRIGGER TR_CheckIn_delete BEFORE DELETE ON CheckIn
BEGIN
    SELECT RAISE(ABORT, 'append-only: CheckIn');
END;

-- As Comment, of an objective.
CREATE TABLE ObjectiveComment (
    id           TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    objective_id TEXT NOT NULL,
    body         TEXT NOT NULL,
    list_key     TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    edited_at    TEXT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT PK_ObjectiveComment PRIMARY KEY (workspace_id, id),
    CONSTRAINT FK_ObjectiveComment_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES Objective (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX UQ_ObjectiveComment_list ON ObjectiveComment (workspace_id, objective_id, list_key);
CREATE INDEX IX_ObjectiveComment_author ON ObjectiveComment (workspace_id, created_by, list_key);

-- Which files of the workspace are attached. Attaching and deleting a file both hold the workspace's row.
CREATE TABLE ObjectiveFile (
    workspace_id TEXT NOT NULL,
    objective_id TEXT NOT NULL,
    file_id      TEXT NOT NULL,
    added_by     TEXT NOT NULL,
    added_at     TEXT NOT NULL,
    CONSTRAINT PK_ObjectiveFile PRIMARY KEY (workspace_id, objective_id, file_id),
    CONSTRAINT FK_ObjectiveFile_Objective FOREIGN KEY (workspace_id, objective_id) REFERENCES Objective (workspace_id, id),
    CONSTRAINT FK_ObjectiveFile_WorkspaceFile FOREIGN KEY (workspace_id, file_id) REFERENCES WorkspaceFile (workspace_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ObjectiveFile_file ON ObjectiveFile (workspace_id, file_id);
