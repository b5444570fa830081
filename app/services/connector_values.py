"""What counts as the value of a connector: what was fetched, or what stands for it; and where it is from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from app.core.caller import Caller
from app.core.connector_errors import ConnectorFailed, ConnectorNotRefreshed
from app.core.text import name_key
from app.db.connection import ReadTransaction
from app.db.handles import connectors as db
from app.db.handles.connectors import ConnectorRow, ConnectorValueRow
from app.db.paging import Asked, Found
from app.integrations.connector import Table, read_table, shown
from app.kernel.access import enter
from app.kernel.connector_feeds import Refreshed
from app.services.connectors import LAST_GOOD, NEW, OK, STATIC, find_connector


class Value(msgspec.Struct, frozen=True):
    """What counts, and where it is from. ``is_stale``: older than it should be, or something else stands for
    it."""

    connector_id: str
    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    checksum: str
    selection_id: str | None
    fetched_at: datetime | None
    age_seconds: int | None
    is_stale: bool
    fallback: str | None
    status: str
    last_error: str | None


class ListedValue(msgspec.Struct, frozen=True):
    """What whoever may read values may know of a connector: not what it asks of whom."""

    connector_id: str
    name: str
    status: str
    last_error: str | None
    last_refreshed_at: datetime | None


async def list_values(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """By name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.list_values")
    rows = await db.list_connectors(
        tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
    )
    items, place = asked.found(rows, lambda row: name_key(row.name, row.id))
    return Found([_listed(row) for row in rows[: len(items)]], place)


def _listed(row: ConnectorRow) -> ListedValue:
    return ListedValue(row.id, row.name, row.status, row.last_error, row.last_refreshed_at)


async def read_value(
    tx: ReadTransaction, caller: Caller, now: datetime, *, workspace_id: str, connector_id: str
) -> Value:
    """What counts now. Raises ``ConnectorNotFound``, ``ConnectorNotRefreshed`` and ``ConnectorFailed``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.read_value")
    row = await find_connector(tx, workspace_id, connector_id)
    known = await db.get_connector_value(tx, workspace_id=workspace_id, connector_id=connector_id)
    found = what_counts(row, known, now)
    if found is not None:
        return found
    if row.status == NEW:
        raise ConnectorNotRefreshed
    raise ConnectorFailed(details={"fault": row.last_error})


async def counting(
    tx: ReadTransaction, *, workspace_id: str, connector_id: str, now: datetime
) -> Refreshed | None:
    """For who begins to be fed by a connector: what was fetched last, where it counts; None before anything
    was, and where something else stands for it. Raises ``ConnectorNotFound``."""
    row = await find_connector(tx, workspace_id, connector_id)
    known = await db.get_connector_value(tx, workspace_id=workspace_id, connector_id=connector_id)
    fallback = None if row.status == OK else fallback_of(row, known, now)
    if known is None or (row.status != OK and fallback != LAST_GOOD):
        return None
    return Refreshed(
        workspace_id=workspace_id,
        binding_id=connector_id,
        selection_id=known.selection_id,
        at=known.fetched_at,
        outcome="OK" if row.status == OK else "FAILED",
        error=row.last_error,
        fallback=fallback,
        table=read_table(known.cells),
        fetched_at=known.fetched_at,
    )


def fallback_of(
    row: ConnectorRow, known: ConnectorValueRow | None, now: datetime
) -> Literal["LAST_GOOD", "STATIC"] | None:
    """What stands for a value that could not be fetched, None where nothing does."""
    if row.fallback == STATIC:
        return "STATIC"
    if row.fallback != LAST_GOOD or known is None or row.max_age_seconds is None:
        return None
    return "LAST_GOOD" if now - known.fetched_at <= timedelta(seconds=row.max_age_seconds) else None


def what_counts(row: ConnectorRow, known: ConnectorValueRow | None, now: datetime) -> Value | None:
    """What counts by how the last refresh ended; None where there is nothing."""
    is_ok = row.status == OK
    fallback = None if is_ok else fallback_of(row, known, now)
    if fallback == STATIC and row.static_value is not None:
        table, source = read_table(bytes(row.static_value).decode()), None
    elif known is not None and (is_ok or fallback == LAST_GOOD):
        table, source = read_table(known.cells), known
    else:
        return None
    age = max(0, int((now - source.fetched_at).total_seconds())) if source else None
    return Value(
        connector_id=row.id,
        name=row.name,
        columns=table.columns,
        rows=shown_rows(table),
        checksum=table.checksum(),
        selection_id=source.selection_id if source else None,
        fetched_at=source.fetched_at if source else None,
        age_seconds=age,
        is_stale=not is_ok or (age is not None and age > (row.max_age_seconds or age)),
        fallback=fallback,
        status=row.status,
        last_error=row.last_error,
    )


def shown_rows(table: Table) -> list[list[object]]:
    return [[shown(cell) for cell in cells] for cells in table.rows]
