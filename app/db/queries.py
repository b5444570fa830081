"""The query registry: typed handles in code, bound at start-up to the contracts in ``sql/queries``.

A handle is a signature whose body is a SQL file. mypy checks every call against the signature; start-up
checks the signature against the contract. A misspelt query, parameter or column is therefore a type error
or a refusal to start, never an error at a request.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache, wraps
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, cast

import msgspec

from app.db.connection import Dialect, ReadTransaction, WriteTransaction
from app.db.errors import UnexpectedResult
from app.db.paging import Page, end_of_page
from app.db.query_files import Kind, Param, Problem, QueryText, SqlType, read_query_files
from app.db.sql_text import replace_params, words

ROOT = Path(__file__).resolve().parents[2] / "sql" / "queries"

P = ParamSpec("P")
R = TypeVar("R")
Tx = TypeVar("Tx", bound=ReadTransaction)


class ColumnType(StrEnum):
    """What a column is in Python: str, lower-case UUID text, int, bool, aware UTC datetime."""

    TEXT = "text"
    UUID = "uuid"
    INT = "int"
    BOOL = "bool"
    TIME = "time"


Uuid = Annotated[str, ColumnType.UUID]

_LONG = "long"
LongText = Annotated[str, ColumnType.TEXT, _LONG]
"""What may take thousands of characters. Rows that hold some are answered a page at a time."""

_PYTHON_TYPES: Mapping[SqlType, type] = {
    SqlType.TEXT: str,
    SqlType.LONGTEXT: str,
    SqlType.ASCII: str,
    SqlType.UUID: str,
    SqlType.INT: int,
    SqlType.BOOL: bool,
    SqlType.TIME: datetime,
}
_COLUMN_TYPES: Mapping[type, ColumnType] = {
    str: ColumnType.TEXT,
    int: ColumnType.INT,
    bool: ColumnType.BOOL,
    datetime: ColumnType.TIME,
}
_VALUE_TYPES: Mapping[SqlType, ColumnType] = {
    SqlType.LONGTEXT: ColumnType.TEXT,
    SqlType.ASCII: ColumnType.TEXT,
} | {kind: ColumnType(kind) for kind in SqlType if kind not in (SqlType.LONGTEXT, SqlType.ASCII)}


class Row(msgspec.Struct):
    """Base of all row classes. Its fields are the query's columns, in order."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType
    nullable: bool
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as one dialect runs it."""

    name: str
    kind: Kind
    description: str
    scope: str
    file: str
    line: int
    params: tuple[Param, ...]
    sql: str
    positional_sql: str
    order: tuple[str, ...]
    """The parameter behind each ``?`` of ``positional_sql``."""
    writes: bool
    locks: bool
    row: type[Row] | None
    columns: tuple[Column, ...]
    """The row's fields in order; for ``:value`` the one value."""
    long: tuple[int, ...]
    """Of a page: which columns may hold much text."""
    plan: str | None
    """Why a scan is right, where the contract says so."""


Observer = Callable[[str, float], None]
"""Of a query's name and its seconds."""


