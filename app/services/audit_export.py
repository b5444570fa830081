"""The audit log as a file: NDJSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Role
from app.core.rsa_key import RsaKey
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.audit import ChainRow, read_chain
from app.services import audit
from app.services.access import enter, enter_to_change
from app.services.checkpoints import Checkpoint, sign_head

_PAGE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


async def begin_export(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    key: RsaKey,
    *,
    workspace_id: str,
    file_format: Format,
    after_seq: int,
) -> Checkpoint:
    """Writes into the log that it is exported, and signs the head: the export goes up to there."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="audit.export", minimum=Role.ADMIN)
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
    return await sign_head(tx, tools, key, workspace_id)


async def read_page(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, after_seq: int, until_seq: int
) -> list[ChainRow]:
    """The next entries. The role is asked for each time: an export ends with it."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.export", minimum=Role.ADMIN)
    rows = await read_chain(tx, workspace_id=workspace_id, after_seq=after_seq, page_size=_PAGE)
    return [row for row in rows if row.seq <= until_seq]


async def lines(
    file_format: Format, after_seq: int, read: Callable[[int], Awaitable[list[ChainRow]]]
) -> AsyncIterator[bytes]:
    """The file, a page at a time; ``read`` answers the entries after a number."""
    if file_format is Format.CSV:
        yield _csv([ChainRow.__struct_fields__])
    while rows := await read(after_seq):
        if file_format is Format.CSV:
            yield _csv(msgspec.to_builtins(msgspec.structs.astuple(row)) for row in rows)
        else:
            yield b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        after_seq = rows[-1].seq


def _csv(rows: object) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:  # type: ignore[attr-defined]
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """A spreadsheet runs what begins like a formula; a quotation mark before it makes it text.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
