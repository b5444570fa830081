"""Key results that are not checked in by hand: fed by the tables of connectors, or by the tasks of a
project.

Here is set by what; ``key_result_feeding.py`` does it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import Clock
from app.core.connector_errors import ConnectorNotFound
from app.core.key_result_sources import ConnectorSource, TasksSource, read_source
from app.core.okr_errors import KeyResultNotFed, KeyResultUnmeasurable, TooManyFed
from app.core.okrs import MOST_OF_A_CONNECTOR, Kind, Source
from app.core.work_errors import TaskTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import key_result_feeds as db
from app.db.handles.connectors import lock_connector
from app.db.handles.key_result_feeds import FeedRow
from app.db.handles.task_types import get_task_type
from app.kernel.access import enter
from app.kernel.okr_access import record_key_result
from app.kernel.project_access import find_project
from app.services.key_result_feeding import have_fed
from app.services.key_results import age, find_key_result, hold_key_result


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``connector`` and ``tasks`` is there. ``age_seconds``: of what was taken, at its source."""

    key_result_id: str
    connector: ConnectorSource | None
    tasks: TasksSource | None
    status: str
    error: str | None
    fallback: str | None
    selection_id: str | None
    fetched_at: datetime | None
    age_seconds: int | None
    fed_at: datetime | None
    set_by: str


def _shown(row: FeedRow, now: datetime) -> Feed:
    source = read_source(row.source, row.source_ref)
    return Feed(
        key_result_id=row.key_result_id,
        connector=source if isinstance(source, ConnectorSource) else None,
        tasks=source if isinstance(source, TasksSource) else None,
        status=row.status,
        error=row.error,
        fallback=row.fallback,
        selection_id=row.selection_id,
        fetched_at=row.fetched_at,
        age_seconds=age(row.fetched_at, now),
        fed_at=row.fed_at,
        set_by=row.set_by,
    )


async def get_feed(
    tx: ReadTransaction, caller: Caller, clock: Clock, *, workspace_id: str, key_result_id: str
) -> Feed:
    """Raises ``KeyResultNotFound``, and ``KeyResultNotFed`` of what is checked in by hand."""
    await enter(tx, caller, workspace_id=workspace_id, operation="key_result.read")
    await find_key_result(tx, workspace_id, key_result_id)
    return _shown(await _find(tx, workspace_id, key_result_id), clock())


async def set_feed(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    key_result_id: str,
    source: ConnectorSource | TasksSource,
) -> Feed:
    """It is fed so from now on, and not checked in by hand. Tasks count as far as the caller may see them,
    now and later. Raises as ``hold_key_result`` does, ``KeyResultUnmeasurable`` of what is no METRIC,
    ``ConnectorNotFound``, ``TooManyFed``, ``ProjectNotFound`` and ``TaskTypeNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.set_source")
    if isinstance(source, ConnectorSource):
        lock_connector(tx, workspace_id=workspace_id, connector_id=source.binding_id)
    row, objective, allowed = await hold_key_result(tx, caller, tools, access, key_result_id)
    if row.kind != Kind.METRIC:
        raise KeyResultUnmeasurable("Only a METRIC is fed: of an ORDINAL people say how far it is.")
    if isinstance(source, ConnectorSource):
        await _require_connector(tx, workspace_id, source.binding_id, unless=key_result_id)
        about = {"binding_id": source.binding_id}
    else:
        await _require_tasks(tx, caller, workspace_id, source)
        about = {"project_id": source.project_id}
    await _put(tx, caller, tools, workspace_id, row.id, source)
    details = {**about, **allowed}
    await record_key_result(tx, caller, tools, workspace_id, "key_result.fed", row.id, objective.id, details)
    return _shown(await _find(tx, workspace_id, key_result_id), tools.clock())


async def remove_feed(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, key_result_id: str
) -> None:
    """From now on it is checked in by hand, and stays as it is. Raises as ``hold_key_result`` does, and
    ``KeyResultNotFed``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.set_source")
    row, objective, allowed = await hold_key_result(tx, caller, tools, access, key_result_id)
    if row.source == Source.MANUAL:
        raise KeyResultNotFed
    await _put(tx, caller, tools, workspace_id, row.id, None)
    await record_key_result(
        tx, caller, tools, workspace_id, "key_result.unfed", row.id, objective.id, allowed
    )


async def _put(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    key_result_id: str,
    source: ConnectorSource | TasksSource | None,
) -> None:
    """The caller holds the objective's row."""
    place = {"workspace_id": workspace_id, "key_result_id": key_result_id}
    connector = source if isinstance(source, ConnectorSource) else None
    tasks = source if isinstance(source, TasksSource) else None
    kind = Source.CONNECTOR if connector else Source.TASKS if tasks else Source.MANUAL
    db.set_source(
        tx,
        source=kind,
        source_ref=None if source is None else msgspec.json.encode(source).decode(),
        binding_id=connector.binding_id if connector else None,
        now=tools.clock(),
        **place,
    )
    db.delete_feed(tx, **place)
    if source is None:
        return
    project_id = tasks.project_id if tasks else None
    db.insert_feed(tx, project_id=project_id, set_by=caller.user_id, **place)
    await have_fed(tx, tools, workspace_id, key_result_id)


async def _require_connector(tx: ReadTransaction, workspace_id: str, binding_id: str, *, unless: str) -> None:
    found = await db.get_feeding(tx, workspace_id=workspace_id, binding_id=binding_id, unless_id=unless)
    if found is None:
        raise ConnectorNotFound
    if found.others >= MOST_OF_A_CONNECTOR:
        raise TooManyFed(details={"max": MOST_OF_A_CONNECTOR})


async def _require_tasks(tx: ReadTransaction, caller: Caller, workspace_id: str, source: TasksSource) -> None:
    await find_project(tx, caller, workspace_id, source.project_id)
    type_id = source.task_type_id
    if (
        type_id is not None
        and await get_task_type(tx, workspace_id=workspace_id, task_type_id=type_id) is None
    ):
        raise TaskTypeNotFound


async def _find(tx: ReadTransaction, workspace_id: str, key_result_id: str) -> FeedRow:
    row = await db.get_feed(tx, workspace_id=workspace_id, key_result_id=key_result_id)
    if row is None:
        raise KeyResultNotFed
    return row
