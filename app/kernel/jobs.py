"""The outbox: what is to be done in other systems, written in the transaction that wants it.

A job is done at least once, so what it does must come to the same when it is done twice; never twice at the
same time (``app.kernel.leases``). What fails is tried again after a while that grows, until it succeeds or
has been tried as often as its kind may be. Then it is a dead letter, which somebody may look at, retry or
throw away. ``app.kernel.job_worker`` does the work.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.caller import Tools
from app.core.metrics import Backlog
from app.db.connection import Database, WriteTransaction
from app.db.handles import jobs as db
from app.db.handles.jobs import DueJobRow

NO_WORKSPACE = "00000000-0000-0000-0000-000000000000"
"""Where a job is for a person. Such jobs share the places of one workspace."""
_REASON = re.compile(r"[A-Za-z0-9_.: -]{1,100}")


class Queue(StrEnum):
    """Queues have places of their own: what is slow in one holds up nothing in another."""

    DEFAULT = "default"
    DELIVERY = "delivery"
    """What is sent to receivers that somebody else runs."""
    MAIL = "mail"
    """What goes to the installation's own mail server, whoever's receivers are slow."""
    SCAN = "scan"
    SOURCE = "source"
    """What is asked of sources that somebody else runs, for connectors."""


@dataclass(frozen=True, slots=True)
class QueueRules:
    places: int
    """Jobs that a process works at side by side."""
    places_of_one: int
    """Of these, those of one workspace."""
    page: int
    """Jobs that are claimed at once."""
    longest_delay: timedelta
    """What is put off for longer was put off by a clock that was ahead, and is done at once."""


QUEUES: Mapping[Queue, QueueRules] = {
    Queue.DEFAULT: QueueRules(places=10, places_of_one=3, page=50, longest_delay=timedelta(hours=1)),
    Queue.DELIVERY: QueueRules(places=20, places_of_one=5, page=50, longest_delay=timedelta(hours=24)),
    Queue.MAIL: QueueRules(places=10, places_of_one=5, page=50, longest_delay=timedelta(hours=24)),
    Queue.SOURCE: QueueRules(places=20, places_of_one=2, page=50, longest_delay=timedelta(hours=1)),
    Queue.SCAN: QueueRules(places=2, places_of_one=1, page=8, longest_delay=timedelta(hours=1)),
}


class JobKind(StrEnum):
    FOLDER = "folder"
    FILE = "file"
    SCAN = "scan"
    UPLOAD = "upload"
    CLOSING = "closing"
    AVATAR = "avatar"
    EXPORT = "export"
    ROUTINE = "routine"
    WEBHOOK = "webhook"
    MAIL = "mail"
    PUSH = "push"
    SCIM_GRANTS = "scim_grants"
    CONNECTOR = "connector"
    KEY_RESULT = "key_result"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is promised of a kind of job."""

    queue: Queue = Queue.DEFAULT
    max_attempts: int | None = None
    """None: it is tried until it succeeds, and is not to be cancelled."""
    deadline: timedelta = timedelta(minutes=5)
    """An attempt that takes longer has failed."""
    longest_wait: timedelta = timedelta(minutes=5)
    """Between attempts, which begin with a second or two and double."""


KINDS: dict[str, Rules] = {
    JobKind.FOLDER: Rules(),
    JobKind.FILE: Rules(),
    # Fails while the scanner is away, for hours if need be.
    JobKind.SCAN: Rules(queue=Queue.SCAN, max_attempts=50),
    JobKind.UPLOAD: Rules(deadline=timedelta(minutes=15)),
    JobKind.CLOSING: Rules(),
    JobKind.AVATAR: Rules(),
    JobKind.EXPORT: Rules(deadline=timedelta(hours=1)),
    JobKind.ROUTINE: Rules(deadline=timedelta(hours=1)),
    JobKind.WEBHOOK: Rules(Queue.DELIVERY),
    JobKind.PUSH: Rules(queue=Queue.DELIVERY, max_attempts=12),
    JobKind.MAIL: Rules(queue=Queue.MAIL, deadline=timedelta(minutes=1), longest_wait=timedelta(minutes=15)),
    JobKind.CONNECTOR: Rules(queue=Queue.SOURCE, max_attempts=5, deadline=timedelta(minutes=3)),
    JobKind.SCIM_GRANTS: Rules(deadline=timedelta(minutes=30)),
    JobKind.KEY_RESULT: Rules(deadline=timedelta(minutes=1)),
}


