"""Excel files of others, read in processes of their own (``workbook_child.py``): what one costs or breaks is
its own affair, and ends with its limits."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Hashable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec

from app.core.cell_ranges import Place
from app.core.cells import Cell, CellError
from app.core.places import NoPlace, Places

_ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a process may need to start. The rest holds secrets."""
_AT_ONCE, _WAITING = 2, 40
_WAITING_OF_ONE = 4


class WorkbookUnreadable(Exception):
    """``reason``: ``too_large`` (to be read within the limits, or for a range), ``not_a_workbook``,
    ``encrypted``, ``no_sheet``, ``no_name``, ``no_table``, ``timeout``, ``busy``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkbookLimits(msgspec.Struct, frozen=True):
    """``unpacked``: bytes that the parts of a file may say they have; ``memory`` bytes of address space,
    ``processor`` seconds, ``answer`` bytes of what is told; ``seconds`` of the clock for all of it, its turn
    not included."""

    unpacked: int = 150_000_000
    memory: int = 768 * 2**20
    processor: int = 15
    answer: int = 20_000_000
    seconds: float = 20.0


class WorkbookReader:
    """Two files at once in this process, one at once of each ``whose``. Belongs to one event loop; starts
    nothing until there is something to read."""

    def __init__(self, limits: WorkbookLimits | None = None) -> None:
        self._limits = limits or WorkbookLimits()
        self._all = Places(_AT_ONCE, _WAITING)
        self._lines = Places(1, _WAITING_OF_ONE)

    async def read(self, content: bytes, place: Place, *, whose: Hashable) -> list[list[Cell]]:
        """The cells of a place, row by row. Raises ``WorkbookUnreadable``."""
        try:
            async with self._lines.take(whose), self._all.take(None):
                answer = await self._asked(content, place)
        except NoPlace:
            raise WorkbookUnreadable("busy") from None
        try:
            told: dict[str, Any] = json.loads(answer)
        except ValueError:
            # Its limits ended it, or what a broken file did to it.
            raise WorkbookUnreadable("too_large") from None
        if (problem := told.get("problem")) is not None:
            raise WorkbookUnreadable(problem)
        return [[_cell(each) for each in row] for row in told["rows"]]

    async def _asked(self, content: bytes, place: Place) -> bytes:
        limits, cells = self._limits, place.cells
        asked = {
            "sheet": place.sheet,
            "cells": [cells.top, cells.left, cells.bottom, cells.right] if cells else None,
            "name": place.name,
            "table": place.table,
            "unpacked": limits.unpacked,
            "memory": limits.memory,
            "seconds": limits.processor,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-E", "-s", "-m", "app.integrations.workbook_child"),
            cwd=_ROOT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(limits.seconds):
                async with asyncio.TaskGroup() as both:
                    message = (json.dumps(asked).encode(), b"\n", content)
                    both.create_task(_write(cast("asyncio.StreamWriter", process.stdin), message))
                    reader = cast("asyncio.StreamReader", process.stdout)
                    answer = both.create_task(_read(reader, limits.answer))
                if answer.result():
                    await process.wait()
                return answer.result()
        except TimeoutError:
            raise WorkbookUnreadable("timeout") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()


async def _write(to: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended early; what it said of it is read
        to.writelines(pieces)
        await to.drain()
    to.close()


async def _read(of: asyncio.StreamReader, most: int) -> bytes:
    """All of it; nothing of more than ``most`` bytes."""
    answer = bytearray()
    while piece := await of.read(65536):
        answer += piece
        if len(answer) > most:
            return b""
    return bytes(answer)


def _cell(told: Any) -> Cell:
    if not isinstance(told, dict):
        return cast("Cell", told)
    ((kind, value),) = told.items()
    match kind:
        case "n":
            return Decimal(value)
        case "d":
            return date.fromisoformat(value)
        case "t":
            return datetime.fromisoformat(value)
        case "h":
            return time.fromisoformat(value)
    return CellError(value)
