-- What is to be done again and again: a job for each time that is due.
-- The same table, columns, keys and indexes as sql/migrations/mssql/0045_job_schedules.sql; a test compares them.

-- Either every so many seconds or by cron in a time zone. Who moves due_at on writes the job: of several one does.
-- set_at: when due_at was set, by the clock that set it.
CREATE TABLE JobSchedule (
    id            TEXT    NOT NULL,
    workspace_id  TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    target_id     TEXT    NOT NULL,
    every_seconds INTEGER NULL,
    cron          TEXT    NULL,
    time_zone     TEXT    NULL,
    due_at        TEXT    NOT NULL,
    set_at        TEXT    NOT NULL,
    CONSTRAINT PK_JobSchedule PRIMARY KEY (id),
    CONSTRAINT UQ_JobSchedule_target UNIQUE (workspace_id, kind, target_id),
    CONSTRAINT CK_JobSchedule_times CHECK (
        every_seconds > 0 AND cron IS NULL AND time_zone IS NULL
        OR every_seconds IS NULL AND cron IS NOT NULL AND time_zone IS NOT NULL
    )
) STRICT;
CREATE INDEX IX_JobSchedule_due ON JobSchedule (due_at);
CREATE INDEX IX_JobSchedule_set ON JobSchedule (set_at);
