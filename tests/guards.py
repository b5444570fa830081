"""Tries a change on a row, and tells which rows it changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from app.db.connection import WriteTransaction
from tests.harness import Service

Change = Callable[[WriteTransaction], Any]
Made = dict[str, dict[str, Any]]
"""The parameters that name a row, by its state."""


def number(digit: int, of: int = 0) -> str:
    return f"00000000-0000-4000-{8000 + of}-{digit:012}"


def do(handle: Callable[..., Any], **values: Any) -> Change:
    return lambda tx: handle(tx, **values)


async def run(service: Service, *changes: Change) -> list[Any]:
    """In one transaction; what those answered that are waited for."""
    answers = []
    async with service.edge.parts.database.write() as tx:
        for change in changes:
            answer = change(tx)
            answers.append(await answer if isinstance(answer, Awaitable) else answer)
    return answers


def snapshot(service: Service, table: str, key: str) -> dict[Any, Any]:
    width = key.count(",") + 1
    rows = service.rows(f"SELECT {key}, {table}.* FROM {table}")
    return {row[0] if width == 1 else row[:width]: row for row in rows}


async def changed_by(service: Service, table: str, change: Change, key: str = "id") -> set[Any]:
    """The rows that ``change`` changed or removed."""
    before = snapshot(service, table, key)
    await run(service, change)
    after = snapshot(service, table, key)
    return {row for row, was in before.items() if after.get(row) != was}
