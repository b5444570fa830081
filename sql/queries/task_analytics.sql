-- name: read_task_flow :many
-- What was made and finished in each of the buckets, how long the finished ones took, and what is not finished now, of
-- the tasks that the caller may see: in one statement, so that its figures are of one moment. A task is judged by its
-- project, type and state as they are; when work on it began counts for those who may see such a task in progress.
-- buckets: a JSON array of objects: place, a number; from, a time; before, a time. Those with places from 0 are also
-- answered together, as -1, of what was finished: each task is looked for once. Of the percentiles the nearest rank is taken;
-- they are, as sums are, seconds of the clock's whole ones.
-- param: workspace_id uuid
-- param: user_id text
-- param: buckets longtext
-- param: project_id uuid?
-- param: task_type_id uuid?
-- param: assignee_id text?
-- returns: TaskFlowRow
-- scope: workspace
-- rule: none for n, counted by the classes of tasks that are the caller's
-- plan: sorts the durations of what was finished in a bucket, for their ranks
-- dialect: mssql
WITH bucket AS (
    SELECT j.place AS place, CAST(REPLACE(j.starts, N'Z', N'') AS DATETIME2(6)) AS starts, CAST(REPLACE(j.ends, N'Z', N'') AS DATETIME2(6)) AS ends
    FROM OPENJSON(@buckets) WITH (place INT '$.place', starts NVARCHAR(40) '$.from', ends NVARCHAR(40) '$.before') AS j
), finished AS (
    SELECT b.place, t.created_at, x.at AS finished_at, (
        SELECT y.at FROM TaskTransition AS y
        WHERE y.workspace_id = @workspace_id AND y.task_id = t.id AND y.to_state = N'IN_PROGRESS'
          AND EXISTS (SELECT 1 FROM TaskRight AS r
                      WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = N'view'
                        AND r.task_type_id = t.task_type_id AND r.state = N'IN_PROGRESS')
        ORDER BY y.seq OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY) AS begun_at
    FROM bucket AS b
    JOIN TaskTransition AS x ON x.workspace_id = @workspace_id AND x.to_state = N'DONE' AND x.at >= b.starts AND x.at < b.ends
    JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = x.task_id
    WHERE t.deleted_at IS NULL AND (@project_id IS NULL OR t.project_id = @project_id)
      AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id) AND (@assignee_id IS NULL OR t.assignee_id = @assignee_id)
      AND EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                    AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
), taken AS (
    SELECT f.place,
           CASE WHEN f.finished_at < f.created_at THEN 0 ELSE DATEDIFF_BIG(SECOND, f.created_at, f.finished_at) END AS lead_time,
           CASE WHEN f.finished_at < f.begun_at THEN 0 ELSE DATEDIFF_BIG(SECOND, f.begun_at, f.finished_at) END AS cycle_time
    FROM finished AS f
), measured AS (
    SELECT v.place, k.lead_time, k.cycle_time
    FROM taken AS k
    CROSS APPLY (VALUES (k.place), (CASE WHEN k.place >= 0 THEN -1 END)) AS v(place)
    WHERE v.place IS NOT NULL
), ranked AS (
    SELECT m.place, m.lead_time, m.cycle_time,
           CUME_DIST() OVER (PARTITION BY m.place ORDER BY m.lead_time) AS leads,
           CUME_DIST() OVER (PARTITION BY m.place, CASE WHEN m.cycle_time IS NULL THEN 1 ELSE 0 END ORDER BY m.cycle_time) AS cycles
    FROM measured AS m
)
SELECT N'finished' AS figure, r.place, COUNT(*) AS tasks, SUM(r.lead_time) AS lead_sum,
       MIN(CASE WHEN r.leads >= 0.5 THEN r.lead_time END) AS lead_p50,
       MIN(CASE WHEN r.leads >= 0.85 THEN r.lead_time END) AS lead_p85,
       MIN(CASE WHEN r.leads >= 0.95 THEN r.lead_time END) AS lead_p95,
       COUNT(r.cycle_time) AS cycles, SUM(COALESCE(r.cycle_time, 0)) AS cycle_sum,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.5 THEN r.cycle_time END), 0) AS cycle_p50,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.85 THEN r.cycle_time END), 0) AS cycle_p85,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.95 THEN r.cycle_time END), 0) AS cycle_p95