def rules_of(kind: str) -> Rules:
    """A kind that a newer version of this service has written waits for that."""
    return KINDS.get(kind, Rules())


class Again(NamedTuple):
    """What a handler answers that has succeeded for now: once more at ``at``, attempts counted anew. At most
    the queue's ``longest_delay`` from now: what is to wait for longer comes early, and may say it again."""

    at: datetime


class GiveUp(Exception):
    """What a handler raises where trying again is of no use: a dead letter at once. ``reason`` is a code,
    such as ``endpoint gone`` or ``410``; it is shown to people, so nothing personal is in it."""

    def __init__(self, reason: str) -> None:
        if not _REASON.fullmatch(reason):
            raise ValueError("a reason is a code of at most 100 letters, digits, spaces and _.:-")
        super().__init__(reason)
        self.reason = reason


class OutOfDate(Exception):
    """What a job did was overtaken by a change; it is to be done again."""


Handler = Callable[[DueJobRow], Awaitable[Again | None]]
"""May be cancelled at any time: when the process ends, its deadline is over or its lease is lost."""


async def enqueue(
    tx: WriteTransaction,
    tools: Tools,
    kind: JobKind,
    *,
    workspace_id: str,
    target_id: str,
    job_id: str | None = None,
    delay: timedelta = timedelta(0),
) -> None:
    """Has ``kind``'s handler look at the target once ``tx`` has committed and ``delay`` is over, which is
    the queue's ``longest_delay`` at most. A ``job_id`` is for who may ``withdraw`` it."""
    queue, now = _queue(kind, delay), tools.clock()
    db.insert_job(
        tx,
        job_id=job_id or tools.new_id(),
        workspace_id=workspace_id,
        kind=kind,
        queue=queue,
        target_id=target_id,
        run_at=now + delay,
        now=now,
    )


async def enqueue_once(
    tx: WriteTransaction,
    tools: Tools,
    kind: JobKind,
    *,
    workspace_id: str,
    target_id: str,
    delay: timedelta = timedelta(0),
) -> None:
    """As ``enqueue``, and there is one such job for the target. Asked for while that waits, it is brought
    forward (not if it waits because it failed); while it runs, it runs once more afterwards; a dead letter is
    tried again."""
    queue, now = _queue(kind, delay), tools.clock()
    place = {"workspace_id": workspace_id, "kind": kind, "target_id": target_id}
    db.ask_job_again(tx, run_at=now + delay, **place)
    db.insert_job_once(tx, job_id=tools.new_id(), queue=queue, run_at=now + delay, now=now, **place)


def _queue(kind: JobKind, delay: timedelta) -> Queue:
    queue = KINDS[kind].queue
    if delay > QUEUES[queue].longest_delay:
        raise ValueError(f"a job of the queue {queue} cannot be put off for {delay}")
    return queue


def withdraw(tx: WriteTransaction, *, workspace_id: str, job_id: str) -> None:
    """Takes back what has become needless, unless a worker has taken it up."""
    db.finish_job(tx, workspace_id=workspace_id, job_id=job_id, fence=0)


async def measure_backlog(database: Database, tools: Tools, tell: Callable[[Backlog | None], None]) -> None:
    """Tells what waits for a worker; None where the database does not answer. Raises ``DatabaseError``."""
    found: Backlog | None = None
    try:
        now = tools.clock()
        async with database.read() as tx:
            rows = await db.read_backlog(tx, now=now)
            dead = await db.count_dead_jobs(tx)
        waiting = {row.queue: (row.waiting, (now - row.oldest).total_seconds()) for row in rows}
        found = Backlog(dict.fromkeys(Queue, (0, 0.0)) | waiting, dead)
    finally:
        tell(found)
