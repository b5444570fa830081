-- What of SQL Server's own objects this project's T-SQL uses: the binder and the compiler know functions and
-- types, and no system object. Columns and parameters are those of Microsoft's documentation, as far as used.
CREATE PROCEDURE sys.sp_executesql @stmt NVARCHAR(MAX), @params NVARCHAR(MAX) = NULL AS RETURN 0;
GO
CREATE PROCEDURE sys.sp_getapplock @Resource NVARCHAR(255), @LockMode VARCHAR(32), @LockOwner VARCHAR(32) = 'Transaction', @LockTimeout INT = -1, @DbPrincipal SYSNAME = 'public' AS RETURN 0;
GO
CREATE PROCEDURE sys.sp_set_session_context @key SYSNAME, @value SQL_VARIANT, @read_only BIT = 0 AS RETURN 0;
GO
