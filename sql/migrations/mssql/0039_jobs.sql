-- Jobs have queues, a lease that is kept up while they are worked at, and an end: DONE is no row, DEAD is one.
-- The same tables, columns, keys and indexes as sql/migrations/sqlite/0039_jobs.sql; a test compares them.

-- A process that works at jobs. It raises beat while it does; others let go what it had once they have seen beat
-- stand still for a lease's length, each by a watch of its own: no clock is compared with another's.
CREATE TABLE dbo.JobHolder (
    id         UNIQUEIDENTIFIER NOT NULL,
    beat       BIGINT           NOT NULL CONSTRAINT DF_JobHolder_beat DEFAULT 0,
    created_at DATETIME2(6)     NOT NULL,
    CONSTRAINT PK_JobHolder PRIMARY KEY (id)
);
GO

-- fence: how often the job was ever taken up; who has it settles by that. attempts: how often since it last succeeded.
-- is_once: the only one of its kind for its target. again_at: it was asked for anew while it was worked at.
-- state_at: since when it is RUNNING or DEAD.
ALTER TABLE dbo.Job ADD queue NVARCHAR(20) NOT NULL CONSTRAINT DF_Job_queue DEFAULT N'default';
ALTER TABLE dbo.Job ADD state NVARCHAR(20) NOT NULL CONSTRAINT DF_Job_state DEFAULT N'READY'
    CONSTRAINT CK_Job_state CHECK (state IN (N'READY', N'RUNNING', N'DEAD'));
ALTER TABLE dbo.Job ADD state_at DATETIME2(6) NULL;
ALTER TABLE dbo.Job ADD fence INT NOT NULL CONSTRAINT DF_Job_fence DEFAULT 0;
ALTER TABLE dbo.Job ADD holder UNIQUEIDENTIFIER NULL;
ALTER TABLE dbo.Job ADD is_once BIT NOT NULL CONSTRAINT DF_Job_is_once DEFAULT 0;
ALTER TABLE dbo.Job ADD again_at DATETIME2(6) NULL;
GO

DROP INDEX IX_Job_due ON dbo.Job;
CREATE CLUSTERED INDEX IX_Job_due ON dbo.Job (state, queue, run_at, id);
CREATE INDEX IX_Job_holder ON dbo.Job (holder) WHERE holder IS NOT NULL;
CREATE INDEX IX_Job_dead ON dbo.Job (state_at) WHERE state = N'DEAD';
CREATE UNIQUE INDEX UQ_Job_once ON dbo.Job (workspace_id, kind, target_id) WHERE is_once = 1;
GO
