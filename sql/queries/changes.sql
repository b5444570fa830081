-- name: insert_event :queued
-- Tells that something changed. The number comes from take_seqs, in the same transaction.
-- param: workspace_id uuid
-- param: seq int
-- param: type text
-- param: actor_id text
-- param: object_type text
-- param: object_id text
-- param: minimum_rank int
-- param: now time
-- param: project_id uuid?
-- param: task_type_id uuid?
-- param: state text?
-- param: state_before text?
-- param: data longtext?
-- scope: workspace
INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at, project_id, task_type_id,
                   state, state_before, data)
VALUES (@workspace_id, @seq, @type, @actor_id, @object_type, @object_id, @minimum_rank, @now, @project_id, @task_type_id,
        @state, @state_before, @data)

-- name: insert_events :queued
-- As insert_event, of many things at once. events: a JSON array of objects.
-- param: workspace_id uuid
-- param: actor_id text
-- param: events longtext
-- param: now time
-- scope: workspace
-- dialect: mssql
INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at, project_id, task_type_id,
                   state, state_before, data)
SELECT @workspace_id, j.seq, j.type, @actor_id, j.object_type, j.object_id, j.minimum_rank, @now, j.project_id, j.task_type_id,
       j.state, j.state_before, j.data
FROM OPENJSON(@events) WITH (seq BIGINT '$.seq', type NVARCHAR(100) '$.type', object_type NVARCHAR(50) '$.object_type',
                             object_id NVARCHAR(200) '$.object_id', minimum_rank INT '$.minimum_rank',
                             project_id UNIQUEIDENTIFIER '$.project_id', task_type_id UNIQUEIDENTIFIER '$.task_type_id',
                             state NVARCHAR(20) '$.state', state_before NVARCHAR(20) '$.state_before',
                             data NVARCHAR(MAX) '$.data') AS j
-- dialect: sqlite
INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at, project_id, task_type_id,
                   state, state_before, data)
SELECT @workspace_id, j.value ->> '$.seq', j.value ->> '$.type', @actor_id, j.value ->> '$.object_type',
       j.value ->> '$.object_id', j.value ->> '$.minimum_rank', @now, j.value ->> '$.project_id', j.value ->> '$.task_type_id',
       j.value ->> '$.state', j.value ->> '$.state_before', j.value ->> '$.data'
FROM json_each(@events) AS j

-- name: read_event_seq :optional
-- The number of the last event.
-- param: workspace_id uuid
-- returns: EventSeqRow
-- scope: workspace
SELECT h.event_seq FROM WorkspaceHead AS h WHERE h.workspace_id = @workspace_id

-- name: list_events :page
-- The events of a range of numbers that the caller is told, in order: those that a role of this rank is, and of work
-- those of projects and tasks that the caller may see, by what the task was then; a guest is told of nothing else. The
-- range bounds what is looked at.
-- param: workspace_id uuid
-- param: user_id text
-- param: after_seq int
-- param: last_seq int
-- param: role_rank int
-- param: is_guest bool
-- param: page_size int
-- returns: EventRow
-- scope: workspace
SELECT e.seq, e.type, e.actor_id, e.object_type, e.object_id, e.at, e.project_id, e.state AS status, e.data
FROM Event AS e
WHERE e.workspace_id = @workspace_id AND e.seq > @after_seq AND e.seq <= @last_seq AND e.minimum_rank <= @role_rank
  AND ((e.project_id IS NULL AND @is_guest = 0)
       OR (e.state IS NULL
           AND EXISTS (SELECT 1 FROM VisibleProject AS v
                       WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = e.project_id))
       OR EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                    AND g.project_id = e.project_id AND g.task_type_id = e.task_type_id AND g.state = e.state)
       OR EXISTS (SELECT 1 FROM TaskGrant AS b
                  WHERE b.workspace_id = @workspace_id AND b.user_id = @user_id AND b.permission = N'view'
                    AND b.project_id = e.project_id AND b.task_type_id = e.task_type_id AND b.state = e.state_before))
ORDER BY e.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
