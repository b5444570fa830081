"""The audit log as a file: NDJSON for programs, CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec

from app.core.caller import Caller, Tools
from app.core.csv_text import BOM, csv_lines
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.audit import ChainRow, read_chain
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.services.checkpoints import Head, head_of

_PAGE = 500
_PIECE = 65_536
"""Bytes handed to the server at once, and so the most that lies between it and a client who does not read."""


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


async def begin_export(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    file_format: Format,
    after_seq: int,
) -> Head:
    """Writes into the log that it is exported. Answers where the export ends: its head with that entry."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="audit.export", even_held=True)
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="audit.exported",
        target_type="workspace",
        target_id=workspace_id,
        details={"format": file_format, "after_seq": after_seq},
        is_change=False,
    )
    return await head_of(tx, workspace_id)


async def read_page(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, after_seq: int, until_seq: int
) -> list[ChainRow]:
    """The next entries. The role is asked for each time: an export ends with it."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.export", even_held=True)
    rows = await read_chain(tx, workspace_id=workspace_id, after_seq=after_seq, page_size=_PAGE)
    return [row for row in rows if row.seq <= until_seq]


async def pieces(
    file_format: Format, after_seq: int, read: Callable[[int], Awaitable[list[ChainRow]]]
) -> AsyncIterator[bytes]:
    """The file; ``read`` answers the entries after a number, a page of them. Between two pieces it holds no
    connection and at most one page."""
    if file_format is Format.CSV:
        yield BOM + csv_lines([ChainRow.__struct_fields__])
    while rows := await read(after_seq):
        after_seq = rows[-1].seq
        page = memoryview(_encoded(file_format, rows))
        del rows
        for start in range(0, len(page), _PIECE):
            yield bytes(page[start : start + _PIECE])


def _encoded(file_format: Format, rows: Sequence[ChainRow]) -> bytes:
    if file_format is Format.CSV:
        return csv_lines(msgspec.to_builtins(msgspec.structs.astuple(row)) for row in rows)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