FROM ranked AS r
GROUP BY r.place
UNION ALL
SELECT N'created', b.place, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM bucket AS b
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.created_at >= b.starts AND t.created_at < b.ends
WHERE t.deleted_at IS NULL AND (@project_id IS NULL OR t.project_id = @project_id)
  AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id) AND (@assignee_id IS NULL OR t.assignee_id = @assignee_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
GROUP BY b.place
UNION ALL
SELECT N'open', 0, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM TaskGrant AS c
JOIN Task AS n ON n.workspace_id = @workspace_id AND n.project_id = c.project_id AND n.task_type_id = c.task_type_id AND n.state = c.state
WHERE c.workspace_id = @workspace_id AND c.user_id = @user_id AND c.permission = N'view' AND c.state <> N'DONE'
  AND (@project_id IS NULL OR c.project_id = @project_id) AND (@task_type_id IS NULL OR c.task_type_id = @task_type_id)
  AND n.deleted_at IS NULL AND (@assignee_id IS NULL OR n.assignee_id = @assignee_id)
-- dialect: sqlite
-- CROSS JOIN keeps to the order of the tables, INDEXED BY to the ranges of the caller's classes.
WITH bucket AS MATERIALIZED (
    SELECT j.value ->> '$.place' AS place, j.value ->> '$.from' AS starts, j.value ->> '$.before' AS ends FROM json_each(@buckets) AS j
), finished AS (
    SELECT b.place, t.created_at, x.at AS finished_at, (
        SELECT y.at FROM TaskTransition AS y
        WHERE y.workspace_id = @workspace_id AND y.task_id = t.id AND y.to_state = 'IN_PROGRESS'
          AND EXISTS (SELECT 1 FROM TaskRight AS r
                      WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id AND r.permission = 'view'
                        AND r.task_type_id = t.task_type_id AND r.state = 'IN_PROGRESS')
        ORDER BY y.seq LIMIT 1) AS begun_at
    FROM bucket AS b
    CROSS JOIN TaskTransition AS x
    CROSS JOIN Task AS t
    WHERE x.workspace_id = @workspace_id AND x.to_state = 'DONE' AND x.at >= b.starts AND x.at < b.ends
      AND t.workspace_id = @workspace_id AND t.id = x.task_id
      AND t.deleted_at IS NULL AND (@project_id IS NULL OR t.project_id = @project_id)
      AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id) AND (@assignee_id IS NULL OR t.assignee_id = @assignee_id)
      AND EXISTS (SELECT 1 FROM TaskGrant AS g
                  WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                    AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
), taken AS MATERIALIZED (
    SELECT f.place,
           MAX(0, unixepoch(substr(f.finished_at, 1, 19)) - unixepoch(substr(f.created_at, 1, 19))) AS lead_time,
           MAX(0, unixepoch(substr(f.finished_at, 1, 19)) - unixepoch(substr(f.begun_at, 1, 19))) AS cycle_time
    FROM finished AS f
), measured AS (
    SELECT k.place, k.lead_time, k.cycle_time FROM taken AS k
    UNION ALL
    SELECT -1, k.lead_time, k.cycle_time FROM taken AS k WHERE k.place >= 0
), ranked AS (
    SELECT m.place, m.lead_time, m.cycle_time,
           CUME_DIST() OVER (PARTITION BY m.place ORDER BY m.lead_time) AS leads,
           CUME_DIST() OVER (PARTITION BY m.place, CASE WHEN m.cycle_time IS NULL THEN 1 ELSE 0 END ORDER BY m.cycle_time) AS cycles
    FROM measured AS m
)
SELECT 'finished' AS figure, r.place, COUNT(*) AS tasks, SUM(r.lead_time) AS lead_sum,
       MIN(CASE WHEN r.leads >= 0.5 THEN r.lead_time END) AS lead_p50,
       MIN(CASE WHEN r.leads >= 0.85 THEN r.lead_time END) AS lead_p85,
       MIN(CASE WHEN r.leads >= 0.95 THEN r.lead_time END) AS lead_p95,
       COUNT(r.cycle_time) AS cycles, SUM(COALESCE(r.cycle_time, 0)) AS cycle_sum,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.5 THEN r.cycle_time END), 0) AS cycle_p50,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.85 THEN r.cycle_time END), 0) AS cycle_p85,
       COALESCE(MIN(CASE WHEN r.cycles >= 0.95 THEN r.cycle_time END), 0) AS cycle_p95
FROM ranked AS r
GROUP BY r.place
UNION ALL
SELECT 'created', b.place, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM bucket AS b
CROSS JOIN Task AS t
WHERE t.workspace_id = @workspace_id AND t.created_at >= b.starts AND t.created_at < b.ends
  AND t.deleted_at IS NULL AND (@project_id IS NULL OR t.project_id = @project_id)
  AND (@task_type_id IS NULL OR t.task_type_id = @task_type_id) AND (@assignee_id IS NULL OR t.assignee_id = @assignee_id)
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
GROUP BY b.place
UNION ALL
SELECT 'open', 0, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM TaskGrant AS c
CROSS JOIN Task AS n INDEXED BY IX_Task_class
WHERE c.workspace_id = @workspace_id AND c.user_id = @user_id AND c.permission = 'view' AND c.state <> 'DONE'
  AND (@project_id IS NULL OR c.project_id = @project_id) AND (@task_type_id IS NULL OR c.task_type_id = @task_type_id)
  AND n.workspace_id = @workspace_id AND n.project_id = c.project_id AND n.task_type_id = c.task_type_id AND n.state = c.state
  AND n.deleted_at IS NULL AND (@assignee_id IS NULL OR n.assignee_id = @assignee_id)
