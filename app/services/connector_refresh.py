"""Refreshes, previews and tests of connectors: writes down what came of asking their sources.

A source is asked between two transactions: one reads what is to be asked, the other writes what came. What
was asked by a config that somebody changed meanwhile is written into the journal and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

import msgspec

from app.core.caller import Caller, Tools
from app.core.connector_errors import (
    ConnectorNotFound,
)
from app.core.permissions import Status
from app.core.text import moment_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import connectors as db
from app.db.handles.connectors import ConnectorRow, ConnectorValueRow
from app.db.handles.jobs import DueJobRow
from app.integrations.connector import (
    Fault,
    Table,
    read_table,
)
from app.kernel import audit
from app.kernel.access import enter
from app.kernel.connector_feeds import Fed, Refreshed, feed
from app.kernel.jobs import Again
from app.services.connector_asking import Asked, Asker, Attempt, asked_of
from app.services.connector_selections import Selection, selection_of
from app.services.connector_values import Value, fallback_of, shown_rows, what_counts
from app.services.connectors import (
    FAILED,
    LAST_GOOD,
    OK,
    STATIC,
    columns_of,
    find_connector,
)

ROWS_OF_A_PREVIEW, ROWS_OF_A_TEST = 20, 1
_SERVICE = "connectors"
Cause = Literal["refresh", "schedule", "preview", "test"]
_OPERATIONS: Mapping[Cause, str] = {
    "refresh": "connector.refresh",
    "preview": "connector.preview",
    "test": "connector.test",
}


class Result(msgspec.Struct, frozen=True):
    """How a refresh ended, and what counts now; None where there is nothing."""

    selection: Selection
    value: Value | None


class Preview(msgspec.Struct, frozen=True):
    selection: Selection
    detail: str | None
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    is_whole: bool


class Tried(msgspec.Struct, frozen=True):
    """How a try ended whose connector nobody has kept yet."""

    outcome: Literal["OK", "FAILED"]
    error: str | None
    detail: str | None
    columns: Sequence[str]
    duration_ms: int


async def prepare(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, connector_id: str, cause: Cause
) -> Asked:
    """What is to be asked for somebody who may. Raises ``ConnectorNotFound`` and ``Held``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation=_OPERATIONS[cause])
    access.require_in_work()
    return asked_of(workspace_id, await find_connector(tx, workspace_id, connector_id))


async def prepare_try(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> None:
    access = await enter(tx, caller, workspace_id=workspace_id, operation="connector.test")
    access.require_in_work()


async def tried(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, kind: str, attempt: Attempt
) -> Tried:
    """Writes down that somebody had something asked that no connector asks."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.test")
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="connector.tried",
        target_type="connector",
        target_id=kind,
        details={"asked": attempt.asked, "error": attempt.fault},
        is_change=False,
    )
    return Tried(
        outcome="FAILED" if attempt.fault else "OK",
        error=attempt.fault,
        detail=attempt.detail,
        columns=attempt.table.columns if attempt.table else (),
        duration_ms=attempt.duration_ms,
    )


async def looked_at(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, asked: Asked, attempt: Attempt, cause: Cause
) -> Preview:
    """A preview or a test: nothing follows from it but the journal's line."""
    place = {"workspace_id": asked.workspace_id, "connector_id": asked.connector_id}
    await enter(tx, caller, workspace_id=asked.workspace_id, operation=_OPERATIONS[cause])
    db.lock_connector(tx, **place)
    await find_connector(tx, **place)
    selection = _journal(tx, tools, asked, attempt, actor_id=caller.user_id, cause=cause, fallback=None)
    table = attempt.table
    return Preview(
        selection=selection,
        detail=attempt.detail,
        columns=table.columns if table else (),
        rows=shown_rows(table) if table and cause == "preview" else (),
        is_whole=table.is_whole if table else False,
    )


async def settle(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    feeds: Sequence[Fed],
    *,
    asked: Asked,
    attempt: Attempt,
) -> Result:
    """Writes down a refresh that somebody asked for, and tells who is fed by it. Raises
    ``ConnectorNotFound``."""
    await enter(tx, caller, workspace_id=asked.workspace_id, operation="connector.refresh")
    ended = await _settle(tx, tools, feeds, asked, attempt, actor_id=caller.user_id, cause="refresh")
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=asked.workspace_id,
        action=ended.action,
        target_type="connector",
        target_id=asked.connector_id,
        details=ended.facts,
    )
    return ended.result


