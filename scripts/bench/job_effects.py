"""A kind of job whose effects are counted, for processes that scripts/bench/job_kills.py kills: as a service
(python -m scripts.bench.job_effects) and as what celery -A takes.

Each run is a row with its begin and its end in a database of its own, so that runs of one job at once are seen.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import closing
from typing import cast

from app.db.handles.jobs import DueJobRow
from app.kernel import jobs
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import GiveUp, Queue, Rules
from app.parts import Parts

EFFECTS = os.environ["JOB_EFFECTS"]
SECONDS = 0.05
SCHEMA = (
    "CREATE TABLE Run (target TEXT, begun REAL, ended REAL)",
    "CREATE TABLE Effect (target TEXT PRIMARY KEY)",
)


def _write(sql: str, *values: object) -> int:
    with closing(sqlite3.connect(EFFECTS, timeout=30, isolation_level=None)) as connection:
        return cast(int, connection.execute(sql, values).lastrowid)


async def effect(job: DueJobRow) -> None:
    run = await asyncio.to_thread(_write, "INSERT INTO Run VALUES (?, ?, NULL)", job.target_id, time.time())
    await asyncio.sleep(SECONDS)
    if job.target_id.startswith("dead"):
        raise GiveUp("made to fail")
    if job.target_id.startswith("fa11"):
        raise ZeroDivisionError
    await asyncio.to_thread(_write, "INSERT OR IGNORE INTO Effect VALUES (?)", job.target_id)
    await asyncio.to_thread(_write, "UPDATE Run SET ended = ? WHERE rowid = ?", time.time(), run)


jobs.KINDS["effect"] = Rules(Queue.DELIVERY, max_attempts=5)
_made = Parts.job_worker


def _job_worker(self: Parts) -> JobWorker:
    worker = _made(self)
    worker.handlers["effect"] = effect
    return worker


Parts.job_worker = _job_worker  # type: ignore[method-assign]

if os.environ.get("JOBS_ENGINE") == "celery":
    from app.worker import app  # noqa: F401 - what celery -A takes

if __name__ == "__main__":
    from app.main import main

    main()
