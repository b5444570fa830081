"""Connectors of a workspace: what is taken from which other system, and how. Asking is in
``connector_refresh.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.connector_errors import (
    ConnectorConfigRefused,
    ConnectorNotFound,
    ScheduleRefused,
    SecretNeeded,
    TooManyConnectors,
)
from app.core.json_text import as_json
from app.core.preconditions import Expected, require_version
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.core.text import fold, name_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import connectors as db
from app.db.handles.connectors import ConnectorRow, SealedConnectorRow
from app.db.paging import Asked, Found
from app.integrations.connector import Caps, Gathering, Source, SourceError, read_table, shown
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.job_schedules import Cron, Every, end_schedule, next_time, set_schedule
from app.kernel.jobs import JobKind

MOST_CONNECTORS = 50
"""Of one workspace."""
OFTENEST = timedelta(minutes=5)
"""Between refreshes by a schedule."""
_STATIC = Caps(rows=100, bytes=65_536, seconds=0)
_TIMES_LOOKED_AT = 12
_ROTATION_PAGE = 100
NEW, OK, FAILED = "NEW", "OK", "FAILED"
FAIL, LAST_GOOD, STATIC = "FAIL", "LAST_GOOD", "STATIC"

_record = partial(audit.record, target_type="connector")
Seal = Callable[[str, str], Sealed | None]
"""Seals the secret that was given for a connector of an id and a target; None where none was given."""


class Schedule(msgspec.Struct, frozen=True):
    """Either every so many minutes, or by cron in a time zone."""

    every_minutes: int | None = None
    cron: str | None = None
    time_zone: str | None = None


class Static(msgspec.Struct, frozen=True):
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Connector(msgspec.Struct, frozen=True):
    """What may be seen of one."""

    id: str
    name: str
    kind: str
    config: msgspec.Raw
    has_secret: bool
    fallback: str
    max_age_seconds: int | None
    static_value: Static | None
    columns: Sequence[str] | None
    schedule: Schedule | None
    status: str
    last_error: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A connector as somebody wants it; ``config`` is as its source has checked it."""

    name: str
    config: Mapping[str, Any]
    fallback: str
    max_age_seconds: int | None
    static_value: Static | None
    columns: Sequence[str] | None
    schedule: Schedule | None


def place_of(workspace_id: str, connector_id: str, target: str) -> tuple[str, ...]:
    """Where a secret is kept, as the box must be told: for another target it does not open."""
    return (workspace_id, connector_id, "connector", target)


async def create_connector(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    source: Source,
    seal: Seal,
    *,
    workspace_id: str,
    wanted: Wanted,
) -> Connector:
    """Raises ``ConnectorExists`` through UQ_ConnectorBinding_name, ``TooManyConnectors``, ``SecretNeeded``,
    and what ``checked`` raises."""
    columns = _checked(wanted, tools.clock())
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="connector.create")
    if await db.count_connectors(tx, workspace_id=workspace_id) >= MOST_CONNECTORS:
        raise TooManyConnectors(details={"limit": MOST_CONNECTORS})
    connector_id, now = tools.new_id(), tools.clock()
    secret = seal(connector_id, source.target(wanted.config))
    if source.needs_secret and secret is None:
        raise SecretNeeded
    db.insert_connector(
        tx,
        connector_id=connector_id,
        workspace_id=workspace_id,
        kind=source.kind,
        secret=secret.text if secret else None,
        key_id=secret.key_id if secret else None,
        created_by=caller.user_id,
        now=now,
        **columns,
        **_names(wanted.name, connector_id),
    )
    await _keep_schedule(tx, tools, workspace_id, connector_id, wanted.schedule)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="connector.created",
        target_id=connector_id,
        details={"name": wanted.name, "kind": source.kind, "asked": source.asked(wanted.config)},
    )
    return await _shown(tx, workspace_id, connector_id)


async def list_connectors(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """By name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.list")
    rows = await db.list_connectors(
        tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
    )
    items, place = asked.found(rows, lambda row: name_key(row.name, row.id))
    return Found([view(row) for row in rows[: len(items)]], place)


async def get_connector(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, connector_id: str
) -> Connector:
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.read")
    return await _shown(tx, workspace_id, connector_id)


async def read_config(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, connector_id: str
) -> tuple[str, dict[str, Any]]:
    """Its kind and config, for who is to change it."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.update")
    row = await find_connector(tx, workspace_id, connector_id)
    return row.kind, config_of(row)


