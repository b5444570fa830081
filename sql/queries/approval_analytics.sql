-- name: read_approval_figures :many
-- What was submitted and what ended in each of the buckets, how long what was decided took, and what waits now. buckets: as
-- for read_task_flow. What was withdrawn or is void ended, and was not decided.
-- param: workspace_id uuid
-- param: buckets longtext
-- param: object_type text?
-- param: now time
-- returns: ApprovalFiguresRow
-- scope: workspace
-- plan: sorts the durations of what was decided in a bucket, for their ranks
-- dialect: mssql
WITH bucket AS (
    SELECT j.place AS place, CAST(REPLACE(j.starts, N'Z', N'') AS DATETIME2(6)) AS starts, CAST(REPLACE(j.ends, N'Z', N'') AS DATETIME2(6)) AS ends,
           CAST(j.starts AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS first_key,
           CAST(j.ends AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS last_key
    FROM OPENJSON(@buckets) WITH (place INT '$.place', starts NVARCHAR(40) '$.from', ends NVARCHAR(40) '$.before') AS j
), ended AS (
    SELECT b.place, r.state,
           CASE WHEN r.state NOT IN (N'APPROVED', N'REJECTED', N'CHANGES_REQUESTED') THEN NULL WHEN r.ended_at < r.created_at THEN 0
                ELSE DATEDIFF_BIG(SECOND, r.created_at, r.ended_at) END AS latency
    FROM bucket AS b
    JOIN ApprovalRequest AS r ON r.workspace_id = @workspace_id AND r.ended_at >= b.starts AND r.ended_at < b.ends
    WHERE r.ended_at IS NOT NULL AND (@object_type IS NULL OR r.object_type = @object_type)
), ranked AS (
    SELECT e.place, e.state, e.latency, COUNT(e.latency) OVER (PARTITION BY e.place) AS decided,
           ROW_NUMBER() OVER (PARTITION BY e.place, CASE WHEN e.latency IS NULL THEN 1 ELSE 0 END ORDER BY e.latency) AS nth
    FROM ended AS e
)
SELECT N'ended' AS figure, k.place, COUNT(*) AS requests,
       SUM(CASE WHEN k.state = N'APPROVED' THEN 1 ELSE 0 END) AS approved, SUM(CASE WHEN k.state = N'REJECTED' THEN 1 ELSE 0 END) AS rejected,
       SUM(CASE WHEN k.state = N'CHANGES_REQUESTED' THEN 1 ELSE 0 END) AS changes_requested,
       SUM(CASE WHEN k.state = N'WITHDRAWN' THEN 1 ELSE 0 END) AS withdrawn, SUM(CASE WHEN k.state = N'VOIDED' THEN 1 ELSE 0 END) AS voided,
       0 AS overdue, MAX(k.decided) AS decided, SUM(COALESCE(k.latency, 0)) AS latency_sum,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 50 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p50,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 85 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p85,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 95 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p95
FROM ranked AS k
GROUP BY k.place
UNION ALL
SELECT N'submitted', b.place, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM bucket AS b
JOIN ApprovalRequest AS r ON r.workspace_id = @workspace_id AND r.list_key >= b.first_key AND r.list_key < b.last_key
WHERE @object_type IS NULL OR r.object_type = @object_type
GROUP BY b.place
UNION ALL
SELECT N'pending', 0, COUNT(*), 0, 0, 0, 0, 0, COALESCE(SUM(CASE WHEN r.due_at <= @now THEN 1 ELSE 0 END), 0), 0, 0, 0, 0, 0
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.state = N'PENDING' AND (@object_type IS NULL OR r.object_type = @object_type)
-- dialect: sqlite
-- CROSS JOIN keeps to the order of the tables.
WITH bucket AS MATERIALIZED (
    SELECT j.value ->> '$.place' AS place, j.value ->> '$.from' AS starts, j.value ->> '$.before' AS ends FROM json_each(@buckets) AS j
), ended AS (
    SELECT b.place, r.state,
           CASE WHEN r.state IN ('APPROVED', 'REJECTED', 'CHANGES_REQUESTED')
                THEN MAX(0, unixepoch(substr(r.ended_at, 1, 19)) - unixepoch(substr(r.created_at, 1, 19))) END AS latency
    FROM bucket AS b
    CROSS JOIN ApprovalRequest AS r
    WHERE r.workspace_id = @workspace_id AND r.ended_at >= b.starts AND r.ended_at < b.ends
      AND r.ended_at IS NOT NULL AND (@object_type IS NULL OR r.object_type = @object_type)
), ranked AS (
    SELECT e.place, e.state, e.latency, COUNT(e.latency) OVER (PARTITION BY e.place) AS decided,
           ROW_NUMBER() OVER (PARTITION BY e.place, CASE WHEN e.latency IS NULL THEN 1 ELSE 0 END ORDER BY e.latency) AS nth
    FROM ended AS e
)
SELECT 'ended' AS figure, k.place, COUNT(*) AS requests,
       SUM(CASE WHEN k.state = 'APPROVED' THEN 1 ELSE 0 END) AS approved, SUM(CASE WHEN k.state = 'REJECTED' THEN 1 ELSE 0 END) AS rejected,
       SUM(CASE WHEN k.state = 'CHANGES_REQUESTED' THEN 1 ELSE 0 END) AS changes_requested,
       SUM(CASE WHEN k.state = 'WITHDRAWN' THEN 1 ELSE 0 END) AS withdrawn, SUM(CASE WHEN k.state = 'VOIDED' THEN 1 ELSE 0 END) AS voided,
       0 AS overdue, MAX(k.decided) AS decided, SUM(COALESCE(k.latency, 0)) AS latency_sum,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 50 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p50,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 85 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p85,
       SUM(CASE WHEN k.latency IS NOT NULL AND k.nth = (k.decided * 95 + 99) / 100 THEN k.latency ELSE 0 END) AS latency_p95
FROM ranked AS k
GROUP BY k.place
UNION ALL
SELECT 'submitted', b.place, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM bucket AS b
CROSS JOIN ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.list_key >= b.starts AND r.list_key < b.ends
  AND (@object_type IS NULL OR r.object_type = @object_type)
GROUP BY b.place
UNION ALL
SELECT 'pending', 0, COUNT(*), 0, 0, 0, 0, 0, COALESCE(SUM(CASE WHEN r.due_at <= @now THEN 1 ELSE 0 END), 0), 0, 0, 0, 0, 0
FROM ApprovalRequest AS r
WHERE r.workspace_id = @workspace_id AND r.state = 'PENDING' AND (@object_type IS NULL OR r.object_type = @object_type)

-- name: read_stage_figures :many
-- How long requests stood at each stage that they left by a decision in a range, by type of object and number of stage. A
-- stage begins with the submission or the last decision at the one before, and ends with its last decision.
-- param: workspace_id uuid
-- param: starts_at time
-- param: ends_at time
-- param: object_type text?
-- returns: StageFiguresRow
-- scope: workspace
-- plan: sorts the durations of one stage, for their ranks
-- dialect: mssql
WITH decided AS (
    SELECT d.request_id, d.stage, MAX(d.at) AS left_at
    FROM ApprovalDecision AS d
    WHERE d.workspace_id = @workspace_id AND d.at >= @starts_at AND d.at < @ends_at
    GROUP BY d.request_id, d.stage
), stood AS (
    SELECT r.object_type, c.stage, c.left_at, COALESCE((
        SELECT MAX(p.at) FROM ApprovalDecision AS p
        WHERE p.workspace_id = @workspace_id AND p.request_id = c.request_id AND p.stage = c.stage - 1), r.created_at) AS reached_at
    FROM decided AS c
    JOIN ApprovalRequest AS r ON r.workspace_id = @workspace_id AND r.id = c.request_id
    WHERE (r.stage > c.stage OR r.state IN (N'APPROVED', N'REJECTED', N'CHANGES_REQUESTED'))
      AND (@object_type IS NULL OR r.object_type = @object_type)
      AND NOT EXISTS (SELECT 1 FROM ApprovalDecision AS n
                      WHERE n.workspace_id = @workspace_id AND n.request_id = c.request_id AND n.stage = c.stage AND n.at >= @ends_at)
), taken AS (
    SELECT s.object_type, s.stage, CASE WHEN s.left_at < s.reached_at THEN 0 ELSE DATEDIFF_BIG(SECOND, s.reached_at, s.left_at) END AS seconds
    FROM stood AS s
), ranked AS (
    SELECT t.object_type, t.stage, t.seconds, COUNT(*) OVER (PARTITION BY t.object_type, t.stage) AS number,
           ROW_NUMBER() OVER (PARTITION BY t.object_type, t.stage ORDER BY t.seconds) AS nth
    FROM taken AS t
)
SELECT k.object_type, k.stage, COUNT(*) AS number, SUM(k.seconds) AS seconds_sum,
       SUM(CASE WHEN k.nth = (k.number * 50 + 99) / 100 THEN k.seconds ELSE 0 END) AS p50,
       SUM(CASE WHEN k.nth = (k.number * 85 + 99) / 100 THEN k.seconds ELSE 0 END) AS p85,
       SUM(CASE WHEN k.nth = (k.number * 95 + 99) / 100 THEN k.seconds ELSE 0 END) AS p95
FROM ranked AS k
GROUP BY k.object_type, k.stage
ORDER BY k.object_type, k.stage
-- dialect: sqlite
WITH decided AS (
    SELECT d.request_id, d.stage, MAX(d.at) AS left_at
    FROM ApprovalDecision AS d
    WHERE d.workspace_id = @workspace_id AND d.at >= @starts_at AND d.at < @ends_at
    GROUP BY d.request_id, d.stage
), stood AS (
    SELECT r.object_type, c.stage, c.left_at, COALESCE((
        SELECT MAX(p.at) FROM ApprovalDecision AS p
        WHERE p.workspace_id = @workspace_id AND p.request_id = c.request_id AND p.stage = c.stage - 1), r.created_at) AS reached_at
    FROM decided AS c
    CROSS JOIN ApprovalRequest AS r
    WHERE r.workspace_id = @workspace_id AND r.id = c.request_id
      AND (r.stage > c.stage OR r.state IN ('APPROVED', 'REJECTED', 'CHANGES_REQUESTED'))
      AND (@object_type IS NULL OR r.object_type = @object_type)
      AND NOT EXISTS (SELECT 1 FROM ApprovalDecision AS n
                      WHERE n.workspace_id = @workspace_id AND n.request_id = c.request_id AND n.stage = c.stage AND n.at >= @ends_at)
), taken AS (
    SELECT s.object_type, s.stage, MAX(0, unixepoch(substr(s.left_at, 1, 19)) - unixepoch(substr(s.reached_at, 1, 19))) AS seconds
    FROM stood AS s
), ranked AS (
    SELECT t.object_type, t.stage, t.seconds, COUNT(*) OVER (PARTITION BY t.object_type, t.stage) AS number,
           ROW_NUMBER() OVER (PARTITION BY t.object_type, t.stage ORDER BY t.seconds) AS nth
    FROM taken AS t
)
SELECT k.object_type, k.stage, COUNT(*) AS number, SUM(k.seconds) AS seconds_sum,
       SUM(CASE WHEN k.nth = (k.number * 50 + 99) / 100 THEN k.seconds ELSE 0 END) AS p50,
       SUM(CASE WHEN k.nth = (k.number * 85 + 99) / 100 THEN k.seconds ELSE 0 END) AS p85,
       SUM(CASE WHEN k.nth = (k.number * 95 + 99) / 100 THEN k.seconds ELSE 0 END) AS p95
FROM ranked AS k
GROUP BY k.object_type, k.stage
ORDER BY k.object_type, k.stage