async def read_refresh(
    tx: ReadTransaction,
    caller: Caller,
    now: datetime,
    *,
    workspace_id: str,
    connector_id: str,
    selection_id: str,
) -> Result:
    """How one that was asked for ended, and what counts now. Raises ``ConnectorNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.refresh")
    place = {"workspace_id": workspace_id, "connector_id": connector_id}
    row = await find_connector(tx, **place)
    selection = await db.get_selection(tx, selection_id=selection_id, **place)
    if selection is None:
        raise ConnectorNotFound
    known = await db.get_connector_value(tx, **place)
    return Result(selection_of(selection), what_counts(row, known, now))


async def refresh_due(
    database: Database, tools: Tools, asker: Asker, feeds: Sequence[Fed], job: DueJobRow
) -> Again | None:
    """Of one connector, the job's target. That it fails is no failure of the job: it is asked again when it
    is due."""
    place = {"workspace_id": job.workspace_id, "connector_id": job.target_id}
    async with database.read() as tx:
        asking = await db.read_asking(tx, **place)
        row = await db.get_connector(tx, **place)
    if asking is None or row is None or not asking.is_active:
        return None
    if not {asking.status, asking.org_status} <= {Status.ACTIVE, None}:
        return None
    asked = asked_of(job.workspace_id, row)
    attempt = await asker.ask(asked)
    try:
        is_outdated = await database.transact(
            partial(_settle_due, tools=tools, feeds=feeds, asked=asked, attempt=attempt)
        )
    except ConnectorNotFound:
        return None
    return Again(tools.clock()) if is_outdated else None


async def _settle_due(
    tx: WriteTransaction, *, tools: Tools, feeds: Sequence[Fed], asked: Asked, attempt: Attempt
) -> bool:
    ended = await _settle(tx, tools, feeds, asked, attempt, actor_id=f"service:{_SERVICE}", cause="schedule")
    if ended.is_news:
        await audit.record_by_service(
            tx,
            tools,
            service=_SERVICE,
            workspace_id=asked.workspace_id,
            action=ended.action,
            target_type="connector",
            target_id=asked.connector_id,
            details=ended.facts,
        )
    return ended.result.selection.error == Fault.OUTDATED


class _Ended(msgspec.Struct, frozen=True):
    result: Result
    action: str
    facts: Mapping[str, Any]
    is_news: bool
    """Of a refresh by a schedule: it ended otherwise than the one before, or brought something else."""


async def _settle(
    tx: WriteTransaction,
    tools: Tools,
    feeds: Sequence[Fed],
    asked: Asked,
    attempt: Attempt,
    *,
    actor_id: str,
    cause: Cause,
) -> _Ended:
    place = {"workspace_id": asked.workspace_id, "connector_id": asked.connector_id}
    db.lock_connector(tx, **place)
    row = await find_connector(tx, **place)
    known = await db.get_connector_value(tx, **place)
    attempt = _judged(attempt, asked, row, known)
    fallback = fallback_of(row, known, attempt.at) if attempt.fault else None
    selection = _journal(tx, tools, asked, attempt, actor_id=actor_id, cause=cause, fallback=fallback)
    # Of two that were asked at once, what was asked later counts, whichever of them is written first.
    is_overtaken = row.last_refreshed_at is not None and row.last_refreshed_at > attempt.at
    is_news = False
    if attempt.fault is not Fault.OUTDATED and not is_overtaken:
        if attempt.table is not None:
            is_news = known is None or known.checksum != selection.checksum
            known = _put_value(tx, selection, attempt.table, **place)
        row, has_other_status = _put_status(tx, row, attempt, **place)
        is_news = is_news or has_other_status
        await feed(tx, tools, feeds, _refreshed(asked, selection, row, known))
    return _Ended(
        result=Result(selection, what_counts(row, known, attempt.at)),
        action="connector.failed" if attempt.fault else "connector.refreshed",
        facts={"selection_id": selection.id, "error": selection.error, "fallback": selection.fallback},
        is_news=is_news,
    )


def _judged(attempt: Attempt, asked: Asked, row: ConnectorRow, known: ConnectorValueRow | None) -> Attempt:
    """What was fetched counts where it is still asked for, and has the columns that were expected: those that
    somebody named, or else those of the last good value."""
    if row.source_version != asked.source_version:
        return msgspec.structs.replace(attempt, table=None, fault=Fault.OUTDATED, detail=None)
    if attempt.table is None:
        return attempt
    expected = columns_of(row) or (read_table(known.cells).columns if known else attempt.table.columns)
    if set(expected) == set(attempt.table.columns):
        return attempt
    return msgspec.structs.replace(attempt, table=None, fault=Fault.COLUMNS_CHANGED, detail=None)


def _journal(
    tx: WriteTransaction,
    tools: Tools,
    asked: Asked,
    attempt: Attempt,
    *,
    actor_id: str,
    cause: Cause,
    fallback: Literal["LAST_GOOD", "STATIC"] | None,
) -> Selection:
    selection_id, table = tools.new_id(), attempt.table
    selection = Selection(
        id=selection_id,
        actor_id=actor_id,
        cause=cause,
        asked=attempt.asked,
        outcome="FAILED" if attempt.fault else "OK",
        error=attempt.fault,
        fallback=fallback,
        rows=len(table.rows) if table else None,
        bytes=table.bytes if table else None,
        checksum=table.checksum() if table else None,
        duration_ms=attempt.duration_ms,
        at=attempt.at,
    )
    db.insert_selection(
        tx,
        selection_id=selection_id,
        workspace_id=asked.workspace_id,
        connector_id=asked.connector_id,
        actor_id=actor_id,
        cause=cause,
        asked=selection.asked,
        outcome=selection.outcome,
        error=selection.error,
        fallback=fallback,
        row_total=selection.rows,
        byte_total=selection.bytes,
        checksum=selection.checksum,
        duration_ms=selection.duration_ms,
        at=selection.at,
        list_key=moment_key(selection.at, selection_id),
    )
    return selection


def _put_value(
    tx: WriteTransaction, selection: Selection, table: Table, *, workspace_id: str, connector_id: str
) -> ConnectorValueRow:
    cells = table.canonical()
    db.delete_connector_value(tx, workspace_id=workspace_id, connector_id=connector_id)
    db.insert_connector_value(
        tx,
        workspace_id=workspace_id,
        connector_id=connector_id,
        selection_id=selection.id,
        cells=cells,
        checksum=selection.checksum or "",
        fetched_at=selection.at,
    )
    return ConnectorValueRow(
        selection_id=selection.id, cells=cells, checksum=selection.checksum or "", fetched_at=selection.at
    )


def _put_status(
    tx: WriteTransaction, row: ConnectorRow, attempt: Attempt, *, workspace_id: str, connector_id: str
) -> tuple[ConnectorRow, bool]:
    """How it is now, and whether that is another status than before."""
    status = FAILED if attempt.fault else OK
    is_other = (status, attempt.fault) != (row.status, row.last_error)
    row = msgspec.structs.replace(
        row,
        status=status,
        last_error=attempt.fault,
        last_refreshed_at=attempt.at,
        version=row.version + is_other,
    )
    db.set_connector_status(
        tx,
        workspace_id=workspace_id,
        connector_id=connector_id,
        status=status,
        last_error=attempt.fault,
        now=attempt.at,
        version=row.version,
    )
    return row, is_other


def _refreshed(
    asked: Asked, selection: Selection, row: ConnectorRow, known: ConnectorValueRow | None
) -> Refreshed:
    table: Table | None = None
    fetched_at: datetime | None = None
    if selection.fallback == STATIC and row.static_value is not None:
        table = read_table(bytes(row.static_value).decode())
    elif known is not None and (selection.fallback == LAST_GOOD or selection.outcome == OK):
        table, fetched_at = read_table(known.cells), known.fetched_at
    return Refreshed(
        workspace_id=asked.workspace_id,
        binding_id=asked.connector_id,
        selection_id=selection.id,
        at=selection.at,
        outcome=selection.outcome,
        error=selection.error,
        fallback="STATIC" if selection.fallback == STATIC else "LAST_GOOD" if selection.fallback else None,
        table=table,
        fetched_at=fetched_at,
    )
