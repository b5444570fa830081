"""T-SQL that must pass and T-SQL that must not: what shows, in every run, that the proof still bites.

A rule without a broken statement here is a finding of its own. Statements of BROKEN are refused by the name
before the colon, or by anybody where there is none.
"""

SCHEMA = """
CREATE TABLE dbo.Owner (
    id   UNIQUEIDENTIFIER NOT NULL,
    name NVARCHAR(200)    NOT NULL,
    CONSTRAINT PK_Owner PRIMARY KEY (id),
    CONSTRAINT UQ_Owner_name UNIQUE (name)
);
GO
CREATE TABLE dbo.Item (
    id     BIGINT IDENTITY (1, 1) NOT NULL,
    owner  UNIQUEIDENTIFIER NOT NULL,
    state  NVARCHAR(20)  NOT NULL CONSTRAINT DF_Item_state DEFAULT N'open',
    body   NVARCHAR(MAX) NULL,
    code   CHAR(8)       NOT NULL,
    due    DATETIME2(6)  NOT NULL,
    day    AS CAST(due AS DATE) PERSISTED,
    stamp  ROWVERSION    NOT NULL,
    CONSTRAINT PK_Item PRIMARY KEY (id),
    CONSTRAINT FK_Item_Owner FOREIGN KEY (owner) REFERENCES dbo.Owner (id)
);
GO
ALTER TABLE dbo.Item ADD tries INT NOT NULL CONSTRAINT DF_Item_tries DEFAULT 0;
GO
CREATE UNIQUE INDEX UQ_Item_open ON dbo.Item (owner, code) WHERE state = N'open';
GO
CREATE TABLE dbo.Journal (
    seq   BIGINT        NOT NULL,
    entry NVARCHAR(400) NOT NULL,
    gone  INT           NULL,
    CONSTRAINT PK_Journal PRIMARY KEY (seq)
);
GO
ALTER TABLE dbo.Journal DROP COLUMN gone;
GO
CREATE TRIGGER dbo.TR_Journal ON dbo.Journal AFTER DELETE AS
BEGIN
    SET NOCOUNT ON;
    IF EXISTS (SELECT 1 FROM deleted) THROW 50001, N'append-only', 1;
END;
GO
"""

PARAMS = {
    "owner": "uniqueidentifier", "state": "nvarchar(4000)", "code": "varchar(8000)", "n": "bigint",
    "due": "datetime2(6)", "json": "nvarchar(max)",
}  # fmt: skip

