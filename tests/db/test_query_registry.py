"""The registry against broken queries: each refusal really refuses, and names file and line."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from app.db.binding import QueryContractError, handle_modules, load_queries

Load: TypeAlias = Callable[..., list[str]]

GOOD_SQL = """\
-- name: get_thing :optional
-- A thing.
-- param: thing_id uuid
-- param: label text?
-- returns: ThingRow
-- scope: global a test
-- dialect: mssql
SELECT t.id, t.name FROM Thing AS t WHERE t.id = @thing_id AND LEN(t.name) < 9 AND (@label IS NULL OR t.name = @label)
-- dialect: sqlite
SELECT t.id, t.name FROM Thing AS t WHERE t.id = @thing_id AND LENGTH(t.name) < 9 AND (@label IS NULL OR t.name = @label)

-- name: count_things :value
-- How many.
-- returns: int
-- scope: global a test
SELECT COUNT(*) AS n FROM Thing

-- name: rename_thing :exec
-- Another name; '@not_a_param' in a string and in -- @a_comment stays as it is.
-- param: thing_id uuid
-- scope: global a test
UPDATE Thing SET name = '@not_a_param' -- @nor_this
WHERE id = @thing_id -- @nor_that

-- name: drop_thing :queued
-- With the next.
-- param: thing_id uuid
-- scope: global a test
DELETE FROM Thing WHERE id = @thing_id
"""
GOOD_CODE = """\
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued

class ThingRow(Row):
    id: Uuid
    name: str | None

@query
async def get_thing(tx: ReadTransaction, *, thing_id: str, label: str | None) -> ThingRow | None: ...

@query
async def count_things(tx: ReadTransaction) -> int: ...

@query
async def rename_thing(tx: WriteTransaction, *, thing_id: str) -> int: ...

