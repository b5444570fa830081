"""The journal of connectors: all that was asked of their sources, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from app.core.caller import Caller
from app.core.text import moment_key
from app.db.connection import ReadTransaction
from app.db.handles import connectors as db
from app.db.handles.connectors import SelectionRow
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.services.connectors import OK, find_connector

LAST = "~"
"""Before which every selection is, by when it was made."""


class Selection(msgspec.Struct, frozen=True):
    id: str
    actor_id: str
    cause: str
    asked: str
    outcome: Literal["OK", "FAILED"]
    error: str | None
    fallback: str | None
    rows: int | None
    bytes: int | None
    checksum: str | None
    duration_ms: int
    at: datetime


async def list_selections(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, connector_id: str
) -> Found[str]:
    """The newest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.list_selections")
    await find_connector(tx, workspace_id, connector_id)
    rows = await db.list_selections(
        tx,
        workspace_id=workspace_id,
        connector_id=connector_id,
        before_key=asked.place,
        page_size=asked.page_size,
    )
    items, place = asked.found(rows, lambda row: moment_key(row.at, row.id))
    return Found([selection_of(row) for row in rows[: len(items)]], place)


def selection_of(row: SelectionRow) -> Selection:
    return Selection(
        id=row.id,
        actor_id=row.actor_id,
        cause=row.cause,
        asked=row.asked,
        outcome="OK" if row.outcome == OK else "FAILED",
        error=row.error,
        fallback=row.fallback,
        rows=row.row_total,
        bytes=row.byte_total,
        checksum=row.checksum,
        duration_ms=row.duration_ms,
        at=row.at,
    )
