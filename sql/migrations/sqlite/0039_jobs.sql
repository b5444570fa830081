-- Jobs have queues, a lease that is kept up while they are worked at, and an end: DONE is no row, DEAD is one.
-- The same tables, columns, keys and indexes as sql/migrations/mssql/0039_jobs.sql; a test compares them.

-- A process that works at jobs. It raises beat while it does; others let go what it had once they have seen beat
-- stand still for a lease's length, each by a watch of its own: no clock is compared with another's.
CREATE TABLE JobHolder (
    id         TEXT    NOT NULL,
    beat       INTEGER NOT NULL DEFAULT 0,
    created_at TEXT    NOT NULL,
    CONSTRAINT PK_JobHolder PRIMARY KEY (id)
) STRICT;

-- fence: how often the job was ever taken up; who has it settles by that. attempts: how often since it last succeeded.
-- is_once: the only one of its kind for its target. again_at: it was asked for anew while it was worked at.
-- state_at: since when it is RUNNING or DEAD.
ALTER TABLE Job ADD COLUMN queue TEXT NOT NULL DEFAULT 'default';
ALTER TABLE Job ADD COLUMN state TEXT NOT NULL DEFAULT 'READY' CONSTRAINT CK_Job_state CHECK (state IN ('READY', 'RUNNING', 'DEAD'));
ALTER TABLE Job ADD COLUMN state_at TEXT NULL;
ALTER TABLE Job ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE Job ADD COLUMN holder TEXT NULL;
ALTER TABLE Job ADD COLUMN is_once INTEGER NOT NULL DEFAULT 0;
ALTER TABLE Job ADD COLUMN again_at TEXT NULL;
DROP INDEX IX_Job_due;
CREATE INDEX IX_Job_due ON Job (state, queue, run_at, id);
CREATE INDEX IX_Job_holder ON Job (holder) WHERE holder IS NOT NULL;
CREATE INDEX IX_Job_dead ON Job (state_at) WHERE state = 'DEAD';
CREATE UNIQUE INDEX UQ_Job_once ON Job (workspace_id, kind, target_id) WHERE is_once = 1;
