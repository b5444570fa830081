-- name: read_okr_figures :many
-- How far the objectives of a cycle, or of those that are ACTIVE, were at the end of each of the buckets, by level: of those
-- that were agreed on and not called off, and begun by then. An objective's score is the mean of its key results' by their
-- weights, each as its last check-in until then said, or else 0. Late is what had not been checked in, since that or since the
-- objective began, for as long as it may go without.
-- buckets: a JSON array of objects: place, a number; from and until, times, until not after the present.
-- param: workspace_id uuid
-- param: buckets longtext
-- param: cycle_id uuid?
-- param: objective_id uuid?
-- param: level text?
-- returns: OkrFiguresRow
-- scope: workspace
-- dialect: mssql
WITH bucket AS (
    SELECT j.place AS place, CAST(REPLACE(j.until, N'Z', N'') AS DATETIME2(6)) AS until,
           CAST(j.starts AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS first_key,
           CAST(j.until AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS last_key
    FROM OPENJSON(@buckets) WITH (place INT '$.place', starts NVARCHAR(40) '$.from', until NVARCHAR(40) '$.until') AS j
), measure AS (
    SELECT o.id AS objective_id, o.level, o.activated_at, o.ended_at, k.id AS key_result_id, k.weight, k.stale_after, k.created_at
    FROM OkrCycle AS y
    JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.cycle_id = y.id
    JOIN KeyResult AS k ON k.workspace_id = @workspace_id AND k.objective_id = o.id
    WHERE y.workspace_id = @workspace_id AND (y.id = @cycle_id OR (@cycle_id IS NULL AND y.state = N'ACTIVE'))
      AND o.state IN (N'ACTIVE', N'SUCCESSFUL', N'NOT_SUCCESSFUL') AND o.deleted_at IS NULL AND k.deleted_at IS NULL
      AND (@objective_id IS NULL OR o.id = @objective_id) AND (@level IS NULL OR o.level = @level)
), seen AS (
    SELECT b.place, b.until, m.objective_id, m.level, m.activated_at, m.ended_at, m.key_result_id, m.weight, m.stale_after, (
        SELECT MAX(c.list_key) FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key < b.last_key) AS last_said, (
        SELECT MAX(c.list_key) FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key < b.last_key
          AND c.confidence IS NOT NULL) AS last_sure, (
        SELECT COUNT(*) FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key >= b.first_key
          AND c.list_key < b.last_key) AS check_ins
    FROM bucket AS b
    CROSS JOIN measure AS m
    WHERE m.created_at < b.until
), said AS (
    SELECT s.place, s.objective_id, s.level, s.weight, c.score, d.confidence, s.check_ins,
           CASE WHEN s.activated_at < s.until THEN 1 ELSE 0 END AS has_begun,
           CASE WHEN s.stale_after IS NOT NULL AND s.activated_at < s.until AND (s.ended_at IS NULL OR s.ended_at >= s.until)
                 AND DATEDIFF_BIG(SECOND, CASE WHEN c.created_at > s.activated_at THEN c.created_at ELSE s.activated_at END, s.until) >= s.stale_after
                THEN 1 ELSE 0 END AS late
    FROM seen AS s
    LEFT JOIN CheckIn AS c ON c.workspace_id = @workspace_id AND c.key_result_id = s.key_result_id AND c.list_key = s.last_said
    LEFT JOIN CheckIn AS d ON d.workspace_id = @workspace_id AND d.key_result_id = s.key_result_id AND d.list_key = s.last_sure
), summed AS (
    SELECT a.place, a.level, a.objective_id, SUM(CAST(COALESCE(a.score, 0) AS BIGINT) * a.weight) AS total, SUM(a.weight) AS weight,
           COUNT(*) AS key_results, COUNT(a.score) AS measured,
           SUM(a.confidence) AS confidence, COUNT(a.confidence) AS confident, SUM(a.check_ins) AS check_ins, SUM(a.late) AS late
    FROM said AS a
    GROUP BY a.place, a.level, a.objective_id
    HAVING MAX(a.has_begun) = 1 OR COUNT(a.score) > 0
)
SELECT e.place, e.level, COUNT(*) AS objectives,
       SUM(CASE WHEN 2 * (e.total % e.weight) > e.weight OR (2 * (e.total % e.weight) = e.weight AND (e.total / e.weight) % 2 = 1)
                THEN e.total / e.weight + 1 ELSE e.total / e.weight END) AS score_sum,
       SUM(e.key_results) AS key_results, SUM(e.measured) AS measured, SUM(COALESCE(e.confidence, 0)) AS confidence_sum,
       SUM(e.confident) AS confident, SUM(e.check_ins) AS check_ins, SUM(e.late) AS late
FROM summed AS e
GROUP BY e.place, e.level
-- dialect: sqlite
-- CROSS JOIN keeps to the order of the tables.
WITH bucket AS MATERIALIZED (
    SELECT j.value ->> '$.place' AS place, j.value ->> '$.from' AS starts, j.value ->> '$.until' AS until FROM json_each(@buckets) AS j
), measure AS MATERIALIZED (
    SELECT o.id AS objective_id, o.level, o.activated_at, o.ended_at, k.id AS key_result_id, k.weight, k.stale_after, k.created_at
    FROM OkrCycle AS y
    CROSS JOIN Objective AS o
    CROSS JOIN KeyResult AS k
    WHERE y.workspace_id = @workspace_id AND (y.id = @cycle_id OR (@cycle_id IS NULL AND y.state = 'ACTIVE'))
      AND o.workspace_id = @workspace_id AND o.cycle_id = y.id AND k.workspace_id = @workspace_id AND k.objective_id = o.id
      AND o.state IN ('ACTIVE', 'SUCCESSFUL', 'NOT_SUCCESSFUL') AND o.deleted_at IS NULL AND k.deleted_at IS NULL
      AND (@objective_id IS NULL OR o.id = @objective_id) AND (@level IS NULL OR o.level = @level)
), seen AS (
    SELECT b.place, b.until, m.objective_id, m.level, m.activated_at, m.ended_at, m.key_result_id, m.weight, m.stale_after, (
        SELECT MAX(c.list_key) FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key < b.until) AS last_said, (
        SELECT c.list_key FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key < b.until
          AND c.confidence IS NOT NULL
        ORDER BY c.list_key DESC LIMIT 1) AS last_sure, (
        SELECT COUNT(*) FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key >= b.starts
          AND c.list_key < b.until) AS check_ins
    FROM bucket AS b
    CROSS JOIN measure AS m
    WHERE m.created_at < b.until
), said AS (
    SELECT s.place, s.objective_id, s.level, s.weight, c.score, d.confidence, s.check_ins,
           CASE WHEN s.activated_at < s.until THEN 1 ELSE 0 END AS has_begun,
           CASE WHEN s.stale_after IS NOT NULL AND s.activated_at < s.until AND (s.ended_at IS NULL OR s.ended_at >= s.until)
                 AND unixepoch(substr(s.until, 1, 19))
                     - unixepoch(substr(CASE WHEN c.created_at > s.activated_at THEN c.created_at ELSE s.activated_at END, 1, 19)) >= s.stale_after
                THEN 1 ELSE 0 END AS late
    FROM seen AS s
    LEFT JOIN CheckIn AS c ON c.workspace_id = @workspace_id AND c.key_result_id = s.key_result_id AND c.list_key = s.last_said
    LEFT JOIN CheckIn AS d ON d.workspace_id = @workspace_id AND d.key_result_id = s.key_result_id AND d.list_key = s.last_sure
), summed AS (
    SELECT a.place, a.level, a.objective_id, SUM(CAST(COALESCE(a.score, 0) AS BIGINT) * a.weight) AS total, SUM(a.weight) AS weight,
           COUNT(*) AS key_results, COUNT(a.score) AS measured,
           SUM(a.confidence) AS confidence, COUNT(a.confidence) AS confident, SUM(a.check_ins) AS check_ins, SUM(a.late) AS late
    FROM said AS a
    GROUP BY a.place, a.level, a.objective_id
    HAVING MAX(a.has_begun) = 1 OR COUNT(a.score) > 0
)
SELECT e.place, e.level, COUNT(*) AS objectives,
       SUM(CASE WHEN 2 * (e.total % e.weight) > e.weight OR (2 * (e.total % e.weight) = e.weight AND (e.total / e.weight) % 2 = 1)
                THEN e.total / e.weight + 1 ELSE e.total / e.weight END) AS score_sum,
       SUM(e.key_results) AS key_results, SUM(e.measured) AS measured, SUM(COALESCE(e.confidence, 0)) AS confidence_sum,
       SUM(e.confident) AS confident, SUM(e.check_ins) AS check_ins, SUM(e.late) AS late
FROM summed AS e
GROUP BY e.place, e.level
