"""What runs beside the requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from app.core.caller import Tools
from app.core.config import Settings
from app.core.metrics import Metrics
from app.db.connection import Database
from app.integrations.blob_store import BlobStore
from app.integrations.registry import Providers
from app.services import files, folders
from app.services.audit_denials import Denials
from app.services.feed import Feed
from app.services.housekeeping import Housekeeping
from app.services.integrations import Credentials
from app.services.link_checker import LinkChecker
from app.services.outbox import JobKind, OutboxWorker, measure_backlog
from app.services.schedule import repeat

_HOUSEKEEPING = timedelta(hours=1)
_MEASURING = timedelta(seconds=15)


def background_work(
    settings: Settings,
    *,
    database: Database,
    tools: Tools,
    providers: Providers,
    credentials: Credentials,
    store: BlobStore,
    feed: Feed,
    denials: Denials,
    metrics: Metrics,
) -> Iterator[Coroutine[Any, Any, None]]:
    """Each runs until it is cancelled. An interval of 0 switches its work off."""
    if interval := timedelta(minutes=settings.link_check_interval_minutes):
        checker = LinkChecker(
            database=database, tools=tools, providers=providers, credentials=credentials, interval=interval
        )
        yield checker.run()
    yield feed.run(timedelta(seconds=settings.stream_poll_seconds))
    yield denials.run()
    if pause := timedelta(seconds=settings.outbox_poll_seconds):
        yield outbox_worker(database, store, tools).run(pause)
        # Beside the requests, so that whoever asks for metrics waits for no database.
        measure = partial(measure_backlog, database, tools, metrics.outbox)
        yield repeat("backlog", measure, pause=_MEASURING)
        lock = timedelta(minutes=settings.sign_in_lock_minutes)
        yield repeat("housekeeping", Housekeeping(database, tools, lock).run, pause=_HOUSEKEEPING)
        yield repeat("blob housekeeping", store.tidy, pause=_HOUSEKEEPING)


def outbox_worker(database: Database, store: BlobStore, tools: Tools) -> OutboxWorker:
    """Does what the services left in the outbox."""
    handlers = {
        kind: partial(bring_in_line, database, store, tools)
        for kind, bring_in_line in (
            (JobKind.FOLDER, folders.bring_in_line),
            (JobKind.FILE, files.bring_in_line),
        )
    }
    return OutboxWorker(database, tools, handlers)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs ``work`` beside the block, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        # Asked more than once: a cancellation that meets a database error on its way is lost to it.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        await asyncio.gather(task, return_exceptions=True)