VALID = (
    "SELECT i.id, o.name FROM dbo.Item AS i JOIN dbo.Owner AS o ON o.id = i.owner WHERE i.state = @state ORDER BY i.id",
    "SELECT TOP (@n) id FROM dbo.Item ORDER BY id DESC",
    "SELECT id, tries FROM Item WHERE owner = @owner ORDER BY id OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY",
    "INSERT INTO dbo.Owner (id, name) VALUES (@owner, @state)",
    "INSERT INTO dbo.Item (owner, code, due) OUTPUT inserted.id, inserted.day VALUES (@owner, @code, @due)",
    "INSERT INTO dbo.Item (owner, code, due) SELECT o.id, @code, SYSUTCDATETIME() FROM dbo.Owner AS o",
    "UPDATE dbo.Item SET state = N'done', tries = tries + 1 OUTPUT deleted.state, inserted.state WHERE id = @n",
    "UPDATE i SET i.state = N'done' FROM dbo.Item AS i JOIN dbo.Owner AS o ON o.id = i.owner WHERE o.name = @state",
    "DELETE i FROM dbo.Item AS i WHERE i.due < DATEADD(DAY, -7, SYSUTCDATETIME())",
    "DELETE TOP (500) FROM dbo.Item WHERE state = N'done'",
    "WITH late AS (SELECT id, state FROM dbo.Item WHERE due < @due) UPDATE late SET state = N'late'",
    "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n",
    "SELECT 1 AS a; WITH c AS (SELECT id FROM dbo.Item) SELECT id FROM c",
    "SELECT id FROM dbo.Owner WITH (UPDLOCK, HOLDLOCK) WHERE id = @owner",
    "SELECT TOP (5) id FROM dbo.Item WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK, ROWLOCK) WHERE state = N'open' ORDER BY due",
    "SELECT state, COUNT_BIG(*) AS n, MAX(due) AS latest FROM dbo.Item GROUP BY state HAVING COUNT_BIG(*) > 1",
    "SELECT i.state, YEAR(i.due) AS y, SUM(i.tries) AS n FROM dbo.Item AS i GROUP BY i.state, YEAR(i.due)",
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY owner ORDER BY due DESC) AS place FROM dbo.Item",
    "SELECT o.id, l.id AS latest FROM dbo.Owner AS o OUTER APPLY (SELECT TOP (1) i.id FROM dbo.Item AS i WHERE i.owner = o.id ORDER BY i.due DESC) AS l",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM dbo.Item WHERE owner = @owner) THEN 1 ELSE 0 END AS found",
    "SELECT x.code FROM OPENJSON(@json) WITH (code NVARCHAR(8) '$.code') AS x",
    "SELECT JSON_VALUE(body, '$.kind') AS kind FROM dbo.Item WHERE ISJSON(body) = 1",
    "SELECT STRING_AGG(CAST(id AS NVARCHAR(MAX)), N',') WITHIN GROUP (ORDER BY id) AS ids FROM dbo.Item",
    "SELECT CONVERT(CHAR(64), HASHBYTES('SHA2_256', body), 2) AS digest FROM dbo.Item",
    "SELECT id FROM dbo.Item WHERE code = 'A0000001' AND state IN (N'open', N'done')",
    "SELECT id FROM dbo.Item WHERE owner = N'3f2504e0-4f89-11d3-9a0c-0305e82c3301'",
    "SELECT DISTINCT state FROM dbo.Item ORDER BY state",
    "SELECT id FROM dbo.Item UNION ALL SELECT seq FROM dbo.Journal ORDER BY id",
    "DECLARE @gone TABLE (seq BIGINT NOT NULL); DELETE FROM dbo.Journal OUTPUT deleted.seq INTO @gone (seq) WHERE seq < @n; SELECT seq FROM @gone",
    "DECLARE @r INT; EXEC @r = sys.sp_getapplock @Resource = N'x', @LockMode = N'Exclusive', @LockOwner = N'Transaction'; SELECT @r AS r",
    "EXEC sys.sp_set_session_context N'pma_workspace', @owner",
    "SET XACT_ABORT ON; BEGIN TRANSACTION; DELETE FROM dbo.Item WHERE id = @n; IF @@ROWCOUNT = 0 THROW 50002, N'gone', 1; COMMIT",
    "BEGIN TRY DELETE FROM dbo.Item WHERE id = @n; END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK; THROW; END CATCH",
    "SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SELECT id FROM dbo.Item",
    "SELECT IIF(tries > 3, N'a', N'b') AS x, CONCAT_WS(N'-', state, code) AS y, TRY_CAST(body AS INT) AS z FROM dbo.Item",
    "SELECT DATEDIFF_BIG(MILLISECOND, due, SYSUTCDATETIME()) AS ms, due AT TIME ZONE N'UTC' AS zoned FROM dbo.Item",
    "CREATE TABLE #kept (id BIGINT NOT NULL); INSERT INTO #kept (id) SELECT id FROM dbo.Item; SELECT k.id FROM #kept AS k",
)

