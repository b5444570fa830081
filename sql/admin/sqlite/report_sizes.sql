-- report_sizes
-- What: Every table and index with its rows, its size and how it is used.
-- Who:  mssql: whoever has VIEW DATABASE STATE. Changes nothing.
-- Undo: nothing to undo.
-- Note: sizes need SQLite's dbstat; run ANALYZE first for row counts of indexes.

SELECT m.tbl_name AS table_name, m.name AS index_name, m.type AS kind, SUM(s.ncell) AS row_count,
       SUM(s.pgsize) / 1048576.0 AS used_mb
FROM sqlite_master AS m JOIN dbstat AS s ON s.name = m.name
WHERE s.pagetype = 'leaf'
GROUP BY m.tbl_name, m.name, m.type
ORDER BY used_mb DESC, table_name, index_name;
