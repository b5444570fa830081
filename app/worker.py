"""Workers of jobs behind a broker, for JOBS_ENGINE=celery:

    celery -A app.worker worker -P threads -c 20

The broker carries ids, and may lose them: ``app.kernel.job_relay`` hands out again what nobody has taken up.
So Celery is asked for no result, no retry and no late acknowledgement: with Redis that would run what takes
longer than its visibility time-out several times at once. Each process has one event loop with the parts of
the service in it, and its threads wait there.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from celery import Celery, signals
from kombu.entity import Queue as Route

from app.core import logs
from app.core.blocking import Blocking
from app.core.config import SettingFault, Settings
from app.kernel.job_relay import GRACE, JobRelay, Told
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import Queue
from app.kernel.schedule import running
from app.kernel.start_up import explained
from app.parts import Parts

log = logging.getLogger(__name__)
_SECONDS = 3
"""After which a broker that does not answer is away. Without a time-out it would be waited for for ever."""
_SCHEDULES = timedelta(seconds=5)
_LAST_WORDS = 20.0


def route_of(queue: Queue) -> str:
    """The broker's name for it, and what ``-Q`` takes."""
    return f"pma.{queue}"


def make_celery(settings: Settings) -> Celery:
    """Raises ``SettingFault`` where there is no broker."""
    if settings.jobs_broker_url is None:
        raise SettingFault("JOBS_BROKER_URL is not set: workers have nothing to listen to")
    url = settings.jobs_broker_url.get_secret_value()
    is_redis = urlsplit(url).scheme.startswith("redis")
    celery = Celery("pm-assist", broker=url)
    celery.conf.update(
        task_queues=[Route(name, routing_key=name) for name in map(route_of, Queue)],  # type: ignore[no-untyped-call]
        task_default_queue=route_of(Queue.DEFAULT),
        task_default_delivery_mode="transient",
        task_ignore_result=True,
        task_acks_late=False,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_SECONDS,
        broker_heartbeat=10,
        broker_transport_options=(
            {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS}
            if is_redis
            else {"write_timeout": _SECONDS}
        ),
        # In memory: what is due is said by rows, and by nothing that beat has to remember.
        beat_scheduler="celery.beat:Scheduler",
        beat_schedule={
            "look": {
                "task": "pma.look",
                "schedule": max(settings.outbox_poll_seconds, 1),
                "options": {"expires": 5},
            }
        },
    )
    return celery


class Runtime:
    """The event loop of this process, in a thread of its own, with the parts in it."""

    def __init__(self, settings: Settings, celery: Celery) -> None:
        self._settings = settings
        self._celery = celery
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event
        self._worker: JobWorker
        self._relay: JobRelay
        self._publishing = Blocking("broker", workers=1, waiting=8, deadline=4.0 * _SECONDS)

    def start(self) -> asyncio.AbstractEventLoop:
        """Once, and never before a fork. Raises what keeps the parts from opening."""
        with self._lock:
            if self._loop is None:
                ready: Future[asyncio.AbstractEventLoop] = Future()
                self._thread = threading.Thread(target=self._serve, args=(ready,), name="jobs", daemon=True)
                self._thread.start()
                self._loop = ready.result()
            return self._loop

    def stop(self) -> None:
        """Gives back what was not done."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_LAST_WORDS)

    def work_at(self, job_id: str, fence: int) -> None:
        self._wait_for(self._work_at(job_id, fence))

    def look(self) -> None:
        """Hands out what is due."""
        self._wait_for(self._look())

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.start()).result()

    async def _work_at(self, job_id: str, fence: int) -> None:
        await self._worker.work_at(job_id, fence)

    async def _look(self) -> None:
        for queue in Queue:
            await self._relay.hand_out(queue)

    def _serve(self, ready: Future[asyncio.AbstractEventLoop]) -> None:
        try:
            asyncio.run(self._run(ready))
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            else:
                log.exception("jobs ended")

    async def _run(self, ready: Future[asyncio.AbstractEventLoop]) -> None:
        self._stopping = asyncio.Event()
        parts = Parts(self._settings)
        pause = timedelta(seconds=self._settings.outbox_poll_seconds or 1)
        async with parts.opened():
            self._worker = parts.job_worker()
            self._relay = JobRelay(parts.database, parts.tools, self._publish)
            try:
                async with (
                    running(self._worker.leases.keep()),
                    running(self._relay.run(pause)),
                    running(parts.routines().run(_SCHEDULES)),
                ):
                    ready.set_result(asyncio.get_running_loop())
                    await self._stopping.wait()
            finally:
                await self._publishing.aclose()
                await self._worker.leases.give_back()

    async def _publish(self, queue: Queue, told: Sequence[Told]) -> None:
        await self._publishing.run(self._publish_now, queue, told)

    def _publish_now(self, queue: Queue, told: Sequence[Told]) -> None:
        """kombu blocks, so in a thread."""
        with self._celery.producer_or_acquire() as producer:
            for job_id, fence in told:
                work_at.apply_async(
                    (job_id, fence),
                    queue=route_of(queue),
                    expires=2 * GRACE.total_seconds(),
                    retry=False,
                    producer=producer,
                )


with explained():
    settings = Settings()
    app = make_celery(settings)
runtime = Runtime(settings, app)


@app.task(name="pma.job")  # type: ignore[untyped-decorator]
def work_at(job_id: str, fence: int) -> None:
    runtime.work_at(job_id, fence)


@app.task(name="pma.look")  # type: ignore[untyped-decorator]
def look() -> None:
    """What beat asks for: nothing that workers do not do by themselves, a moment earlier."""
    runtime.look()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: object) -> None:
    logs.configure(settings.log_level, settings.log_format)
    # A line for each job, whatever came of it, which app.kernel.job_worker tells better.
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING)


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _begin(sender: Any = None, **_: object) -> None:
    """A pool of processes is forked later, and each begins by itself."""
    if "prefork" not in str(getattr(sender, "pool_cls", "")):
        with explained():
            runtime.start()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _begin_in_process(**_: object) -> None:
    runtime.start()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
@signals.worker_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: object) -> None:
    runtime.stop()
