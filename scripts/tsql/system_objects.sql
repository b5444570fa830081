-- What of SQL Server's own objects this project's T-SQL uses: the binder and the compiler know functions and
-- types, and no system object. Columns and parameters are those of Microsoft's documentation, as far as used.
CREATE PROCEDURE sys.sp_executesql @stmt NVARCHAR(MAX), @params NVARCHAR(MAX) = NULL AS RETURN 0;
GO
CREATE PROCEDURE sys.sp_getapplock @Resource NVARCHAR(255), @LockMode VARCHAR(32), @LockOwner VARCHAR(32) = 'Transaction', @LockTimeout INT = -1, @DbPrincipal SYSNAME = 'public' AS RETURN 0;
GO
CREATE PROCEDURE sys.sp_set_session_context @key SYSNAME, @value SQL_VARIANT, @read_only BIT = 0 AS RETURN 0;
GO
CREATE VIEW sys.tables AS SELECT CAST(N'' AS SYSNAME) AS name, 0 AS object_id;
GO
CREATE VIEW sys.indexes AS SELECT 0 AS object_id, CAST(N'' AS SYSNAME) AS name, 0 AS index_id, CAST(N'' AS NVARCHAR(60)) AS type_desc;
GO
CREATE VIEW sys.foreign_keys AS SELECT CAST(N'' AS SYSNAME) AS name, CAST(0 AS BIT) AS is_not_trusted;
GO
CREATE VIEW sys.databases AS SELECT CAST(N'' AS SYSNAME) AS name, 0 AS database_id, CAST(0 AS BIT) AS is_read_committed_snapshot_on;
GO
CREATE VIEW sys.security_policies AS SELECT CAST(N'' AS SYSNAME) AS name, CAST(0 AS BIT) AS is_enabled;
GO
CREATE VIEW sys.dm_db_partition_stats AS SELECT 0 AS object_id, 0 AS index_id, CAST(0 AS BIGINT) AS row_count, CAST(0 AS BIGINT) AS used_page_count;
GO
CREATE VIEW sys.dm_db_index_usage_stats AS SELECT 0 AS database_id, 0 AS object_id, 0 AS index_id, CAST(0 AS BIGINT) AS user_seeks, CAST(0 AS BIGINT) AS user_scans, CAST(0 AS BIGINT) AS user_updates;
GO
CREATE ROLE pma_service;
GO
