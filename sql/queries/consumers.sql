-- name: list_news :many
-- Workspaces with events that some consumer has not read, by id, after the one that was looked at last.
-- param: after_id uuid
-- param: page_size int
-- returns: NewsRow
-- scope: global tenant: consumers work for every workspace
SELECT h.workspace_id, h.event_seq
FROM WorkspaceHead AS h
WHERE h.has_news = 1 AND h.workspace_id > @after_id
ORDER BY h.workspace_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: clear_news :queued
-- Every consumer has read up to seq. What came after it leaves the mark.
-- param: workspace_id uuid
-- param: seq int
-- scope: workspace
UPDATE WorkspaceHead SET has_news = 0 WHERE workspace_id = @workspace_id AND event_seq = @seq

-- name: lock_consumer :exec
-- Takes the guard of one consumer's work in one workspace; 0 before its first.
-- param: workspace_id uuid
-- param: name text
-- param: now time
-- scope: workspace
UPDATE EventConsumer SET taken_at = @now WHERE workspace_id = @workspace_id AND name = @name

-- name: insert_consumer :queued
-- Its place before the first event. PK_EventConsumer lets one of two make it.
-- param: workspace_id uuid
-- param: name text
-- param: now time
-- scope: workspace
INSERT INTO EventConsumer (workspace_id, name, seq, taken_at) VALUES (@workspace_id, @name, 0, @now)

-- name: read_consumer :one
-- How far it has come. Right only after lock_consumer, in its transaction.
-- param: workspace_id uuid
-- param: name text
-- returns: EventConsumerRow
-- scope: workspace
SELECT c.seq FROM EventConsumer AS c WHERE c.workspace_id = @workspace_id AND c.name = @name

-- name: advance_consumer :queued
-- It has read up to seq.
-- param: workspace_id uuid
-- param: name text
-- param: seq int
-- scope: workspace
UPDATE EventConsumer SET seq = @seq WHERE workspace_id = @workspace_id AND name = @name

-- name: list_log :page
-- The next events, whoever may see them: they are judged where they are told.
-- param: workspace_id uuid
-- param: after_seq int
-- param: page_size int
-- returns: LogRow
-- scope: workspace
SELECT e.seq, e.type, e.actor_id, e.object_type, e.object_id, e.minimum_rank, e.at, e.project_id, e.task_type_id, e.state,
       e.state_before, e.data
FROM Event AS e
WHERE e.workspace_id = @workspace_id AND e.seq > @after_seq
ORDER BY e.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: get_event :optional
-- One event, whoever may see it.
-- param: workspace_id uuid
-- param: seq int
-- returns: LogRow
-- scope: workspace
SELECT e.seq, e.type, e.actor_id, e.object_type, e.object_id, e.minimum_rank, e.at, e.project_id, e.task_type_id, e.state,
       e.state_before, e.data
FROM Event AS e
WHERE e.workspace_id = @workspace_id AND e.seq = @seq

-- name: read_listener :optional
-- What decides whether somebody may hear of an event now: account, membership, the workspace, and, of work, whether
-- they may see what it is about, by what that was then.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid?
-- param: task_type_id uuid?
-- param: state text?
-- param: state_before text?
-- returns: ListenerRow
-- scope: workspace
SELECT u.status AS account_status, w.is_active, m.role, m.is_guest,
       CASE WHEN @project_id IS NULL THEN 0
            WHEN @state IS NULL AND EXISTS (
                SELECT 1 FROM VisibleProject AS v
                WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = @project_id) THEN 1
            WHEN EXISTS (
                SELECT 1 FROM TaskGrant AS g
                WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                  AND g.project_id = @project_id AND g.task_type_id = @task_type_id AND g.state = @state) THEN 1
            WHEN EXISTS (
                SELECT 1 FROM TaskGrant AS b
                WHERE b.workspace_id = @workspace_id AND b.user_id = @user_id AND b.permission = N'view'
                  AND b.project_id = @project_id AND b.task_type_id = @task_type_id AND b.state = @state_before) THEN 1
            ELSE 0 END AS sees_work
FROM WorkspaceMember AS m
JOIN UserAccount AS u ON u.id = m.user_id
JOIN Workspace AS w ON w.id = m.workspace_id
WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = w.org_id AND stop.user_id = @user_id)

-- name: read_lag :many
-- Of each consumer, how many events it has not read, and since when the oldest of them waits.
-- returns: LagRow
-- scope: global tenant: consumers work for every workspace
-- plan: the scan is of an index of marked workspaces alone
SELECT c.name, SUM(h.event_seq - c.seq) AS events, MIN(e.at) AS oldest
FROM WorkspaceHead AS h
CROSS JOIN EventConsumer AS c
CROSS JOIN Event AS e
WHERE h.has_news = 1 AND c.workspace_id = h.workspace_id AND h.event_seq > c.seq
  AND e.workspace_id = c.workspace_id AND e.seq = c.seq + 1
GROUP BY c.name
