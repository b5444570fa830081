"""Feeds key results: whenever a connector was refreshed, something happened to the tasks that count or to who
sees them, or their objective is at work again. How each is to be fed is set in ``key_result_feeds.py``.

What is fed gets its check-ins in the transaction that writes down what was read, by nobody's hand. What
cannot be read, or comes to no figure, marks the key result and leaves it as it was. Only METRICs of ACTIVE
objectives in cycles that are not closed are fed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Tools
from app.core.connector_errors import ConnectorNotFound
from app.core.key_result_sources import (
    ConnectorSource,
    Misfit,
    TasksSource,
    Unfit,
    figure_of,
    figure_of_tasks,
    read_source,
)
from app.core.okrs import ObjectiveState, Source
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import key_result_feeds as db
from app.db.handles.check_ins import set_measured
from app.db.handles.connectors import lock_connector
from app.db.handles.consumers import LogRow
from app.db.handles.jobs import DueJobRow
from app.db.handles.key_result_feeds import FedKeyResultRow
from app.db.handles.key_results import set_key_result_term
from app.db.handles.objectives import lock_objective
from app.kernel import audit
from app.kernel.connector_feeds import Refreshed
from app.kernel.jobs import JobKind, enqueue_once
from app.services.check_ins import measured, write_check_in
from app.services.connector_values import counting
from app.services.key_results import stale_from

SERVICE = "key-results"
_BEFORE_ALL = "00000000-0000-0000-0000-000000000000"
_PAGE = 100
_COUNTED_AFTER = timedelta(seconds=5)
"""What happens to tasks until then is counted once."""
_GONE = "CONNECTOR_GONE"
_LONGEST_ERROR = 50
_OF_TASKS = ("task", "project", "project_member")
_OF_RIGHTS = ("member", "user_type", "task_type")
"""Who sees which tasks, in whatever project."""


async def have_fed(tx: WriteTransaction, tools: Tools, workspace_id: str, key_result_id: str) -> None:
    """Has it fed a little after ``tx`` has committed, once however often this is asked for."""
    await enqueue_once(
        tx,
        tools,
        JobKind.KEY_RESULT,
        workspace_id=workspace_id,
        target_id=key_result_id,
        delay=_COUNTED_AFTER,
    )


class _Taken(NamedTuple):
    """What a source came to for one key result. ``figure`` is in millionths, None where there is none."""

    status: str
    error: str | None = None
    fallback: str | None = None
    selection_id: str | None = None
    fetched_at: datetime | None = None
    figure: int | None = None


class KeyResultFeeds:
    """Of connectors: told of each refresh in its transaction."""

    async def refreshed(self, tx: WriteTransaction, tools: Tools, refreshed: Refreshed) -> None:
        place = {"workspace_id": refreshed.workspace_id, "binding_id": refreshed.binding_id}
        held = await _hold_objectives(tx, **place)
        after_id = _BEFORE_ALL
        while held:
            page = await db.list_fed_by_connector(tx, after_id=after_id, page_size=_PAGE, **place)
            rows, has_more = page.first(_PAGE - 1)
            for row in rows:
                if row.objective_id in held:
                    await _write(tx, tools, refreshed.workspace_id, row, _taken(row, refreshed))
            if not has_more:
                return
            after_id = rows[-1].id


async def _hold_objectives(tx: WriteTransaction, *, workspace_id: str, binding_id: str) -> frozenset[str]:
    """In the order of their ids, as whoever takes several does."""
    held: list[str] = []
    after_id = _BEFORE_ALL
    while True:
        rows = await db.list_fed_objectives(
            tx, workspace_id=workspace_id, binding_id=binding_id, after_id=after_id, page_size=_PAGE
        )
        for row in rows:
            lock_objective(tx, workspace_id=workspace_id, objective_id=row.id)
        held += [row.id for row in rows]
        if len(rows) < _PAGE:
            return frozenset(held)
        after_id = rows[-1].id


def _taken(row: FedKeyResultRow, refreshed: Refreshed) -> _Taken:
    source = read_source(row.source, row.source_ref)
    selection_id, fetched_at = refreshed.selection_id, refreshed.fetched_at
    if refreshed.table is None or not isinstance(source, ConnectorSource):
        return _Taken("FAILED", refreshed.error or Misfit.NO_VALUE, selection_id=selection_id)
    try:
        figure = figure_of(refreshed.table.columns, refreshed.table.rows, source)
    except Unfit as unfit:
        return _Taken("FAILED", unfit.misfit, selection_id=selection_id, fetched_at=fetched_at)
    if refreshed.fallback is not None:
        error = refreshed.error or "UNKNOWN"
        return _Taken("FALLBACK", error, refreshed.fallback, selection_id, fetched_at, figure)
    return _Taken("OK", None, None, selection_id, fetched_at, figure)


async def feed_key_result(database: Database, tools: Tools, job: DueJobRow) -> None:
    """A job: counts tasks anew, or takes what a connector fetched last, or finds that it is gone."""
    await database.transact(partial(_feed_one, tools, job.workspace_id, job.target_id))


async def _feed_one(tools: Tools, workspace_id: str, key_result_id: str, tx: WriteTransaction) -> None:
    place = {"workspace_id": workspace_id, "key_result_id": key_result_id}
    found = await db.get_fed_key_result(tx, **place)
    if found is None:
        return
    if found.binding_id is not None:
        lock_connector(tx, workspace_id=workspace_id, connector_id=found.binding_id)
    lock_objective(tx, workspace_id=workspace_id, objective_id=found.objective_id)
    row = await db.get_fed_key_result(tx, **place)
    source = None if row is None else read_source(row.source, row.source_ref)
    if row is None or source is None or row.binding_id != found.binding_id:
        return  # where it was changed meanwhile, that left a job too
    if isinstance(source, TasksSource):
        await _write(tx, tools, workspace_id, row, await _counted(tx, tools, workspace_id, row, source))
        return
    try:
        known = await counting(
            tx, workspace_id=workspace_id, connector_id=source.binding_id, now=tools.clock()
        )
    except ConnectorNotFound:
        await _write(tx, tools, workspace_id, row, _Taken("FAILED", _GONE))
        return
    if known is not None:
        await _write(tx, tools, workspace_id, row, _taken(row, known))


async def _counted(
    tx: ReadTransaction, tools: Tools, workspace_id: str, row: FedKeyResultRow, source: TasksSource
) -> _Taken:
    found = await db.count_fed_tasks(
        tx,
        workspace_id=workspace_id,
        user_id=row.set_by,
        project_id=source.project_id,
        task_type_id=source.task_type_id,
    )
    now = tools.clock()
    if not found.sees_project:
        return _Taken("FAILED", Misfit.NOT_VISIBLE)
    try:
        return _Taken("OK", fetched_at=now, figure=figure_of_tasks(found.done, found.total, source.measure))
    except Unfit as unfit:
        return _Taken("FAILED", unfit.misfit, fetched_at=now)


async def _write(
    tx: WriteTransaction, tools: Tools, workspace_id: str, row: FedKeyResultRow, taken: _Taken
) -> None:
    """The caller holds the objective's row. A figure that is the same as before is no check-in, and is as
    good as new."""
    now = tools.clock()
    error = None if taken.error is None else str(taken.error)[:_LONGEST_ERROR]
    db.set_feed(
        tx,
        workspace_id=workspace_id,
        key_result_id=row.id,
        status=taken.status,
        error=error,
        fallback=taken.fallback,
        selection_id=taken.selection_id,
        fetched_at=taken.fetched_at,
        now=now,
    )
    about: dict[str, Any] = {"objective_id": row.objective_id, "source": row.source}
    if taken.figure is not None and (row.measured_at is None or taken.figure != row.current_value):
        made = write_check_in(
            tx,
            tools,
            workspace_id,
            row,
            value=taken.figure,
            zone=None,
            created_by=f"service:{SERVICE}",
            source=Source(row.source),
            selection_id=taken.selection_id,
        )
        details = {"check_in_id": made.id, "value": made.value, "zone": made.zone, "fallback": taken.fallback}
        await _record(tx, tools, workspace_id, "key_result.measured", row.id, about | details)
    elif taken.figure is not None and taken.status == "OK":
        zone, score = measured(row, taken.figure, None)
        set_measured(
            tx,
            workspace_id=workspace_id,
            key_result_id=row.id,
            value=taken.figure,
            zone=zone,
            score=score,
            confidence=None,
            stale_at=stale_from(row.stale_after, ObjectiveState.ACTIVE, now),
            now=now,
        )
    if taken.status == "FALLBACK" and taken.fetched_at is not None:
        # What stands for the value is as old as it is.
        stale_at = stale_from(row.stale_after, ObjectiveState.ACTIVE, taken.fetched_at)
        set_key_result_term(tx, workspace_id=workspace_id, key_result_id=row.id, stale_at=stale_at)
    if error is not None and (row.feed_status, row.feed_error) != (taken.status, error):
        details = {"status": taken.status, "error": error, "fallback": taken.fallback}
        await _record(tx, tools, workspace_id, "key_result.feed_failed", row.id, about | details)


async def _record(
    tx: WriteTransaction,
    tools: Tools,
    workspace_id: str,
    action: str,
    key_result_id: str,
    details: Mapping[str, Any],
) -> None:
    await audit.record_by_service(
        tx,
        tools,
        service=SERVICE,
        workspace_id=workspace_id,
        action=action,
        target_type="key_result",
        target_id=key_result_id,
        details=details,
    )


class KeyResultConsumer:
    """Has key results fed anew when what they are fed by, or their objective, has changed."""

    name = "key_results"

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def take(self, tx: WriteTransaction, workspace_id: str, events: Sequence[LogRow]) -> None:
        fed = set[str]()
        projects = {
            event.project_id
            for event in events
            if event.project_id is not None and event.object_type in _OF_TASKS
        }
        if projects:
            ids = msgspec.json.encode(sorted(projects)).decode()
            rows = await db.list_fed_by_projects(tx, workspace_id=workspace_id, project_ids=ids)
            fed.update(row.id for row in rows)
        if any(event.object_type in _OF_RIGHTS for event in events):
            fed.update(row.id for row in await db.list_fed_by_tasks(tx, workspace_id=workspace_id))
        for event in events:
            if event.object_type == "objective":
                rows = await db.list_fed_of_objective(
                    tx, workspace_id=workspace_id, objective_id=event.object_id
                )
                fed.update(row.id for row in rows)
            if event.object_type == "connector":
                rows = await db.list_fed_ids_by_connector(
                    tx, workspace_id=workspace_id, binding_id=event.object_id
                )
                fed.update(row.id for row in rows)
        for key_result_id in sorted(fed):
            await have_fed(tx, self._tools, workspace_id, key_result_id)
