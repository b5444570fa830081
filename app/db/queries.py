"""Query handles: a signature in code, whose body is a SQL file.

mypy checks every call against the signature; start-up checks the signature against the contract
(``app.db.binding``). A misspelt query, parameter or column is therefore a type error or a refusal to start,
never an error at a request.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import UnexpectedResult
from app.db.paging import Page, end_of_page
from app.db.shapes import Shape, shape_of
from app.db.statements import Json, Kind, LongText, Row, Statement, Uuid

__all__ = ["Json", "LongText", "Row", "Uuid", "query", "queued"]
"""All that a handle is written with."""

P = ParamSpec("P")
R = TypeVar("R")
Tx = TypeVar("Tx", bound=ReadTransaction)


def query(
    handle: Callable[Concatenate[Tx, P], Awaitable[R]],
) -> Callable[Concatenate[Tx, P], Awaitable[R]]:
    """Makes a handle of a signature. What it answers follows from its return annotation: a row, a row or
    None, a list of rows, a value, or for ``:exec`` the number of rows changed.

    Raises ``app.db.errors`` only; ``UnexpectedResult`` where one row was promised and another number came.
    """
    # Another shape is no contract's; start-up says so, with its place.
    run = _RUNNERS.get(shape_of(handle), _run_scalar)
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


_RUNNERS: Mapping[Shape, Callable[[Any, Statement, Mapping[str, Any]], Awaitable[Any]]] = {
    Shape.ROW: _run_row,
    Shape.OPTIONAL_ROW: _run_optional,
    Shape.ROWS: _run_rows,
    Shape.PAGE: _run_page,
    Shape.SCALAR: _run_scalar,
}