async def update_connector(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    source: Source,
    seal: Seal,
    *,
    workspace_id: str,
    connector_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Connector:
    """``changes`` may hold what ``Wanted`` has; what is not in it stays. A secret that ``seal`` gives is put
    in the place of the one before, which is kept only for its own target. What was fetched by another config
    is no value of this one. Raises as ``create_connector`` does, ``ConnectorNotFound`` and
    ``VersionMismatch``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.update")
    db.lock_connector(tx, workspace_id=workspace_id, connector_id=connector_id)
    row = await find_connector(tx, workspace_id, connector_id)
    require_version(row.version, expected)
    before = _wanted(row)
    after = Wanted(**{name: changes.get(name, getattr(before, name)) for name in Wanted.__struct_fields__})
    now = tools.clock()
    columns = _checked(after, now)
    given = seal(connector_id, source.target(after.config))
    changed = [name for name in Wanted.__struct_fields__ if getattr(after, name) != getattr(before, name)]
    if not changed and given is None:
        return view(row)
    is_moved = source.target(after.config) != source.target(before.config)
    if given is None and is_moved and (source.needs_secret or row.secret is not None):
        raise SecretNeeded
    is_other = after.config != before.config
    db.update_connector(
        tx,
        workspace_id=workspace_id,
        connector_id=connector_id,
        secret=given.text if given else row.secret,
        key_id=given.key_id if given else row.key_id,
        source_version=row.source_version + (is_other or given is not None),
        set_by=caller.user_id if is_other else row.set_by,
        status=NEW if is_other else row.status,
        last_error=None if is_other else row.last_error,
        now=now,
        **columns,
        **_names(after.name, connector_id),
    )
    if is_other:
        db.delete_connector_value(tx, workspace_id=workspace_id, connector_id=connector_id)
    if after.schedule != before.schedule:
        await _keep_schedule(tx, tools, workspace_id, connector_id, after.schedule)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="connector.updated",
        target_id=connector_id,
        details={
            "changed": changed + (["secret"] if given else []),
            "name": after.name,
            "asked": source.asked(after.config),
        },
    )
    return await _shown(tx, workspace_id, connector_id)


async def delete_connector(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    connector_id: str,
    expected: Expected = None,
) -> None:
    """Nothing more is asked; its secret and value are gone, and its journal is kept."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connector.delete")
    db.lock_connector(tx, workspace_id=workspace_id, connector_id=connector_id)
    row = await find_connector(tx, workspace_id, connector_id)
    require_version(row.version, expected)
    db.delete_connector_value(tx, workspace_id=workspace_id, connector_id=connector_id)
    db.delete_connector(tx, workspace_id=workspace_id, connector_id=connector_id, now=tools.clock())
    end_schedule(tx, JobKind.CONNECTOR, workspace_id=workspace_id, target_id=connector_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="connector.deleted",
        target_id=connector_id,
        details={"name": row.name},
    )


async def find_connector(tx: ReadTransaction, workspace_id: str, connector_id: str) -> ConnectorRow:
    """Raises ``ConnectorNotFound``."""
    row = await db.get_connector(tx, workspace_id=workspace_id, connector_id=connector_id)
    if row is None:
        raise ConnectorNotFound
    return row


def config_of(row: ConnectorRow | SealedConnectorRow) -> dict[str, Any]:
    return msgspec.json.decode(row.config, type=dict[str, Any])


def columns_of(row: ConnectorRow) -> list[str] | None:
    found = row.expected_columns
    return msgspec.json.decode(found, type=list[str]) if found is not None else None