class QueryContractError(Exception):
    """Start-up refuses: every problem, each as ``file:line: message``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["the queries and the code do not fit:", *map(str, problems)]))


class QueryRegistry:
    """All statements of one dialect, by name."""

    def __init__(
        self, dialect: Dialect, statements: Mapping[str, Statement], observe: Observer | None = None
    ) -> None:
        self.dialect = dialect
        self.observe = observe
        self._statements = statements

    def observed_by(self, observe: Observer | None) -> QueryRegistry:
        """The same statements; ``observe`` is told of every one that ran, and how long it took."""
        return QueryRegistry(self.dialect, self._statements, observe)

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())

    def __len__(self) -> int:
        return len(self._statements)


def query(
    handle: Callable[Concatenate[Tx, P], Awaitable[R]],
) -> Callable[Concatenate[Tx, P], Awaitable[R]]:
    """Makes a handle of a signature. What it answers follows from its return annotation: a row, a row or
    None, a list of rows, a value, or for ``:exec`` the number of rows changed.

    Raises ``app.db.errors`` only; ``UnexpectedResult`` where one row was promised and another number came.
    """
    # Another shape is no contract's; start-up says so, with its place.
    run = _RUNNERS.get(_shape(handle), _run_scalar)
    name = handle.__name__

    async def call(tx: Tx, /, *args: P.args, **values: P.kwargs) -> R:
        registry = tx.registry
        if registry.observe is None:
            return cast(R, await run(tx, registry[name], values))
        started = time.perf_counter()
        try:
            return cast(R, await run(tx, registry[name], values))
        finally:
            registry.observe(name, time.perf_counter() - started)

    return wraps(handle)(call)


def queued(
    handle: Callable[Concatenate[WriteTransaction, P], None],
) -> Callable[Concatenate[WriteTransaction, P], None]:
    """Makes a handle of a signature, for ``:queued``: the statement goes to the database together with the
    next one that is awaited, or before the commit. Its errors are raised there."""
    name = handle.__name__

    def call(tx: WriteTransaction, /, *args: P.args, **values: P.kwargs) -> None:
        tx.queue(tx.registry[name], values)

    return wraps(handle)(call)


# --- running ---------------------------------------------------------------------------


class _Shape(StrEnum):
    ROW = "row"
    OPTIONAL_ROW = "optional row"
    ROWS = "rows"
    PAGE = "page"
    SCALAR = "scalar"
    NOTHING = "nothing"


async def _run_rows(tx: Any, statement: Statement, values: Mapping[str, Any]) -> Any:
    make = statement.row
    return [make(*row) for row in await tx.rows(statement, values)]  # type: ignore[misc]


async def _run_page(tx: Any, statement: Statement, values: Mapping[str, Any]) -> Any:
    make = statement.row
    rows = await tx.rows(statement, values)
    end = end_of_page(rows, statement.long)
    page = Page(make(*row) for row in rows[:end])  # type: ignore[misc]
    page.is_cut = end < len(rows)
    return page


async def _run_optional(tx: Any, statement: Statement, values: Mapping[str, Any]) -> Any:
    rows = await tx.rows(statement, values)
    if len(rows) > 1:
        raise UnexpectedResult(f"{statement.name} answered {len(rows)} rows", query=statement.name)
    return statement.row(*rows[0]) if rows else None  # type: ignore[misc]


async def _run_row(tx: Any, statement: Statement, values: Mapping[str, Any]) -> Any:
    rows = await tx.rows(statement, values)
    if len(rows) != 1:
        raise UnexpectedResult(f"{statement.name} answered {len(rows)} rows", query=statement.name)
    return statement.row(*rows[0])  # type: ignore[misc]


async def _run_scalar(tx: Any, statement: Statement, values: Mapping[str, Any]) -> Any:
    if statement.kind is Kind.EXEC:
        return await tx.execute(statement, values)
    rows = await tx.rows(statement, values)
    if len(rows) != 1 or (rows[0][0] is None and not statement.columns[0].nullable):
        raise UnexpectedResult(f"{statement.name} did not answer one value", query=statement.name)
    return rows[0][0]


_RUNNERS: Mapping[_Shape, Callable[[Any, Statement, Mapping[str, Any]], Awaitable[Any]]] = {
    _Shape.ROW: _run_row,
    _Shape.OPTIONAL_ROW: _run_optional,
    _Shape.ROWS: _run_rows,
    _Shape.PAGE: _run_page,
    _Shape.SCALAR: _run_scalar,
}


# --- binding ---------------------------------------------------------------------------


def load_queries(
    dialect: Dialect, directory: Path = ROOT, handles: Sequence[types.ModuleType] | None = None
) -> QueryRegistry:
    """Reads the files, binds the handles (those of ``app.db.handles`` unless given) and answers the registry.
    Both dialects are checked whichever runs. Raises ``QueryContractError`` with all that is wrong."""
    queries, problems = read_query_files(directory)
    statements: dict[str, Statement] = {}
    for module in handle_modules() if handles is None else handles:
        for handle in _handles_of(module):
            bound = _bind(handle, module, queries, dialect, problems)
            if bound is not None:
                statements[bound.name] = bound
    named = {handle.__name__ for module in handles or handle_modules() for handle in _handles_of(module)}
    problems += [
        Problem(text.file.name, text.line, f"no code uses the query {name}")
        for name, text in queries.items()
        if name not in named
    ]
    if problems:
        raise QueryContractError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return QueryRegistry(dialect, statements)


def handle_modules() -> Sequence[types.ModuleType]:
    """The modules of ``app.db.handles``."""
    package = importlib.import_module("app.db.handles")
    return [
        importlib.import_module(f"{package.__name__}.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
    ]


def _handles_of(module: types.ModuleType) -> list[Callable[..., Any]]:
    return [
        value.__wrapped__
        for value in vars(module).values()
        if hasattr(value, "__wrapped__") and value.__module__ == module.__name__
    ]


@lru_cache(maxsize=8)
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return typing.get_type_hints(function, include_extras=True)


def _split_optional(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def _row_class(hint: Any) -> type[Row] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Row) else None


def _shape(handle: Callable[..., Any]) -> _Shape:
    hint, optional = _split_optional(_hints(handle).get("return"))
    if typing.get_origin(hint) in (list, Page):
        return _Shape.ROWS if typing.get_origin(hint) is list else _Shape.PAGE
    if _row_class(hint):
        return _Shape.OPTIONAL_ROW if optional else _Shape.ROW
    return _Shape.NOTHING if hint is type(None) else _Shape.SCALAR


_SHAPES = {
    Kind.ONE: _Shape.ROW,
    Kind.OPTIONAL: _Shape.OPTIONAL_ROW,
    Kind.MANY: _Shape.ROWS,
    Kind.PAGE: _Shape.PAGE,
    Kind.VALUE: _Shape.SCALAR,
    Kind.EXEC: _Shape.SCALAR,
    Kind.QUEUED: _Shape.NOTHING,
}


def _bind(
    handle: Callable[..., Any],
    module: types.ModuleType,
    queries: Mapping[str, QueryText],
    dialect: Dialect,
    problems: list[Problem],
) -> Statement | None:
    name = handle.__name__
    code = handle.__code__
    file, line = Path(code.co_filename).name, code.co_firstlineno
    text = queries.get(name)
    if text is None:
        problems.append(Problem(file, line, f"the handle {name} names no query"))
        return None
    before = len(problems)

    def refuse(message: str) -> None:
        problems.append(Problem(file, line, f"{name}: {message} (contract: {text.file.name}:{text.line})"))

    if text.file.stem != module.__name__.rpartition(".")[2]:
        refuse(f"belongs in handles/{text.file.stem}.py")
    hints = _hints(handle)
    if text.kind is None or dialect not in text.bodies:
        return None
    writes = any(text.writes(each) for each in text.bodies)
    locks = any("UPDLOCK" in words(body) for body in text.bodies.values())
    _check_transaction(hints, inspect.signature(handle), writes or locks, refuse)
    _check_params(hints, text, refuse)
    row, columns = _check_returns(handle, hints["return"], text, refuse)
    if len(problems) > before:
        return None
    sql = text.bodies[dialect]
    order: list[str] = []

    def mark(param: str) -> str:
        order.append(param)
        return "?"

    positional = replace_params(sql, mark)
    return Statement(
        name=name,
        kind=text.kind,
        description="\n".join(text.description),
        scope=text.scope,
        file=text.file.name,
        line=text.body_lines[dialect],
        params=tuple(text.params),
        sql=sql,
        positional_sql=positional,
        order=tuple(order),
        writes=text.writes(dialect),
        locks=locks,
        row=row,
        columns=columns,
        long=_long(columns) if text.kind is Kind.PAGE else (),
        plan=text.plan,
    )


def _check_transaction(
    hints: Mapping[str, Any], signature: inspect.Signature, changes: bool, refuse: Callable[[str], None]
) -> None:
    first = next(iter(signature.parameters), None)
    expected = WriteTransaction if changes else ReadTransaction
    if first is None or hints.get(first) is not expected:
        refuse(f"its first parameter is a {expected.__name__}")


def _check_params(hints: Mapping[str, Any], text: QueryText, refuse: Callable[[str], None]) -> None:
    given = {name: hint for name, hint in list(hints.items())[1:] if name != "return"}
    for param in text.params:
        if param.name not in given:
            refuse(f"lacks the parameter {param.name}")
            continue
        hint, nullable = _split_optional(given.pop(param.name))
        if hint is not _PYTHON_TYPES[param.type] or nullable != param.nullable:
            refuse(f"parameter {param.name} is {param.type}{'?' if param.nullable else ''} in the contract")
    for name in given:
        refuse(f"has a parameter {name} that the contract does not have")


def _check_returns(
    handle: Callable[..., Any], hint: Any, text: QueryText, refuse: Callable[[str], None]
) -> tuple[type[Row] | None, tuple[Column, ...]]:
    shape = _shape(handle)
    if text.kind is None or shape is not _SHAPES[text.kind]:
        refuse(f"answers a {shape}, the contract says :{text.kind}")
        return None, ()
    if inspect.iscoroutinefunction(handle) is (text.kind is Kind.QUEUED):
        refuse("is a coroutine, unless the contract says :queued")
        return None, ()
    if text.kind is Kind.QUEUED:
        return None, ()
    bare, optional = _split_optional(hint)
    if shape in (_Shape.ROWS, _Shape.PAGE):
        bare = typing.get_args(bare)[0]
    if text.kind is Kind.EXEC:
        if hint is not int:
            refuse("answers int: the number of rows changed")
        return None, ()
    if text.kind is Kind.VALUE:
        declared = (text.returns or "").removesuffix("?")
        if declared not in set(SqlType):
            return None, ()  # the file's own check has said so
        kind, nullable = SqlType(declared), (text.returns or "").endswith("?")
        if bare is not _PYTHON_TYPES[kind] or optional != nullable:
            refuse(f"answers {text.returns} in the contract")
        return None, (Column("value", _VALUE_TYPES[kind], nullable),)
    row = _row_class(bare)
    if row is None or row.__name__ != text.returns:
        refuse(f"unknown row type: the contract returns {text.returns}")
        return None, ()
    columns = tuple(_columns(row, refuse))
    if text.kind in (Kind.MANY, Kind.PAGE) and (text.kind is Kind.PAGE) is not bool(_long(columns)):
        refuse("is a :page if its rows hold LongText, and :many if they do not")
    return row, columns


def _long(columns: Sequence[Column]) -> tuple[int, ...]:
    return tuple(index for index, column in enumerate(columns) if column.is_long)


def _columns(row: type[Row], refuse: Callable[[str], None]) -> Iterator[Column]:
    for name, hint in typing.get_type_hints(row, include_extras=True).items():
        bare, nullable = _split_optional(hint)
        marks = bare.__metadata__ if typing.get_origin(bare) is Annotated else ()
        if marks:
            kind = next((m for m in marks if isinstance(m, ColumnType)), None)
        else:
            kind = _COLUMN_TYPES.get(bare)
        if kind is None:
            refuse(f"{row.__name__}.{name} is of no column type")
        else:
            yield Column(name, kind, nullable, _LONG in marks)
