-- report_sizes
-- What: Every table and index with its rows, its size and how it is used.
-- Who:  mssql: whoever has VIEW DATABASE STATE. Changes nothing.
-- Undo: nothing to undo.
-- Note: use is counted since the server started.
SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;

SELECT t.name AS table_name, i.name AS index_name, i.type_desc AS kind,
       SUM(s.row_count) AS row_count,
       SUM(s.used_page_count) * 8 / 1024.0 AS used_mb,
       MAX(u.user_seeks) AS seeks, MAX(u.user_scans) AS scans, MAX(u.user_updates) AS updates
FROM sys.tables AS t
JOIN sys.indexes AS i ON i.object_id = t.object_id
JOIN sys.dm_db_partition_stats AS s ON s.object_id = i.object_id AND s.index_id = i.index_id
LEFT JOIN sys.dm_db_index_usage_stats AS u
    ON u.object_id = i.object_id AND u.index_id = i.index_id AND u.database_id = DB_ID()
GROUP BY t.name, i.name, i.type_desc
ORDER BY used_mb DESC, table_name, index_name;