BROKEN = (
    # Another dialect's grammar
    "SELECT id FROM dbo.Item ORDER BY id LIMIT 10",
    "SELECT id FROM dbo.Item LIMIT @n",
    "INSERT INTO dbo.Owner (id, name) VALUES (@owner, @state) RETURNING id",
    "INSERT INTO dbo.Owner (id, name) VALUES (@owner, @state) ON CONFLICT DO NOTHING",
    "INSERT OR IGNORE INTO dbo.Owner (id, name) VALUES (@owner, @state)",
    "SELECT state || code AS x FROM dbo.Item",
    "SELECT id::varchar FROM dbo.Item",
    "for update: SELECT id FROM dbo.Item FOR UPDATE",
    "SELECT id FROM dbo.Item WHERE TRUE",
    "SELECT EXISTS (SELECT 1 FROM dbo.Item) AS found",
    "SELECT tries > 1 AS many FROM dbo.Item",
    "SELECT id FROM dbo.Item WHERE due < NOW()",
    "SELECT id FROM dbo.Item WHERE due < datetime('now')",
    "WITH RECURSIVE n AS (SELECT 1 AS i) SELECT i FROM n",
    "SELECT id FROM dbo.Item OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
    "SELECT id FROM dbo.Item WHERE state ILIKE @state",
    "SELECT id FROM dbo.Item WHERE (id, state) IN (SELECT id, state FROM dbo.Item)",
    "SELECT i.id FROM dbo.Item i JOIN dbo.Owner o USING (id)",
    "SELECT `id` FROM dbo.Item",
    "CREATE TABLE IF NOT EXISTS dbo.More (id INT)",
    "UPDATE dbo.Item AS i SET state = N'x' WHERE i.id = @n",
    "DELETE FROM dbo.Item AS i WHERE i.id = @n",
    "SELECT COUNT(*) FILTER (WHERE tries > 1) AS n FROM dbo.Item",
    "SELECT id FROM dbo.Item ORDER BY due NULLS LAST",
    "SELECT id FROM (SELECT id FROM dbo.Item)",
    "SELECT x.id FROM (SELECT id FROM dbo.Item ORDER BY id) AS x",
    "SELECT IFNULL(body, N'') AS b FROM dbo.Item",
    "SELECT LENGTH(body) AS n FROM dbo.Item",
    "SELECT json_extract(body, N'$.a') AS a FROM dbo.Item",
    "SELECT strftime(N'%Y', due) AS y FROM dbo.Item",
    "SELECT id, FROM dbo.Item",
    "SELECT id FROM dbo.Item WHERE (tries = 1",
    "REPLACE INTO dbo.Owner (id, name) VALUES (@owner, @state)",
    "PRAGMA foreign_keys = ON",
    # Names
    "SELECT id FROM dbo.Items",
    "SELECT staet FROM dbo.Item",
    "SELECT i.staet FROM dbo.Item AS i",
    "SELECT k.state FROM dbo.Item AS i",
    "SELECT gone FROM dbo.Journal",
    "SELECT id FROM dbo.Item WHERE staet = @state",
    "SELECT i.id FROM dbo.Item AS i JOIN dbo.Owner AS o ON o.ident = i.owner",
    "SELECT id FROM dbo.Item ORDER BY ident",
    "SELECT COUNT(*) AS n FROM dbo.Item GROUP BY ident",
    "INSERT INTO dbo.Owner (id, nam) VALUES (@owner, @state)",
    "UPDATE dbo.Item SET staet = N'x' WHERE id = @n",
    "UPDATE i SET i.staet = N'x' FROM dbo.Item AS i WHERE i.id = @n",
    "WITH c AS (SELECT id, state FROM dbo.Item) UPDATE c SET tries = 1",
    "UPDATE dbo.Item SET state = N'x' OUTPUT inserted.ident WHERE id = @n",
    "DELETE FROM dbo.Item OUTPUT deleted.ident WHERE id = @n",
    "WITH c AS (SELECT id FROM dbo.Item) SELECT state FROM c",
    "SELECT x.state FROM (SELECT id FROM dbo.Item) AS x",
    "SELECT id FROM dbo.Item WHERE owner IN (SELECT ident FROM dbo.Owner)",
    "SELECT o.id, l.ident FROM dbo.Owner AS o OUTER APPLY (SELECT TOP (1) i.id FROM dbo.Item AS i ORDER BY i.id) AS l",
    "SELECT x.kode FROM OPENJSON(@json) WITH (code NVARCHAR(8) '$.code') AS x",
    "SELECT k.id FROM #nowhere AS k",
    "DECLARE @t TABLE (id BIGINT); SELECT ident FROM @t",
    "SELECT FOOBAR(id) AS x FROM dbo.Item",
    "SELECT dbo.foobar(id) AS x FROM dbo.Item",
    "EXEC dbo.foobar @x = 1",
    "EXEC sys.sp_getapplok @Resource = N'x'",
    "SELECT id FROM dbo.Item AS i JOIN dbo.Owner AS o ON o.id = i.owner",
    "SELECT CAST(id AS TEXTUAL) AS x FROM dbo.Item",
    "SELECT COUNT(*) AS n FROM dbo.Item GROUP BY state HAVING n > 1",
    "SELECT tries + 1 AS n FROM dbo.Item WHERE n > 1",
    "SELECT i.id FROM dbo.Item AS i JOIN dbo.Owner AS i ON i.id = i.id",
    "WITH c AS (SELECT id, id FROM dbo.Item) SELECT id FROM c",
    "WITH c AS (SELECT COUNT(*) FROM dbo.Item) SELECT 1 AS one FROM c",
    "SELECT inserted.id FROM dbo.Item",
    "DECLARE @a INT; DECLARE @a INT; SELECT @a AS a",
    "SELECT id FROM dbo.Item WHERE state COLLATE Latin1_Nowhere = N'x'",
    "SELECT id FROM dbo.Item WITH (UPDLOK)",
    # Arity and meaning of functions
    "SELECT LEN(state, 2) AS n FROM dbo.Item",
    "SELECT DATEADD(DAY, 1) AS d FROM dbo.Item",
    "SELECT DATEADD(DAYZ, 1, due) AS d FROM dbo.Item",
    # What the rules are for
    "variable: SELECT id FROM dbo.Item WHERE id = @nowhere",
    "insert arity: INSERT INTO dbo.Owner (id, name) VALUES (@owner)",
    "insert arity: INSERT INTO dbo.Owner (id, name) SELECT o.id FROM dbo.Owner AS o",
    "duplicate column: INSERT INTO dbo.Owner (id, id, name) VALUES (@owner, @owner, @state)",
    "duplicate column: UPDATE dbo.Item SET tries = 1, tries = 2 WHERE id = @n",
    "missing column: INSERT INTO dbo.Owner (id) VALUES (@owner)",
    "insert columns: INSERT INTO dbo.Owner VALUES (@owner, @state)",
    "identity: INSERT INTO dbo.Item (id, owner, code, due) VALUES (@n, @owner, @code, @due)",
    "identity: UPDATE dbo.Item SET id = 1 WHERE id = @n",
    "computed: UPDATE dbo.Item SET day = SYSUTCDATETIME() WHERE id = @n",
    "computed: INSERT INTO dbo.Item (owner, code, due, day) VALUES (@owner, @code, @due, @due)",
    "rowversion: UPDATE dbo.Item SET stamp = 0x01 WHERE id = @n",
    "set arity: SELECT id, state FROM dbo.Item UNION ALL SELECT id FROM dbo.Item",
    "subquery arity: SELECT (SELECT id, state FROM dbo.Item) AS x",
    "subquery arity: SELECT id FROM dbo.Item WHERE id IN (SELECT id, tries FROM dbo.Item)",
    "aggregate in where: SELECT id FROM dbo.Item WHERE COUNT(*) > 1",
    "window in where: SELECT id FROM dbo.Item WHERE ROW_NUMBER() OVER (ORDER BY id) = 1",
    "distinct order: SELECT DISTINCT state FROM dbo.Item ORDER BY id",
    "group by: SELECT state, tries, COUNT(*) AS n FROM dbo.Item GROUP BY state",
    "group by: SELECT state, COUNT(*) AS n FROM dbo.Item",
    "top with offset: SELECT TOP (5) id FROM dbo.Item ORDER BY id OFFSET 5 ROWS",
    "type clash: SELECT id FROM dbo.Item WHERE owner = id",
    "type clash: SELECT id FROM dbo.Item WHERE owner = @n",
    "type clash: SELECT id FROM dbo.Item WHERE due IN (1, 2)",
    "conversion: SELECT id FROM dbo.Item WHERE tries = N'many'",
    "conversion: SELECT id FROM dbo.Item WHERE owner = N'nobody'",
    "column conversion: SELECT id FROM dbo.Item WHERE code = @state",
    "column conversion: SELECT id FROM dbo.Item WHERE code = N'A0000001'",
    "unicode literal: SELECT id FROM dbo.Item WHERE state = 'open'",
    "unicode literal: UPDATE dbo.Item SET state = 'done' WHERE id = @n",
    "column path: SELECT x.code FROM OPENJSON(@json) WITH (code NVARCHAR(8) N'$.code') AS x",
    "output on triggers: DELETE FROM dbo.Journal OUTPUT deleted.seq WHERE seq < @n",
    "output on triggers: UPDATE j SET j.entry = N'' OUTPUT inserted.seq FROM dbo.Journal AS j",
    "with needs semicolon: SELECT 1 AS a WITH c AS (SELECT id FROM dbo.Item) SELECT id FROM c",
    "throw needs semicolon: SELECT 1 AS a THROW 50001, N'x', 1",
    "merge: MERGE dbo.Owner AS t USING (SELECT @owner AS id) AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, N'');",
    "dirty read: SELECT id FROM dbo.Item WITH (NOLOCK)",
    "readpast: SELECT id FROM dbo.Item WITH (UPDLOCK, READPAST, ROWLOCK) WHERE state = N'open'",
    "hint conflict: SELECT id FROM dbo.Item WITH (NOLOCK, UPDLOCK, HOLDLOCK)",
    "update lock alone: SELECT id FROM dbo.Owner WITH (UPDLOCK) WHERE id = @owner",
    "set option: SET QUOTED_IDENTIFIER OFF; DELETE FROM dbo.Item WHERE id = @n",
    "set option: SET NUMERIC_ROUNDABORT ON; SELECT id FROM dbo.Item",
)  # fmt: skip

