-- name: read_link_figures :many
-- How many links there are in each status now, and what the checks of each of the buckets found, of those that were not
-- deleted; of one provider where one is given. buckets: as for read_task_flow.
-- param: workspace_id uuid
-- param: buckets longtext
-- param: provider text?
-- returns: LinkFigureRow
-- scope: workspace
-- dialect: mssql
WITH bucket AS (
    SELECT j.place AS place, CAST(REPLACE(j.starts, N'Z', N'') AS DATETIME2(6)) AS starts, CAST(REPLACE(j.ends, N'Z', N'') AS DATETIME2(6)) AS ends
    FROM OPENJSON(@buckets) WITH (place INT '$.place', starts NVARCHAR(40) '$.from', ends NVARCHAR(40) '$.before') AS j
)
SELECT b.place, c.status, COUNT(*) AS number
FROM bucket AS b
JOIN LinkCheck AS c ON c.workspace_id = @workspace_id AND c.checked_at >= b.starts AND c.checked_at < b.ends
JOIN WorkspaceExternalLink AS l ON l.workspace_id = @workspace_id AND l.id = c.link_id
WHERE l.deleted_at IS NULL AND (@provider IS NULL OR l.provider = @provider)
GROUP BY b.place, c.status
UNION ALL
SELECT NULL, l.status, COUNT(*)
FROM WorkspaceExternalLink AS l
WHERE l.workspace_id = @workspace_id AND l.deleted_at IS NULL AND (@provider IS NULL OR l.provider = @provider)
GROUP BY l.status
-- dialect: sqlite
-- CROSS JOIN keeps to the order of the tables.
WITH bucket AS MATERIALIZED (
    SELECT j.value ->> '$.place' AS place, j.value ->> '$.from' AS starts, j.value ->> '$.before' AS ends FROM json_each(@buckets) AS j
)
SELECT b.place, c.status, COUNT(*) AS number
FROM bucket AS b
CROSS JOIN LinkCheck AS c
CROSS JOIN WorkspaceExternalLink AS l
WHERE c.workspace_id = @workspace_id AND c.checked_at >= b.starts AND c.checked_at < b.ends
  AND l.workspace_id = @workspace_id AND l.id = c.link_id
  AND l.deleted_at IS NULL AND (@provider IS NULL OR l.provider = @provider)
GROUP BY b.place, c.status
UNION ALL
SELECT NULL, l.status, COUNT(*)
FROM WorkspaceExternalLink AS l
WHERE l.workspace_id = @workspace_id AND l.deleted_at IS NULL AND (@provider IS NULL OR l.provider = @provider)
GROUP BY l.status

-- name: read_links_complete_since :value
-- Since when every check of every link is kept; NULL where none was ever deleted. kept: how many are, of each link.
-- param: workspace_id uuid
-- param: provider text?
-- param: kept int
-- returns: time?
-- scope: workspace
SELECT MAX(c.checked_at) AS complete_since
FROM WorkspaceExternalLink AS l
JOIN LinkCheck AS c ON c.workspace_id = @workspace_id AND c.link_id = l.id AND c.seq = l.checks - @kept + 1
WHERE l.workspace_id = @workspace_id AND l.deleted_at IS NULL AND l.checks > @kept AND (@provider IS NULL OR l.provider = @provider)
