"""SQLite's form of a T-SQL body: what is rewritten, what is left alone, what is refused, and that lines stay."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db.sql_text import tokens
from app.db.sqlite_form import TABLE_HINTS, sqlite_form

REWRITTEN: dict[str, tuple[str, str]] = {
    "national string": ("SELECT N'x' AS a", "SELECT 'x' AS a"),
    "small n": ("SELECT n'x' AS a", "SELECT 'x' AS a"),
    "behind a parenthesis and a comma": ("a IN (N'x',N'y')", "a IN ('x','y')"),
    "a string that speaks of one": ("SELECT 'it''s N''x''' AS a", "SELECT 'it''s N''x''' AS a"),
    "a string that begins with N": ("SELECT N'N''x''' AS a", "SELECT 'N''x''' AS a"),
    "an empty one": ("SELECT N'' AS a", "SELECT '' AS a"),
    "a name that ends in N": ('SELECT columnN, "nN", t.N FROM t', 'SELECT columnN, "nN", t.N FROM t'),
    "a name that ends in N before a string": ("SELECT aN'x'", "SELECT aN'x'"),
    "a name of other letters": ("SELECT éN'x'", "SELECT éN'x'"),
    "a name with a dollar sign": ("SELECT a$N'x'", "SELECT a$N'x'"),
    "a string with a line of its own": ("SELECT N'a\u2028b'", "SELECT 'a\u2028b'"),
    "a comment with an apostrophe": ("SELECT 1 -- it's N'x'\nWHERE a = N'y'", "SELECT 1 -- it's N'x'\nWHERE a = 'y'"),
    "strings that would grow together": ("SELECT 'a'N'b'", "SELECT 'a' 'b'"),
    "hint of an update": ("UPDATE T WITH (UPDLOCK, HOLDLOCK) SET a = 1", "UPDATE T SET a = 1"),
    "hint of a table": ("FROM T WITH (TABLOCK)", "FROM T"),
    "hint behind an alias": ("FROM T AS t WITH (UPDLOCK, READPAST)\nWHERE a = 1", "FROM T AS t\nWHERE a = 1"),
    "hint behind an alias without AS": ("FROM T t with(updlock,holdlock)WHERE a = 1", "FROM T t WHERE a = 1"),
    "hint of a joined table": (
        "FROM A AS a JOIN B AS b WITH (ROWLOCK) ON b.x = a.x", "FROM A AS a JOIN B AS b ON b.x = a.x"
    ),
    "hints of both": (
        "FROM A AS a WITH (ROWLOCK) JOIN B WITH (UPDLOCK, HOLDLOCK) ON 1 = 1", "FROM A AS a JOIN B ON 1 = 1"
    ),
    "hint of a deletion": ("DELETE FROM T WITH (ROWLOCK) WHERE a = 1", "DELETE FROM T WHERE a = 1"),
    "hint of an insertion": ("INSERT INTO T WITH (TABLOCK) (a) VALUES (1)", "INSERT INTO T (a) VALUES (1)"),
    "hint in a subquery": ("a IN (SELECT b FROM T AS t WITH (ROWLOCK))", "a IN (SELECT b FROM T AS t)"),
    "hint of a quoted name": ('FROM "my T"WITH (ROWLOCK)"t"', 'FROM "my T" "t"'),
    "hint over lines, with a comment": (
        "UPDATE T WITH (\n  UPDLOCK, -- waits; )\n  HOLDLOCK\n) SET a = 1", "UPDATE T\n\n\n SET a = 1"
    ),
    "common table expression": (
        "WITH c AS (SELECT 1 AS a), d (a) AS (SELECT 2) SELECT a FROM c",
        "WITH c AS (SELECT 1 AS a), d (a) AS (SELECT 2) SELECT a FROM c",
    ),
    "hint inside a common table expression": (
        "WITH c AS (SELECT a FROM T AS t WITH (ROWLOCK)) SELECT a FROM c",
        "WITH c AS (SELECT a FROM T AS t) SELECT a FROM c",
    ),
    "hints in a comment, a string and a name": (
        """SELECT 'T WITH (UPDLOCK)' AS "T WITH (UPDLOCK)" -- FROM T WITH (UPDLOCK)""",
        """SELECT 'T WITH (UPDLOCK)' AS "T WITH (UPDLOCK)" -- FROM T WITH (UPDLOCK)""",
    ),
    "a column called like a hint": ("SELECT t.holdlock FROM T AS t", "SELECT t.holdlock FROM T AS t"),
    "page": (
        "SELECT a FROM T ORDER BY a OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY", "SELECT a FROM T ORDER BY a LIMIT @n"
    ),
    "page of so many": (
        "SELECT a FROM T ORDER BY a OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY", "SELECT a FROM T ORDER BY a LIMIT 1"
    ),
    "page in small letters": ("ORDER BY a offset 0 rows fetch next @n rows only", "ORDER BY a LIMIT @n"),
    "page in a subquery": (
        "a IN (SELECT b FROM T ORDER BY b OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY)",
        "a IN (SELECT b FROM T ORDER BY b LIMIT @n)",
    ),
    "page inside and out": (
        "FROM (SELECT a FROM T ORDER BY a OFFSET 0 ROWS FETCH NEXT @m ROWS ONLY) AS t\n"
        "ORDER BY a\nOFFSET 0 ROWS FETCH NEXT @n ROWS ONLY",
        "FROM (SELECT a FROM T ORDER BY a LIMIT @m) AS t\nORDER BY a\nLIMIT @n",
    ),
    "page over lines": (
        "ORDER BY a OFFSET 0 ROWS -- first\nFETCH NEXT\n@n ROWS\nONLY", "ORDER BY a \n\nLIMIT @n\n"
    ),
    "page in a string and a comment": (
        "SELECT 'OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY' AS a -- OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY",
        "SELECT 'OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY' AS a -- OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY",
    ),
    "rows of an array": ("FROM OPENJSON(@ids) AS j WHERE j.value = 'x'", "FROM json_each(@ids) AS j WHERE j.value = 'x'"),
    "rows of an array, joined": (
        "FROM T AS t join openjson ( @ids ) as J ON j.value = t.a", "FROM T AS t join json_each ( @ids ) as J ON j.value = t.a"
    ),
    "ids of an array": (
        "WHERE id IN (SELECT CAST(j.value AS UNIQUEIDENTIFIER) FROM OPENJSON(@ids) AS j)",
        "WHERE id IN (SELECT j.value FROM json_each(@ids) AS j)",
    ),
    "ids of an array, over lines": (
        "SELECT CAST(\n j.value\n AS UNIQUEIDENTIFIER) AS id\nFROM OPENJSON(@ids) AS j",
        "SELECT j.value\n\n AS id\nFROM json_each(@ids) AS j",
    ),
    "two arrays of one name": (
        "a IN (SELECT j.value FROM OPENJSON(@x) AS j) AND b IN (SELECT j.value FROM OPENJSON(@y) AS j)",
        "a IN (SELECT j.value FROM json_each(@x) AS j) AND b IN (SELECT j.value FROM json_each(@y) AS j)",
    ),
    "an array in a string": ("SELECT 'FROM OPENJSON(@ids) AS j' AS a", "SELECT 'FROM OPENJSON(@ids) AS j' AS a"),
    "columns called like the other's words": ("SELECT t.limit, t.top FROM T AS t", "SELECT t.limit, t.top FROM T AS t"),
    "a plus between numbers": ("SET a = a + 1", "SET a = a + 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_rewritten_and_what_is_left_alone(name: str) -> None:
    sql, expected = REWRITTEN[name]
    assert sqlite_form(sql) == (expected, [])


REFUSED: dict[str, tuple[str, str, str]] = {
    "unknown hint": ("FROM T AS t WITH (UPDLOCK, SIDEWAYS)", "WITH", "SIDEWAYS is none of the table hints"),
    "dirty read": ("FROM T WITH (NOLOCK)", "WITH", "NOLOCK is none of the table hints"),
    "hint with an argument": ("FROM T WITH (INDEX (IX_T))", "WITH", "INDEX is none of the table hints"),
    "hint in quotes": ("FROM T WITH ('UPDLOCK')", "WITH", "'UPDLOCK' is none of the table hints"),
    "no hint": ("FROM T WITH ()", "WITH", "table hints are written WITH (HINT, HINT)"),
    "hints without a comma": ("FROM T WITH (UPDLOCK HOLDLOCK)", "WITH", "table hints are written"),
    "hints with a comma too many": ("FROM T WITH (UPDLOCK,)", "WITH", "table hints are written"),
    "hints without an end": ("FROM T WITH (UPDLOCK", "WITH", "table hints are written"),
    "hint of a subquery": ("FROM (SELECT 1 AS a) AS t WITH (UPDLOCK)", "WITH", "stands behind a table"),
    "hint of a function": ("FROM F(@x) WITH (UPDLOCK)", "WITH", "stands behind a table"),
    "hint of a condition": ("FROM T WHERE a = 1 AND b WITH (UPDLOCK)", "WITH", "stands behind a table"),
    "hint of nothing": ("WITH (UPDLOCK) SELECT 1", "WITH", "stands behind a table"),
    "columns of OPENJSON": ("FROM OPENJSON(@x) WITH (a INT)", "OPENJSON", "OPENJSON is T-SQL alone"),
    "columns of OPENJSON, behind a name": ("FROM OPENJSON(@x) AS x WITH (a INT)", "WITH", "stands behind a table"),
    "rows of a path": ("FROM OPENJSON(@x, N'$.a') AS j", "OPENJSON", "OPENJSON is T-SQL alone"),
    "rows of a column": ("FROM T AS t CROSS JOIN OPENJSON(t.a) AS j", "OPENJSON", "OPENJSON is T-SQL alone"),
    "rows without a name": ("FROM OPENJSON(@x)", "OPENJSON", "OPENJSON is T-SQL alone"),
    "rows with a name cut short": ("FROM OPENJSON(@x) AS", "OPENJSON", "OPENJSON is T-SQL alone"),
    "the number of a row": (
        'SELECT j."key" AS n FROM OPENJSON(@x) AS j', "j.", "of the columns of OPENJSON only value is the same in both"
    ),
    "an id of something else": (
        "SELECT CAST(t.value AS UNIQUEIDENTIFIER) AS a FROM T AS t JOIN OPENJSON(@x) AS j ON j.value = t.a",
        "UNIQUEIDENTIFIER", "makes a number in SQLite",
    ),
    "page without FETCH": ("SELECT a FROM T ORDER BY a OFFSET 0 ROWS", "OFFSET", "write OFFSET 0 ROWS FETCH NEXT @n"),
    "page cut short": ("ORDER BY a OFFSET 0", "OFFSET", "write OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY"),
    "page with FIRST": ("ORDER BY a OFFSET 0 ROWS FETCH FIRST @n ROWS ONLY", "OFFSET", "write OFFSET 0 ROWS"),
    "page of a sum": ("ORDER BY a OFFSET 0 ROWS FETCH NEXT @n + 1 ROWS ONLY", "OFFSET", "write OFFSET 0 ROWS"),
    "page in parentheses": ("ORDER BY a OFFSET 0 ROWS FETCH NEXT (@n) ROWS ONLY", "OFFSET", "write OFFSET 0 ROWS"),
    "page of a fraction": ("ORDER BY a OFFSET 0 ROWS FETCH NEXT 1.5 ROWS ONLY", "OFFSET", "write OFFSET 0 ROWS"),
    "page without an order": ("SELECT a FROM T OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY", "OFFSET", "only behind an ORDER BY"),
    "page with the order of a window": (
        "SELECT SUM(a) OVER (ORDER BY a) AS s FROM T OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY", "OFFSET", "only behind an ORDER BY"
    ),
    "page with the order outside": (
        "SELECT a FROM (SELECT a FROM T OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY) AS t ORDER BY a", "OFFSET", "only behind an ORDER BY"
    ),
    "page with the order of a neighbour": (
        "a IN (SELECT b FROM T ORDER BY b) AND c IN (SELECT d FROM T OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY)",
        "OFFSET", "only behind an ORDER BY",
    ),
    "top": ("SELECT TOP (@n) a FROM T", "TOP", "TOP is T-SQL alone: write ORDER BY … OFFSET 0 ROWS FETCH NEXT"),
    "output": ("UPDATE T SET a = 1 OUTPUT inserted.a", "OUTPUT", "OUTPUT is T-SQL alone: write the query twice"),
    "brackets": ("SELECT [Order] FROM T", "[Order]", '[ORDER] is T-SQL alone: write "Order"'),
    "convert": ("SELECT CONVERT(INT, a) AS a FROM T", "CONVERT", "CONVERT is T-SQL alone: write CAST"),
    "isnull": ("SELECT ISNULL(a, 0) AS a FROM T", "ISNULL", "ISNULL is T-SQL alone: write COALESCE"),
    "the server's time": ("WHERE a < SYSUTCDATETIME()", "SYSUTCDATETIME", "pass the time as a parameter"),
    "a system variable": ("SELECT @@ROWCOUNT AS n", "@@ROWCOUNT", "@@ROWCOUNT is T-SQL alone"),
    "schema": ("SELECT a FROM dbo.T", "dbo", "DBO is T-SQL alone: leave it out"),
    "query hint": ("SELECT a FROM T OPTION (RECOMPILE)", "OPTION", "OPTION is T-SQL alone"),
    "apply": ("FROM T AS t CROSS APPLY F(t.a) AS f", "CROSS", "CROSS is T-SQL alone"),
    "joined texts": ("SELECT a + N'x' AS a FROM T", "+", "+ joins texts in T-SQL and adds numbers in SQLite"),
    "joined texts, the other way": ("SELECT 'x' + a AS a FROM T", "+", "+ joins texts in T-SQL"),
    "text made a time": ("SELECT CAST(a AS DATETIME2(6)) AS a FROM T", "DATETIME2", "makes a number in SQLite"),
    "collation": ("ORDER BY a COLLATE NOCASE", "COLLATE", "names a collation of one of them"),
    "limit": ("SELECT a FROM T LIMIT @n", "LIMIT", "LIMIT is SQLite's, and a body for both is T-SQL: write ORDER BY"),
    "returning": ("UPDATE T SET a = 1 RETURNING a", "RETURNING", "RETURNING is SQLite's"),
    "on conflict": ("INSERT INTO T (a) VALUES (1) ON CONFLICT DO NOTHING", "ON", "catch the unique violation"),
    "bars": ("SELECT a || b AS c FROM T", "||", "| is SQLite's"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_differs_by_more_is_refused_where_it_stands(name: str) -> None:
    sql, place, expected = REFUSED[name]
    _, found = sqlite_form(sql)
    assert [offset for offset, message in found if expected in message] == [sql.index(place)], found


def test_a_hint_behind_a_schema_is_no_fault_of_its_own() -> None:
    _, found = sqlite_form("UPDATE dbo.T WITH (UPDLOCK) SET a = 1")
    assert found == [(7, "DBO is T-SQL alone: leave it out")]


def test_hints_are_known_in_small_letters_too() -> None:
    for hint in TABLE_HINTS:
        assert sqlite_form(f"UPDATE T WITH ({hint.lower()}) SET a = 1") == ("UPDATE T SET a = 1", [])


def test_sqlite_runs_what_is_made() -> None:
    sql = (
        "UPDATE Thing WITH (UPDLOCK, HOLDLOCK) SET name = N'it''s'\nWHERE id IN (\n  SELECT t.id FROM Thing AS t WITH (ROWLOCK)"
        "\n  ORDER BY t.id OFFSET 0 ROWS\n  FETCH NEXT @n ROWS ONLY\n)"
    )
    form, found = sqlite_form(sql)
    assert found == [] and form.count("\n") == sql.count("\n")
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Thing (id INTEGER PRIMARY KEY, name TEXT)")
    connection.executemany("INSERT INTO Thing VALUES (?, '')", [(1,), (2,), (3,)])
    connection.execute(form, {"n": 2})
    assert connection.execute("SELECT name FROM Thing ORDER BY id").fetchall() == [
        ("it's",),
        ("it's",),
        ("",),
    ]
    connection.close()


PIECES = (
    "N'", "'", "''", '"', "[", "]", "--", "\n", " ", "N", "a", "é", "@n", "1", "0", ".", ",", "(", ")", "FROM", "T", "AS",
    " WITH (", "UPDLOCK", " HOLDLOCK)", "WITH (UPDLOCK)", "ORDER BY a ", "OFFSET 0 ROWS", " FETCH NEXT ", " ROWS ONLY",
    "FROM T WITH (UPDLOCK,\nHOLDLOCK)", "OFFSET 0 ROWS\nFETCH NEXT @n ROWS ONLY", "N'x''y'", " -- WITH (UPDLOCK)\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_strings_names_and_lines_survive_whatever_the_text(sql: str) -> None:
    form, found = sqlite_form(sql)
    assert form.count("\n") == sql.count("\n")
    assert found or sqlite_form(form)[0] == form

    def kept(text: str) -> list[str]:
        return [
            each.lstrip("Nn") if kind == "string" else each
            for kind, each, _ in tokens(text)
            if kind in ("string", "quoted")
        ]

    assert kept(form) == kept(sql)