def view(row: ConnectorRow) -> Connector:
    wanted = _wanted(row)
    return Connector(
        id=row.id,
        name=row.name,
        kind=row.kind,
        config=row.config,
        has_secret=row.secret is not None,
        fallback=row.fallback,
        max_age_seconds=row.max_age_seconds,
        static_value=shown_static(wanted.static_value),
        columns=wanted.columns,
        schedule=wanted.schedule,
        status=row.status,
        last_error=row.last_error,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


async def rotate_keys(
    database: Database, box: SecretBox, sources: Mapping[str, Source]
) -> tuple[int, list[str]]:
    """Seals every secret with the newest key, as ``connections.rotate`` does; answers the same."""
    done, unreadable = 0, list[str]()
    while True:
        async with database.read() as tx:
            page_size = _ROTATION_PAGE + len(unreadable)
            rows = await db.list_connectors_under_other_keys(tx, key_id=box.key_id, page_size=page_size)
        waiting = [row for row in rows if _name(row) not in unreadable]
        if not waiting:
            return done, unreadable
        for row in waiting:
            try:
                place = place_of(row.workspace_id, row.id, sources[row.kind].target(config_of(row)))
                sealed = box.seal(box.open(Sealed(row.key_id, row.secret), place=place), place=place)
            except (SecretUnreadable, KeyError, ConnectorConfigRefused):
                unreadable.append(_name(row))
                continue
            async with database.write() as write:
                done += await db.reseal_connector(
                    write,
                    workspace_id=row.workspace_id,
                    connector_id=row.id,
                    secret=sealed.text,
                    key_id=sealed.key_id,
                    version=row.version,
                )


def _checked(wanted: Wanted, now: datetime) -> dict[str, Any]:
    """The columns that keep it. Raises ``ConnectorConfigRefused`` for what does not go together, and
    ``ScheduleRefused``."""
    if wanted.fallback == LAST_GOOD and wanted.max_age_seconds is None:
        raise ConnectorConfigRefused(details={"member": "max_age_seconds"})
    if wanted.fallback == STATIC and wanted.static_value is None:
        raise ConnectorConfigRefused(details={"member": "static_value"})
    _times(wanted.schedule, now)
    return {
        "config": as_json(wanted.config),
        "fallback": wanted.fallback,
        "max_age_seconds": wanted.max_age_seconds,
        "static_value": static_text(wanted.static_value) if wanted.static_value else None,
        "expected_columns": as_json(wanted.columns) if wanted.columns is not None else None,
        "schedule": as_json(wanted.schedule) if wanted.schedule is not None else None,
    }


def shown_static(static: Static | None) -> Static | None:
    """As it is shown."""
    return static and Static(static.columns, [[*map(shown, cells)] for cells in static.rows])


def static_text(static: Static) -> str:
    """As a table is kept. Raises ``ConnectorConfigRefused``."""
    try:
        gathering = Gathering(static.columns, _STATIC)
        for row in static.rows:
            gathering.add(row)
    except SourceError as error:
        details = {"member": "static_value", "reason": error.detail or error.fault}
        raise ConnectorConfigRefused(details=details) from None
    return gathering.table().canonical()


def _times(schedule: Schedule | None, now: datetime) -> Every | Cron | None:
    """Raises ``ScheduleRefused``."""
    if schedule is None:
        return None
    if schedule.every_minutes is not None:
        return Every(timedelta(minutes=schedule.every_minutes))
    times = Cron(schedule.cron or "", schedule.time_zone or "UTC")
    try:
        before = next_time(times, now)
        for _ in range(_TIMES_LOOKED_AT):
            after = next_time(times, before)
            if after - before < OFTENEST:
                raise ScheduleRefused(details={"reason": "too often"})
            before = after
    except ValueError:
        raise ScheduleRefused(details={"reason": "no time"}) from None
    return times


async def _keep_schedule(
    tx: WriteTransaction, tools: Tools, workspace_id: str, connector_id: str, schedule: Schedule | None
) -> None:
    times = _times(schedule, tools.clock())
    place = {"workspace_id": workspace_id, "target_id": connector_id}
    if times is None:
        end_schedule(tx, JobKind.CONNECTOR, **place)
    else:
        await set_schedule(tx, tools, JobKind.CONNECTOR, times, at_once=True, **place)


def _wanted(row: ConnectorRow) -> Wanted:
    return Wanted(
        name=row.name,
        config=config_of(row),
        fallback=row.fallback,
        max_age_seconds=row.max_age_seconds,
        static_value=_static(row),
        columns=columns_of(row),
        schedule=msgspec.json.decode(row.schedule, type=Schedule) if row.schedule else None,
    )


def _static(row: ConnectorRow) -> Static | None:
    if row.static_value is None:
        return None
    table = read_table(bytes(row.static_value).decode())
    return Static(list(table.columns), [list(cells) for cells in table.rows])


def _names(name: str, connector_id: str) -> dict[str, Any]:
    return {"name": name, "name_key": fold(name), "list_key": name_key(name, connector_id)}


def _name(row: SealedConnectorRow) -> str:
    return f"{row.workspace_id}/connectors/{row.id}"


async def _shown(tx: ReadTransaction, workspace_id: str, connector_id: str) -> Connector:
    return view(await find_connector(tx, workspace_id, connector_id))
