-- The status of accounts, its history, and what is to be done after an account was closed.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0019_user_status.sql; a test compares them.

-- Who stopped it, so that nobody below them puts it back.
ALTER TABLE UserAccount ADD COLUMN held_by TEXT NULL CONSTRAINT CK_UserAccount_held_by CHECK (held_by IN ('organization', 'platform'));

-- seq is the account's version that the change made. Append-only, but for an erasure, which takes what was written of
-- the person: the reason.
CREATE TABLE UserStatusEvent (
    user_id     TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    from_status TEXT    NOT NULL,
    to_status   TEXT    NOT NULL,
    reason      TEXT    NULL,
    actor_id    TEXT    NOT NULL,
    at          TEXT    NOT NULL,
    CONSTRAINT PK_UserStatusEvent PRIMARY KEY (user_id, seq),
    CONSTRAINT FK_UserStatusEvent_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;

CREATE TRIGGER TR_UserStatusEvent_update BEFORE UPDATE ON UserStatusEvent
WHEN NOT (
    NEW.reason IS NULL
    AND NEW.user_id = OLD.user_id AND NEW.seq = OLD.seq AND NEW.from_status = OLD.from_status
    AND NEW.to_status = OLD.to_status AND NEW.actor_id = OLD.actor_id AND NEW.at = OLD.at
)
BEGIN
    SELECT RAISE(ABORT, 'append-only: UserStatusEvent');
END;
CREATE TRIGGER TR_UserStatusEvent_delete BEFORE DELETE ON UserStatusEvent
BEGIN
    SELECT RAISE(ABORT, 'append-only: UserStatusEvent');
END;

-- What a job does for an account that was closed, a step and a batch at a time: step and place say how far it is.
CREATE TABLE AccountClosing (
    id         TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    step       TEXT NOT NULL,
    place      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT PK_AccountClosing PRIMARY KEY (id),
    CONSTRAINT FK_AccountClosing_UserAccount FOREIGN KEY (user_id) REFERENCES UserAccount (id)
) STRICT;
CREATE INDEX IX_AccountClosing_user ON AccountClosing (user_id);

-- Which kinds of jobs there are, the code says (JobKind): a check of them here would have the table made anew for each.
-- What is to be done for a person is of no workspace: it has the id of nothing there.
ALTER TABLE Job RENAME TO JobBefore;
CREATE TABLE Job (
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    target_id    TEXT    NOT NULL,
    run_at       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT    NULL,
    created_at   TEXT    NOT NULL,
    CONSTRAINT PK_Job PRIMARY KEY (id)
) STRICT;
INSERT INTO Job (id, workspace_id, kind, target_id, run_at, attempts, last_error, created_at)
SELECT id, workspace_id, kind, target_id, run_at, attempts, last_error, created_at FROM JobBefore;
DROP TABLE JobBefore;
CREATE INDEX IX_Job_due ON Job (run_at, id);
CREATE INDEX IX_Job_workspace ON Job (workspace_id);
