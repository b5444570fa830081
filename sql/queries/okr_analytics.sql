-- name: read_okr_figures :many
-- How far the objectives of a cycle, or of those that are ACTIVE, were at the end of each of the buckets, by level: of those
-- that were agreed on and not called off, and begun by then. An objective's score is the mean of its key results' by their
-- weights, each as its last check-in until then said, or else 0. Late is what had not been checked in, since that or since the
-- objective began, for as long as it may go without.
-- Answered is by how much each figure changed from the bucket before, and check_ins of the bucket. Of what was said before
-- the first of them the last counts, and the last that says how sure one was; of a key result of which more was said since
-- than there are buckets, so it is of each bucket, which are looked for one by one. What was said of the others is gone
-- through once. It comes to its bucket by being sorted among their ends.
-- buckets: a JSON array of objects with from and until, times, until not after the present; most: how many there are.
-- starts: when the first of them does; ends: until of the last.
-- param: workspace_id uuid
-- param: buckets longtext
-- param: most int
-- param: starts ascii
-- param: ends ascii
-- param: cycle_id uuid?
-- param: objective_id uuid?
-- param: level text?
-- returns: OkrFiguresRow
-- scope: workspace
-- plan: sorts what was said by key result, then by time, and what that changed by objective
-- dialect: mssql
WITH bucket AS (
    SELECT CAST(REPLACE(j.ends, N'Z', N'') AS DATETIME2(6)) AS ends,
           CAST(j.starts AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS first_key,
           CAST(j.ends AS VARCHAR(40)) COLLATE Latin1_General_100_BIN2 AS last_key
    FROM OPENJSON(@buckets) WITH (starts NVARCHAR(40) '$.from', ends NVARCHAR(40) '$.until') AS j
), measure AS (
    SELECT o.id AS objective_id, o.level, o.activated_at, o.ended_at, k.id AS key_result_id, k.weight, k.stale_after, k.created_at,
           CASE WHEN (SELECT COUNT(*) FROM CheckIn AS n
                      WHERE n.workspace_id = @workspace_id AND n.key_result_id = k.id AND n.list_key >= @starts AND n.list_key < @ends) > @most
                THEN 1 ELSE 0 END AS is_dense
    FROM OkrCycle AS y
    JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.cycle_id = y.id
    JOIN KeyResult AS k ON k.workspace_id = @workspace_id AND k.objective_id = o.id
    WHERE y.workspace_id = @workspace_id AND (y.id = @cycle_id OR (@cycle_id IS NULL AND y.state = N'ACTIVE'))
      AND o.state IN (N'ACTIVE', N'SUCCESSFUL', N'NOT_SUCCESSFUL') AND o.deleted_at IS NULL AND k.deleted_at IS NULL
      AND (@objective_id IS NULL OR o.id = @objective_id) AND (@level IS NULL OR o.level = @level)
), word AS (
    SELECT m.objective_id, m.level, m.key_result_id, m.weight, m.activated_at, m.ended_at, m.stale_after, w.at,
           CASE WHEN w.at > m.activated_at THEN w.at ELSE m.activated_at END AS since, w.list_key, w.said, w.check_ins, w.score, w.confidence
    FROM measure AS m
    CROSS APPLY (
        SELECT m.created_at AS at, CAST('' AS VARCHAR(64)) COLLATE Latin1_General_100_BIN2 AS list_key, 0 AS said, 0 AS check_ins, 0 AS score,
               NULL AS confidence
        UNION ALL
        SELECT c.created_at, c.list_key, 1, 0, c.score, c.confidence
        FROM CheckIn AS c
        WHERE c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key IN ((
            SELECT MAX(l.list_key) FROM CheckIn AS l
            WHERE l.workspace_id = @workspace_id AND l.key_result_id = m.key_result_id AND l.list_key < @starts), (
            SELECT MAX(l.list_key) FROM CheckIn AS l
            WHERE l.workspace_id = @workspace_id AND l.key_result_id = m.key_result_id AND l.list_key < @starts
              AND l.confidence IS NOT NULL))
        UNION ALL
        SELECT c.created_at, c.list_key, 1, CASE WHEN c.list_key = k.last_said THEN k.check_ins ELSE 0 END, c.score, c.confidence
        FROM bucket AS b
        CROSS APPLY (
            SELECT COUNT(*) AS check_ins, MAX(l.list_key) AS last_said, (
                SELECT MAX(q.list_key) FROM CheckIn AS q
                WHERE q.workspace_id = @workspace_id AND q.key_result_id = m.key_result_id AND q.list_key >= b.first_key
                  AND q.list_key < b.last_key AND q.confidence IS NOT NULL) AS last_sure
            FROM CheckIn AS l
            WHERE l.workspace_id = @workspace_id AND l.key_result_id = m.key_result_id AND l.list_key >= b.first_key
              AND l.list_key < b.last_key
        ) AS k
        JOIN CheckIn AS c ON c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id
                         AND c.list_key IN (k.last_said, k.last_sure)
        WHERE m.is_dense = 1
        UNION ALL
        SELECT c.created_at, c.list_key, 1, 1, c.score, c.confidence
        FROM CheckIn AS c
        WHERE m.is_dense = 0 AND c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key >= @starts
          AND c.list_key < @ends
    ) AS w
), step AS (
    SELECT w.objective_id, w.level, w.activated_at, w.at, w.said, w.check_ins, CASE WHEN w.said = 0 THEN w.weight ELSE 0 END AS weight,
           CAST(w.score - LAG(w.score, 1, 0) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key) AS BIGINT) * w.weight AS total,
           CASE WHEN w.said > LAG(w.said, 1, 1) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key) THEN 1 ELSE 0 END AS measured,
           COALESCE(w.confidence - LAG(w.confidence, 1, 0) OVER (
               PARTITION BY w.key_result_id, CASE WHEN w.confidence IS NULL THEN 1 ELSE 0 END ORDER BY w.list_key), 0) AS confidence,
           CASE WHEN w.confidence IS NOT NULL AND LAG(w.confidence) OVER (
               PARTITION BY w.key_result_id, CASE WHEN w.confidence IS NULL THEN 1 ELSE 0 END ORDER BY w.list_key) IS NULL
                THEN 1 ELSE 0 END AS confident,
           DATEADD(MICROSECOND, -1 - DATEPART(MICROSECOND, w.since), DATEADD(SECOND, w.stale_after, w.since)) AS late_at,
           COALESCE(LEAD(w.at) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key), w.ended_at) AS next_at
    FROM word AS w
), change AS (
    SELECT b.ends AS at, 1 AS is_end, CAST(NULL AS UNIQUEIDENTIFIER) AS objective_id, NULL AS level, 0 AS begun, 0 AS key_results, 0 AS weight, 0 AS total,
           0 AS measured, 0 AS confidence, 0 AS confident, 0 AS check_ins, 0 AS late
    FROM bucket AS b
    UNION ALL
    SELECT v.at, 0, s.objective_id, s.level, v.begun, v.key_results, v.weight, v.total, v.measured, v.confidence, v.confident,
           v.check_ins, v.late
    FROM step AS s
    CROSS APPLY (VALUES
        (s.at, 0, 1 - s.said, s.weight, s.total, s.measured, s.confidence, s.confident, s.check_ins, 0),
        (CASE WHEN s.said = 0 THEN s.activated_at END, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        (CASE WHEN s.next_at IS NULL OR s.late_at < s.next_at THEN s.late_at END, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        (CASE WHEN s.late_at < s.next_at THEN s.next_at END, 0, 0, 0, 0, 0, 0, 0, 0, -1)
    ) AS v(at, begun, key_results, weight, total, measured, confidence, confident, check_ins, late)
    WHERE v.at IS NOT NULL
), dated AS (
    SELECT SUM(x.is_end) OVER (ORDER BY x.at, x.is_end DESC ROWS UNBOUNDED PRECEDING) AS place, x.is_end, x.objective_id, x.level,
           x.begun, x.key_results, x.weight, x.total, x.measured, x.confidence, x.confident, x.check_ins, x.late
    FROM change AS x
), summed AS (
    SELECT d.objective_id, d.level, d.place, SUM(d.begun) AS begun, SUM(d.key_results) AS key_results, SUM(d.weight) AS weight,
           SUM(d.total) AS total, SUM(d.measured) AS measured, SUM(d.confidence) AS confidence, SUM(d.confident) AS confident,
           SUM(d.check_ins) AS check_ins, SUM(d.late) AS late
    FROM dated AS d
    WHERE d.is_end = 0 AND d.place < @most
    GROUP BY d.objective_id, d.level, d.place
), reached AS (
    SELECT s.objective_id, s.level, s.place, s.check_ins, s.late,
           SUM(s.begun) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS begun,
           SUM(s.key_results) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS key_results,
           NULLIF(SUM(s.weight) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING), 0) AS weight,
           SUM(s.total) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS total,
           SUM(s.measured) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS measured,
           SUM(s.confidence) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS confidence,
           SUM(s.confident) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS confident
    FROM summed AS s
), counted AS (
    SELECT r.objective_id, r.level, r.place, r.check_ins, r.late, 1 AS objectives, r.key_results, r.measured, r.confidence, r.confident,
           CASE WHEN 2 * (r.total % r.weight) > r.weight OR (2 * (r.total % r.weight) = r.weight AND (r.total / r.weight) % 2 = 1)
                THEN r.total / r.weight + 1 ELSE r.total / r.weight END AS score
    FROM reached AS r
    WHERE r.key_results > 0 AND (r.begun > 0 OR r.measured > 0)
), moved AS (
    SELECT e.place, e.level, e.check_ins, e.late,
           e.objectives - LAG(e.objectives, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS objectives,
           e.score - LAG(e.score, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS score,
           e.key_results - LAG(e.key_results, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS key_results,
           e.measured - LAG(e.measured, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS measured,
           e.confidence - LAG(e.confidence, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS confidence,
           e.confident - LAG(e.confident, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS confident
    FROM counted AS e
)
SELECT v.place, v.level, SUM(v.objectives) AS objectives, SUM(v.score) AS score_sum, SUM(v.key_results) AS key_results,
       SUM(v.measured) AS measured, SUM(v.confidence) AS confidence_sum, SUM(v.confident) AS confident, SUM(v.check_ins) AS check_ins,
       SUM(v.late) AS late
FROM moved AS v
GROUP BY v.place, v.level
-- dialect: sqlite
-- CROSS JOIN keeps to the order of the tables, INDEXED BY to what says how sure one was.
WITH bucket AS MATERIALIZED (
    SELECT j.value ->> '$.from' AS starts, j.value ->> '$.until' AS ends FROM json_each(@buckets) AS j
), measure AS MATERIALIZED (
    SELECT o.id AS objective_id, o.level, o.activated_at, o.ended_at, k.id AS key_result_id, k.weight, k.stale_after, k.created_at,
           CASE WHEN (SELECT COUNT(*) FROM CheckIn AS n
                      WHERE n.workspace_id = @workspace_id AND n.key_result_id = k.id AND n.list_key >= @starts AND n.list_key < @ends) > @most
                THEN 1 ELSE 0 END AS is_dense
    FROM OkrCycle AS y
    CROSS JOIN Objective AS o
    CROSS JOIN KeyResult AS k
    WHERE y.workspace_id = @workspace_id AND (y.id = @cycle_id OR (@cycle_id IS NULL AND y.state = 'ACTIVE'))
      AND o.workspace_id = @workspace_id AND o.cycle_id = y.id AND k.workspace_id = @workspace_id AND k.objective_id = o.id
      AND o.state IN ('ACTIVE', 'SUCCESSFUL', 'NOT_SUCCESSFUL') AND o.deleted_at IS NULL AND k.deleted_at IS NULL
      AND (@objective_id IS NULL OR o.id = @objective_id) AND (@level IS NULL OR o.level = @level)
), kept AS (
    SELECT m.key_result_id, 0 AS check_ins, (
        SELECT MAX(l.list_key) FROM CheckIn AS l
        WHERE l.workspace_id = @workspace_id AND l.key_result_id = m.key_result_id AND l.list_key < @starts) AS last_said, (
        SELECT MAX(q.list_key) FROM CheckIn AS q INDEXED BY UQ_CheckIn_sure
        WHERE q.workspace_id = @workspace_id AND q.key_result_id = m.key_result_id AND q.list_key < @starts
          AND q.confidence IS NOT NULL) AS last_sure
    FROM measure AS m
    UNION ALL
    SELECT m.key_result_id, (
        SELECT COUNT(*) FROM CheckIn AS n
        WHERE n.workspace_id = @workspace_id AND n.key_result_id = m.key_result_id AND n.list_key >= b.starts AND n.list_key < b.ends), (
        SELECT MAX(l.list_key) FROM CheckIn AS l
        WHERE l.workspace_id = @workspace_id AND l.key_result_id = m.key_result_id AND l.list_key >= b.starts AND l.list_key < b.ends), (
        SELECT MAX(q.list_key) FROM CheckIn AS q INDEXED BY UQ_CheckIn_sure
        WHERE q.workspace_id = @workspace_id AND q.key_result_id = m.key_result_id AND q.list_key >= b.starts AND q.list_key < b.ends
          AND q.confidence IS NOT NULL)
    FROM measure AS m
    CROSS JOIN bucket AS b
    WHERE m.is_dense = 1
), word AS (
    SELECT m.objective_id, m.level, m.key_result_id, m.weight, m.activated_at, m.ended_at, m.stale_after,
           m.created_at AS at, m.activated_at AS since, '' AS list_key, 0 AS said, 0 AS check_ins, 0 AS score, NULL AS confidence
    FROM measure AS m
    UNION ALL
    SELECT m.objective_id, m.level, m.key_result_id, m.weight, m.activated_at, m.ended_at, m.stale_after,
           c.created_at, CASE WHEN c.created_at > m.activated_at THEN c.created_at ELSE m.activated_at END, c.list_key, 1,
           CASE WHEN c.list_key = k.last_said THEN k.check_ins ELSE 0 END, c.score, c.confidence
    FROM measure AS m
    CROSS JOIN kept AS k
    CROSS JOIN CheckIn AS c
    WHERE k.key_result_id = m.key_result_id AND c.workspace_id = @workspace_id AND c.key_result_id = k.key_result_id
      AND c.list_key IN (k.last_said, k.last_sure)
    UNION ALL
    SELECT m.objective_id, m.level, m.key_result_id, m.weight, m.activated_at, m.ended_at, m.stale_after,
           c.created_at, CASE WHEN c.created_at > m.activated_at THEN c.created_at ELSE m.activated_at END, c.list_key, 1,
           1, c.score, c.confidence
    FROM measure AS m
    CROSS JOIN CheckIn AS c
    WHERE m.is_dense = 0 AND c.workspace_id = @workspace_id AND c.key_result_id = m.key_result_id AND c.list_key >= @starts
      AND c.list_key < @ends
), step AS MATERIALIZED (
    SELECT w.objective_id, w.level, w.activated_at, w.at, w.said, w.check_ins, CASE WHEN w.said = 0 THEN w.weight ELSE 0 END AS weight,
           CAST(w.score - LAG(w.score, 1, 0) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key) AS BIGINT) * w.weight AS total,
           CASE WHEN w.said > LAG(w.said, 1, 1) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key) THEN 1 ELSE 0 END AS measured,
           COALESCE(w.confidence - LAG(w.confidence, 1, 0) OVER (
               PARTITION BY w.key_result_id, CASE WHEN w.confidence IS NULL THEN 1 ELSE 0 END ORDER BY w.list_key), 0) AS confidence,
           CASE WHEN w.confidence IS NOT NULL AND LAG(w.confidence) OVER (
               PARTITION BY w.key_result_id, CASE WHEN w.confidence IS NULL THEN 1 ELSE 0 END ORDER BY w.list_key) IS NULL
                THEN 1 ELSE 0 END AS confident,
           strftime('%Y-%m-%dT%H:%M:%S', unixepoch(substr(w.since, 1, 19)) + w.stale_after - 1, 'unixepoch') || '.999999Z' AS late_at,
           COALESCE(LEAD(w.at) OVER (PARTITION BY w.key_result_id ORDER BY w.list_key), w.ended_at) AS next_at
    FROM word AS w
), change AS (
    SELECT b.ends AS at, 1 AS is_end, NULL AS objective_id, NULL AS level, 0 AS begun, 0 AS key_results, 0 AS weight, 0 AS total,
           0 AS measured, 0 AS confidence, 0 AS confident, 0 AS check_ins, 0 AS late
    FROM bucket AS b
    UNION ALL
    SELECT s.at, 0, s.objective_id, s.level, 0, 1 - s.said, s.weight, s.total, s.measured, s.confidence, s.confident,
           s.check_ins, 0
    FROM step AS s
    UNION ALL
    SELECT s.activated_at, 0, s.objective_id, s.level, 1, 0, 0, 0, 0, 0, 0, 0, 0 FROM step AS s WHERE s.said = 0
    UNION ALL
    SELECT s.late_at, 0, s.objective_id, s.level, 0, 0, 0, 0, 0, 0, 0, 0, 1
    FROM step AS s
    WHERE s.late_at IS NOT NULL AND (s.next_at IS NULL OR s.late_at < s.next_at)
    UNION ALL
    SELECT s.next_at, 0, s.objective_id, s.level, 0, 0, 0, 0, 0, 0, 0, 0, -1
    FROM step AS s
    WHERE s.late_at < s.next_at
), dated AS (
    SELECT SUM(x.is_end) OVER (ORDER BY x.at, x.is_end DESC ROWS UNBOUNDED PRECEDING) AS place, x.is_end, x.objective_id, x.level,
           x.begun, x.key_results, x.weight, x.total, x.measured, x.confidence, x.confident, x.check_ins, x.late
    FROM change AS x
), summed AS (
    SELECT d.objective_id, d.level, d.place, SUM(d.begun) AS begun, SUM(d.key_results) AS key_results, SUM(d.weight) AS weight,
           SUM(d.total) AS total, SUM(d.measured) AS measured, SUM(d.confidence) AS confidence, SUM(d.confident) AS confident,
           SUM(d.check_ins) AS check_ins, SUM(d.late) AS late
    FROM dated AS d
    WHERE d.is_end = 0 AND d.place < @most
    GROUP BY d.objective_id, d.level, d.place
), reached AS (
    SELECT s.objective_id, s.level, s.place, s.check_ins, s.late,
           SUM(s.begun) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS begun,
           SUM(s.key_results) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS key_results,
           NULLIF(SUM(s.weight) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING), 0) AS weight,
           SUM(s.total) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS total,
           SUM(s.measured) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS measured,
           SUM(s.confidence) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS confidence,
           SUM(s.confident) OVER (PARTITION BY s.objective_id ORDER BY s.place ROWS UNBOUNDED PRECEDING) AS confident
    FROM summed AS s
), counted AS (
    SELECT r.objective_id, r.level, r.place, r.check_ins, r.late, 1 AS objectives, r.key_results, r.measured, r.confidence, r.confident,
           CASE WHEN 2 * (r.total % r.weight) > r.weight OR (2 * (r.total % r.weight) = r.weight AND (r.total / r.weight) % 2 = 1)
                THEN r.total / r.weight + 1 ELSE r.total / r.weight END AS score
    FROM reached AS r
    WHERE r.key_results > 0 AND (r.begun > 0 OR r.measured > 0)
), moved AS (
    SELECT e.place, e.level, e.check_ins, e.late,
           e.objectives - LAG(e.objectives, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS objectives,
           e.score - LAG(e.score, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS score,
           e.key_results - LAG(e.key_results, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS key_results,
           e.measured - LAG(e.measured, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS measured,
           e.confidence - LAG(e.confidence, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS confidence,
           e.confident - LAG(e.confident, 1, 0) OVER (PARTITION BY e.objective_id ORDER BY e.place) AS confident
    FROM counted AS e
)
SELECT v.place, v.level, SUM(v.objectives) AS objectives, SUM(v.score) AS score_sum, SUM(v.key_results) AS key_results,
       SUM(v.measured) AS measured, SUM(v.confidence) AS confidence_sum, SUM(v.confident) AS confident, SUM(v.check_ins) AS check_ins,
       SUM(v.late) AS late
FROM moved AS v
GROUP BY v.place, v.level
