"""What is to be done again and again: a row says when it is due next.

Whoever finds it due moves it on and writes its job, in one transaction, so each time is due once, however
many processes look. What was missed while nobody looked is done once. A schedule has one job at a time: what
comes due while that runs has it run once more.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.db.connection import Database, WriteTransaction
from app.db.handles import job_schedules as db
from app.db.handles.job_schedules import ScheduleRow
from app.kernel.jobs import JobKind, enqueue_once

log = logging.getLogger(__name__)
_PAGE = 50


class Every(NamedTuple):
    """Whole seconds."""

    span: timedelta


class Cron(NamedTuple):
    """Five fields as of Debian's cron, by the clock on the wall in a time zone of IANA's, such as
    ``Europe/Berlin``; what falls into an hour that summer time leaves out is due when it begins."""

    expression: str
    time_zone: str


Times = Every | Cron


def next_time(times: Times, after: datetime, *, last: datetime | None = None) -> datetime:
    """The first time after ``after``; in step with ``last``. Raises ``ValueError`` for what is no time."""
    if isinstance(times, Every):
        span = int(times.span.total_seconds())
        if span <= 0:
            raise ValueError("a schedule is to be due every second at most")
        if last is None or last > after:
            return after + times.span
        return last + times.span * ((after - last) // times.span + 1)
    try:
        zone = ZoneInfo(times.time_zone)
        return next(CronSim(times.expression, after.astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration, KeyError, OSError, ValueError) as error:
        raise ValueError(f"{times.expression!r} in {times.time_zone!r} is no time") from error


async def set_schedule(
    tx: WriteTransaction,
    tools: Tools,
    kind: JobKind,
    times: Times,
    *,
    workspace_id: str,
    target_id: str,
    at_once: bool = False,
) -> None:
    """Has ``kind``'s handler look at the target at these times, and where it is new now too, if ``at_once``.
    What is set already stays in step. Raises ``ValueError``."""
    now = tools.clock()
    place = {"workspace_id": workspace_id, "kind": kind, "target_id": target_id}
    known = await db.find_schedule(tx, **place)
    if known is not None and _times(known) == times:
        return
    due_at = next_time(times, now)
    every = int(times.span.total_seconds()) if isinstance(times, Every) else None
    cron, zone = (None, None) if isinstance(times, Every) else times
    if known is not None:
        db.change_schedule(
            tx, every_seconds=every, cron=cron, time_zone=zone, due_at=due_at, now=now, **place
        )
        return
    db.insert_schedule(
        tx,
        schedule_id=tools.new_id(),
        every_seconds=every,
        cron=cron,
        time_zone=zone,
        due_at=now if at_once else due_at,
        now=now,
        **place,
    )


def end_schedule(tx: WriteTransaction, kind: JobKind, *, workspace_id: str, target_id: str) -> None:
    """A job that it has already made stays."""
    db.delete_schedule(tx, workspace_id=workspace_id, kind=kind, target_id=target_id)


async def make_jobs(database: Database, tools: Tools) -> int:
    """Of what is due; answers how many. Raises ``DatabaseError``."""
    now, made = tools.clock(), 0
    async with database.read() as tx:
        rows = await db.list_due_schedules(tx, now=now, page_size=_PAGE)
        rows += await db.list_schedules_set_ahead(tx, latest=now + CLOCKS_DIFFER, page_size=_PAGE)
    for row in {row.id: row for row in rows}.values():
        try:
            made += await database.transact(partial(_make_job, tools=tools, row=row, now=now))
        except ValueError as error:
            # Of a newer version, or of a time zone that this machine does not know: the others go on.
            log.error("schedule cannot be read", extra={"schedule": row.id, "reason": str(error)})
    return made


async def _make_job(tx: WriteTransaction, *, tools: Tools, row: ScheduleRow, now: datetime) -> bool:
    next_at = next_time(_times(row), now, last=row.due_at)
    moved = await db.move_schedule(
        tx,
        workspace_id=row.workspace_id,
        schedule_id=row.id,
        due_at=row.due_at,
        set_at=row.set_at,
        next_at=next_at,
        now=now,
    )
    if moved:
        kind = JobKind(row.kind)
        await enqueue_once(tx, tools, kind, workspace_id=row.workspace_id, target_id=row.target_id)
    return bool(moved)


def _times(row: ScheduleRow) -> Times:
    if row.every_seconds is not None:
        return Every(timedelta(seconds=row.every_seconds))
    return Cron(row.cron or "", row.time_zone or "")