BROKEN_GUARDS = (
    "guard row: SELECT id FROM dbo.Owner WHERE id = @owner",
    "guard row: SELECT o.id FROM dbo.Owner AS o WITH (UPDLOCK, HOLDLOCK) WHERE o.id = @owner",
    "guard row: UPDATE dbo.Owner SET name = name WHERE id = @owner; SELECT name FROM dbo.Owner WHERE id = @owner",
    "guard row: UPDATE dbo.Owner SET name = name OUTPUT inserted.name WHERE id = @owner",
)

# Objects that a script creates in a literal, because each must be a batch of its own.
BROKEN_LITERALS = (
    "EXEC sys.sp_executesql N'CREATE SECURITY POLICY dbo.Wall ADD FILTER PREDICATE dbo.nowhere(id) ON dbo.Item'",
    "EXEC sys.sp_executesql N'CREATE FUNCTION dbo.visible (@id BIGINT) RETURNS TABLE AS RETURN SELECT 1 AS x FROM dbo.Items'",
)  # fmt: skip

BROKEN_SCHEMAS = (
    "key size: CREATE TABLE dbo.T (a NVARCHAR(500) NOT NULL, CONSTRAINT PK_T PRIMARY KEY (a))",
    "key size: CREATE TABLE dbo.T (a NVARCHAR(851) NOT NULL); CREATE INDEX IX_T ON dbo.T (a)",
    "key of max: CREATE TABLE dbo.T (a NVARCHAR(MAX) NOT NULL); CREATE INDEX IX_T ON dbo.T (a)",
    "clustered twice: CREATE TABLE dbo.T (a INT NOT NULL, CONSTRAINT PK_T PRIMARY KEY (a)); CREATE CLUSTERED INDEX IX_T ON dbo.T (a)",
    "reference type: CREATE TABLE dbo.P (a INT NOT NULL, CONSTRAINT PK_P PRIMARY KEY (a)); CREATE TABLE dbo.T (a BIGINT NOT NULL, CONSTRAINT FK_T FOREIGN KEY (a) REFERENCES dbo.P (a))",
    "cascade: CREATE TABLE dbo.T (a INT NOT NULL, b INT NULL, CONSTRAINT PK_T PRIMARY KEY (a), CONSTRAINT FK_T FOREIGN KEY (b) REFERENCES dbo.T (a) ON DELETE CASCADE)",
    "cascade: CREATE TABLE dbo.P (a INT NOT NULL, CONSTRAINT PK_P PRIMARY KEY (a)); CREATE TABLE dbo.M (a INT NOT NULL, CONSTRAINT PK_M PRIMARY KEY (a), CONSTRAINT FK_M FOREIGN KEY (a) REFERENCES dbo.P (a) ON DELETE CASCADE); CREATE TABLE dbo.T (a INT NOT NULL, CONSTRAINT FK_T FOREIGN KEY (a) REFERENCES dbo.P (a) ON DELETE CASCADE, CONSTRAINT FK_T2 FOREIGN KEY (a) REFERENCES dbo.M (a) ON DELETE SET NULL)",
    "CREATE TABLE dbo.T (a INT NOT NULL, CONSTRAINT FK_T FOREIGN KEY (a) REFERENCES dbo.Nowhere (a))",
    "CREATE TABLE dbo.P (a INT NOT NULL); CREATE INDEX IX_P ON dbo.P (a); CREATE TABLE dbo.T (a INT NOT NULL, CONSTRAINT FK_T FOREIGN KEY (a) REFERENCES dbo.P (a))",
    "CREATE TABLE dbo.T (a INT NOT NULL, CONSTRAINT CK_T CHECK (b > 1))",
    "CREATE TABLE dbo.T (a INTEGRAL NOT NULL)",
    "CREATE TABLE dbo.T (a INT NOT NULL); ALTER TABLE dbo.T REBUILD",
    "CREATE TABLE dbo.T (a INT NOT NULL); CREATE INDEX IX_T ON dbo.T (b)",
)  # fmt: skip