@queued
def drop_thing(tx: WriteTransaction, *, thing_id: str) -> None: ...
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Writes SQL and code and loads them; answers the problems as 'file:line: message'."""
    made: list[str] = []

    def run(sql: str = GOOD_SQL, code: str = GOOD_CODE, second: str = "", stem: str = "things") -> list[str]:
        directory = tmp_path / "queries"
        directory.mkdir(exist_ok=True)
        (directory / "things.sql").write_text(sql)
        if second:
            (directory / "zz_second.sql").write_text(second)
        path = tmp_path / f"{stem}.py"
        path.write_text(code)
        module = types.ModuleType(f"handles_of_test.{stem}")
        sys.modules[module.__name__] = module
        made.append(module.__name__)
        exec(compile(code, str(path), "exec"), module.__dict__)
        try:
            load_queries("sqlite", directory, [module])
        except QueryContractError as error:
            return [str(problem) for problem in error.problems]
        return []

    yield run
    for name in made:
        sys.modules.pop(name, None)


def test_good_queries_load(load: Load) -> None:
    assert load() == []


def edit(old: str, new: str, text: str = GOOD_SQL, count: int = 1) -> str:
    assert old in text
    return text.replace(old, new, count)


def without(line: str) -> str:
    return edit(line + "\n", "")


BROKEN_SQL: dict[str, tuple[str, str]] = {
    "queued with an answer": (edit("DELETE FROM Thing WHERE id = @thing_id", "DELETE FROM Thing OUTPUT deleted.id WHERE id = @thing_id"), "drop_thing is :queued and nobody hears"),
    "queued that only reads": (edit("DELETE FROM Thing WHERE id = @thing_id", "SELECT id FROM Thing WHERE id = @thing_id"), "drop_thing is :queued and changes nothing"),
    "queued with rows": (edit("-- With the next.", "-- With the next.\n-- returns: ThingRow"), "drop_thing is :queued and returns nothing"),
    "text before the first name": ("SELECT 1\n" + GOOD_SQL, "things.sql:1: text before the first"),
    "directive before the first name": ("-- param: a int\n" + GOOD_SQL, "things.sql:1: '-- param:' before"),
    "name out of form": (edit("get_thing :optional", "GetThing optional"), "things.sql:1: a query is named"),
    "unknown kind": (edit(":optional", ":maybe"), "things.sql:1: unknown kind :maybe"),
    "no description": (without("-- A thing."), "things.sql:1: get_thing lacks a description"),
    "no scope": (edit("-- scope: global a test\n", ""), "things.sql:1: get_thing lacks a scope"),
    "unknown scope": (edit("global a test", "tenant"), "things.sql:1: get_thing lacks a scope"),
    "global without a reason": (edit("global a test", "global"), "things.sql:1: get_thing is global without"),
    "workspace with a reason": (edit("global a test", "workspace why"), "things.sql:1: get_thing: scope workspace"),
    "no returns": (without("-- returns: ThingRow"), "things.sql:1: get_thing lacks '-- returns:'"),
    "exec that returns": (
        edit("-- param: thing_id uuid\n-- scope", "-- param: thing_id uuid\n-- returns: int\n-- scope"),
        "things.sql:18: rename_thing is :exec",
    ),
    "value of a row": (edit("returns: int", "returns: ThingRow"), "things.sql:12: count_things is :value"),
    "no mssql": (edit("-- dialect: mssql\n", "").replace("SELECT t.id", "-- gone", 1), "no body for mssql"),
    "no sqlite": (GOOD_SQL[: GOOD_SQL.index("-- dialect: sqlite")], "things.sql:1: get_thing has no body for sqlite"),
    "unknown dialect": (edit("-- dialect: sqlite", "-- dialect: oracle"), "things.sql:9: unknown dialect 'oracle'"),
    "dialect twice": (edit("-- dialect: sqlite", "-- dialect: mssql"), "things.sql:9: get_thing has a second body"),
    "param out of form": (edit("thing_id uuid", "thing_id"), "things.sql:3: a parameter is"),
    "param of unknown type": (edit("thing_id uuid", "thing_id guid"), "things.sql:3: a parameter is"),
    "param twice": (edit("-- param: label", "-- param: thing_id uuid\n-- param: label"), "things.sql:4: parameter thing_id is declared twice"),
    "param undeclared in mssql": (edit("t.id = @thing_id", "t.id = @thingid"), "things.sql:8: get_thing (mssql): parameter @thingid is not declared"),
    "param undeclared in sqlite": (
        GOOD_SQL.replace("= @label)\n\n", "= @lable)\n\n"),
        "things.sql:10: get_thing (sqlite): parameter @lable is not declared",
    ),
    "param unused": (edit("-- param: label", "-- param: spare int\n-- param: label"), "parameter spare is declared and never used"),
    "param only in a string": (edit("= @thing_id -- @nor_that", "= '@thing_id'"), "things.sql:22: rename_thing (mssql): parameter thing_id is declared and never used"),
    "param only in a comment": (edit("WHERE id = @thing_id -- @nor_that", "-- @thing_id"), "parameter thing_id is declared and never used"),
    "question mark": (edit("t.id = @thing_id", "t.id = ? AND t.id = @thing_id"), "things.sql:8: get_thing (mssql): parameters are named"),
    "block comment": (edit("SELECT t.id, t.name", "SELECT /* x */ t.id, t.name"), "comments begin with --"),
    "template": (edit("SELECT t.id, t.name", "SELECT {# x #} t.id, t.name"), "no {"),
    "select star": (edit("SELECT t.id, t.name", "SELECT *"), "things.sql:8: get_thing (mssql): no SELECT *"),
    "select alias star": (edit("SELECT t.id, t.name", "SELECT t.*"), "things.sql:8: get_thing (mssql): no SELECT *"),
    "select star after a column": (edit("SELECT t.id, t.name", "SELECT t.id, *"), "no SELECT *"),
    "merge": (edit("UPDATE Thing SET", "MERGE Thing SET"), "things.sql:22: rename_thing (mssql): no MERGE"),
    "offset paging": (edit("\n-- dialect: sqlite", " OFFSET 20 ROWS\n-- dialect: sqlite"), "no OFFSET paging"),
    "offset paging by parameter": (edit("\n-- dialect: sqlite", " OFFSET @label ROWS\n-- dialect: sqlite"), "no OFFSET paging"),
    "doubled for nothing": (
        edit("LENGTH(t.name) < 9", "T.NAME  <>  'x'").replace("LEN(t.name) < 9", "t.name <> N'x'"),
        "things.sql:10: get_thing: follows from the body for mssql; write that alone",
    ),
    "doubled for a hint": (
        edit("Thing AS t WHERE t.id = @thing_id AND LEN(t.name) < 9", "Thing AS t WITH (UPDLOCK) -- waits\nWHERE t.id = N'a' AND t.id = @thing_id").replace("= @thing_id AND LENGTH(t.name) < 9", "= 'a' AND t.id = @thing_id"),
        "things.sql:11: get_thing: follows from the body for mssql; write that alone",
    ),
    "single and then another": (
        edit("SELECT COUNT(*) AS n FROM Thing\n", "SELECT COUNT(*) AS n FROM Thing\n-- dialect: sqlite\nSELECT 1 AS n\n"),
        "things.sql:17: count_things has a second body for sqlite",
    ),
    "T-SQL that SQLite lacks, in a single body": (
        edit("SELECT COUNT(*) AS n FROM Thing", "SELECT COUNT(*) AS n\nFROM Thing\nWHERE LEN(name) = 1"),
        "things.sql:18: count_things (mssql): LEN is T-SQL alone: write the query twice, under '-- dialect:'",
    ),
    "two statements": (edit("FROM Thing\n", "FROM Thing; DELETE FROM Thing\n"), "things.sql:16: count_things (mssql): one statement"),
    "contract in the body": (
        edit("SELECT COUNT(*) AS n", "SELECT COUNT(*) AS n\n-- scope: global late"),
        "things.sql:17: '-- scope:' stands in the body of count_things",
    ),
    "no code uses it": (
        GOOD_SQL + "\n-- name: lonely :exec\n-- Nobody.\n-- scope: global x\nDELETE FROM Thing\n",
        "things.sql:31: no code uses the query lonely",
    ),
    "code names no query": (GOOD_SQL[: GOOD_SQL.index("-- name: rename_thing")], "things.py:14: the handle rename_thing names no query"),
    "unknown row type": (edit("ThingRow", "OtherRow"), "things.py:8: get_thing: unknown row type: the contract returns OtherRow (contract: things.sql:1)"),
    "kind and shape differ": (edit(":optional", ":many"), "things.py:8: get_thing: answers a optional row, the contract says :many"),
    "writes with a read transaction": (
        edit("SELECT COUNT(*) AS n FROM Thing", "UPDATE Thing SET name = 'x'"),
        "things.py:11: count_things: its first parameter is a WriteTransaction",
    ),
    "locks with a read transaction": (
        edit("FROM Thing\n", "FROM Thing WITH (UPDLOCK, HOLDLOCK)\n"),
        "things.py:11: count_things: its first parameter is a WriteTransaction",
    ),
    "locks exclusively with a read transaction": (
        edit("FROM Thing\n", "FROM Thing WITH (XLOCK)\n"),
        "things.py:11: count_things: its first parameter is a WriteTransaction",
    ),
    "behind a string with a form feed": (
        edit("FROM Thing\n", "FROM Thing\nWHERE name = N'a\x0cb'\n  AND name <> @other\n"),
        "things.sql:18: count_things (mssql): parameter @other is not declared",
    ),
    "value of another type": (edit("returns: int", "returns: text"), "things.py:11: count_things: answers text in the contract"),
    "value that may be null": (edit("returns: int", "returns: int?"), "things.py:11: count_things: answers int? in the contract"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_SQL)
def test_broken_sql_is_refused_with_its_place(load: Load, name: str) -> None:
    sql, expected = BROKEN_SQL[name]
    problems = load(sql)
    assert any(expected in problem for problem in problems), problems


BROKEN_CODE: dict[str, tuple[str, str]] = {
    "misspelt query": (edit("def get_thing", "def get_thign", GOOD_CODE), "things.py:8: the handle get_thign names no query"),
    "missing parameter": (edit(", label: str | None", "", GOOD_CODE), "things.py:8: get_thing: lacks the parameter label"),
    "misspelt parameter": (edit("thing_id: str, label", "thing: str, label", GOOD_CODE), "get_thing: has a parameter thing"),
    "parameter of another type": (edit("thing_id: str, label", "thing_id: int, label", GOOD_CODE), "get_thing: parameter thing_id is uuid"),
    "nullable in one place": (edit("label: str | None", "label: str", GOOD_CODE), "get_thing: parameter label is text?"),
    "exec that answers nothing": (edit("-> int: ...\n", "-> None: ...\n", GOOD_CODE.replace("count_things(tx: ReadTransaction) -> int: ...", "count_things(tx: ReadTransaction) -> int:\n    ...")), "rename_thing: answers a nothing, the contract says :exec"),
    "queued that is awaited": (edit("@queued\ndef drop_thing(tx: WriteTransaction, *, thing_id: str) -> None", "@query\nasync def drop_thing(tx: WriteTransaction, *, thing_id: str) -> int", GOOD_CODE), "drop_thing: answers a scalar, the contract says :queued"),
    "queued that is a coroutine": (edit("def drop_thing", "async def drop_thing", GOOD_CODE), "drop_thing: is a coroutine, unless"),
    "queued with a read transaction": (edit("drop_thing(tx: WriteTransaction", "drop_thing(tx: ReadTransaction", GOOD_CODE), "drop_thing: its first parameter is a WriteTransaction"),
    "read with a write transaction": (edit("get_thing(tx: ReadTransaction", "get_thing(tx: WriteTransaction", GOOD_CODE), "get_thing: its first parameter is a ReadTransaction"),
    "column of no type": (edit("name: str | None", "name: bytes", GOOD_CODE), "ThingRow.name is of no column type"),
    "one row instead of perhaps": (edit("ThingRow | None", "ThingRow", GOOD_CODE), "get_thing: answers a row"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_CODE)
def test_code_that_does_not_fit_is_refused_with_its_place(load: Load, name: str) -> None:
    code, expected = BROKEN_CODE[name]
    problems = load(GOOD_SQL, code)
    assert any(expected in problem for problem in problems), problems
    assert all(problem.startswith("things.") for problem in problems)


def test_a_duplicate_in_another_file_is_named_with_both_places(load: Load) -> None:
    second = "-- name: count_things :value\n-- Again.\n-- returns: int\n-- scope: global x\nSELECT 1 AS n\n"
    assert load(second=second) == ["zz_second.sql:1: count_things is a duplicate of things.sql:12"]


def test_handles_live_in_the_module_of_their_file(load: Load) -> None:
    problems = load(stem="widgets")
    assert len(problems) == 4
    assert "widgets.py:8: get_thing: belongs in handles/things.py" in problems[0]


def test_everything_wrong_is_said_at_once(load: Load) -> None:
    sql = edit(":optional", ":maybe").replace("global a test", "global").replace("COUNT(*)", "*")
    assert len(load(sql)) >= 4


@pytest.mark.parametrize("dialect", ["sqlite", "mssql"])
def test_the_real_queries_load_for_both(dialect: str) -> None:
    registry = load_queries(dialect)  # type: ignore[arg-type]
    assert len(registry) > 40
    for statement in registry:
        assert statement.positional_sql.count("?") == len(statement.order)
        assert {param.name for param in statement.params} == set(statement.order)
        assert "@" not in statement.positional_sql.replace("'@", "")
    assert len(handle_modules()) >= 6


PAGE_SQL = """
-- name: list_things :page
-- All.
-- param: page_size int
-- returns: ThingRow
-- scope: global a test
SELECT t.id, t.name FROM Thing AS t ORDER BY t.id OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
"""
PAGE_CODE = """
from app.db.paging import Page
from app.db.queries import LongText

@query
async def list_things(tx: ReadTransaction, *, page_size: int) -> Page[ThingRow]: ...
"""
LONG_CODE = GOOD_CODE.replace("name: str | None\n\n@", "name: LongText | None\n\n@", 1).replace(
    "import Row,", "import LongText, Row,"
)


def test_rows_with_long_text_come_in_pages(load: Load) -> None:
    assert load(GOOD_SQL + PAGE_SQL, LONG_CODE + PAGE_CODE) == []
    told = "is a :page if its rows hold LongText, and :many if they do not"
    assert told in load(GOOD_SQL + PAGE_SQL, GOOD_CODE + PAGE_CODE)[0]
    sql, code = PAGE_SQL.replace(":page", ":many"), PAGE_CODE.replace("Page[ThingRow]", "list[ThingRow]")
    assert load(GOOD_SQL + sql, GOOD_CODE + code) == []
    assert told in load(GOOD_SQL + sql, LONG_CODE + code)[0]
