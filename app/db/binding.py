"""Start-up binds the handles of ``app.db.handles`` to the contracts in ``sql/queries``, or tells everything
that does not fit, with file and line."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.query_files import Problem, QueryText, read_query_files
from app.db.shapes import SHAPES, Shape, hints_of, row_class, shape_of, split_optional
from app.db.sql_text import replace_params
from app.db.statements import LONG, Column, ColumnType, Dialect, Kind, QueryRegistry, Row, SqlType, Statement

ROOT = Path(__file__).resolve().parents[2] / "sql" / "queries"

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


class QueryContractError(Exception):
    """Start-up refuses: every problem, each as ``file:line: message``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["the queries and the code do not fit:", *map(str, problems)]))


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
    hints = hints_of(handle)
    if text.kind is None or dialect not in text.bodies:
        return None
    _check_transaction(hints, inspect.signature(handle), text.writes or text.locks, refuse)
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
        writes=text.writes,
        locks=text.locks,
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
        hint, nullable = split_optional(given.pop(param.name))
        if hint is not _PYTHON_TYPES[param.type] or nullable != param.nullable:
            refuse(f"parameter {param.name} is {param.type}{'?' if param.nullable else ''} in the contract")
    for name in given:
        refuse(f"has a parameter {name} that the contract does not have")


def _check_returns(
    handle: Callable[..., Any], hint: Any, text: QueryText, refuse: Callable[[str], None]
) -> tuple[type[Row] | None, tuple[Column, ...]]:
    shape = shape_of(handle)
    if text.kind is None or shape is not SHAPES[text.kind]:
        refuse(f"answers a {shape}, the contract says :{text.kind}")
        return None, ()
    if inspect.iscoroutinefunction(handle) is (text.kind is Kind.QUEUED):
        refuse("is a coroutine, unless the contract says :queued")
        return None, ()
    if text.kind is Kind.QUEUED:
        return None, ()
    bare, optional = split_optional(hint)
    if shape in (Shape.ROWS, Shape.PAGE):
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
    row = row_class(bare)
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
        bare, nullable = split_optional(hint)
        marks = bare.__metadata__ if typing.get_origin(bare) is Annotated else ()
        if marks:
            kind = next((m for m in marks if isinstance(m, ColumnType)), None)
        else:
            kind = _COLUMN_TYPES.get(bare)
        if kind is None:
            refuse(f"{row.__name__}.{name} is of no column type")
        else:
            yield Column(name, kind, nullable, LONG in marks)
