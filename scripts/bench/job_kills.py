"""Kills processes in the middle of jobs and counts what came of them:

python -m scripts.bench.job_kills --engine inline|celery [--broker URL] [--jobs 1000] [--kills 6]

Two processes (of the service, or of Celery with a relay each) work at jobs of twenty workspaces; again and
again one of them is killed with SIGKILL and started anew, and with --broker-command the broker too. Some
jobs are made to fail. Says how often each job's effect is there, which jobs are dead letters, and whether a
job was ever worked at twice at once.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from app.core.clock import utc_text
from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
from app.db.migrations import load_migrations, upgrade

_DEAD = ("dead", "fa11")
_LIMIT = 600.0


def _fill(path: Path, number: int) -> list[str]:
    now = utc_text(datetime.now(UTC))
    targets = []
    with closing(sqlite3.connect(path)) as connection:
        for each in range(number):
            made = str(uuid.uuid4())
            target = (_DEAD[each % 2] if each % 50 == 0 else "0000") + made[4:]
            target = target if each % 100 else "dead" + made[4:]
            workspace = f"00000000-0000-4000-8000-{each % 20:012}"
            connection.execute(
                "INSERT INTO Job (id, workspace_id, kind, queue, target_id, run_at, created_at)"
                " VALUES (?, ?, 'effect', 'delivery', ?, ?, ?)",
                (str(uuid.uuid4()), workspace, target, now, now),
            )
            targets.append(target)
        connection.commit()
    return targets


class Process:
    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command, env=dict(self._environment), stdout=output, stderr=output
            )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def _left(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        rows = dict(
            connection.execute("SELECT state = 'DEAD', COUNT(*) FROM Job WHERE kind = 'effect' GROUP BY 1")
        )
    return rows.get(0, 0), rows.get(1, 0)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("inline", "celery"), default="inline")
    parser.add_argument("--broker")
    parser.add_argument("--broker-command", help="starts it; it is killed too")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=6)
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="job-kills-"))
    database, effects = directory / "pma.db", directory / "effects.db"
    upgrade(SqliteMigrationTarget(database), load_migrations("sqlite"))
    targets = _fill(database, options.jobs)
    environment = os.environ | {
        "DB_NAME": str(database),
        "JOB_EFFECTS": str(effects),
        "JOBS_ENGINE": options.engine,
        "LOCAL_ISSUER_KEY_FILE": str(directory / "key.pem"),
        "AUDIT_KEY_FILE": str(directory / "audit.pem"),
        "BLOB_LOCAL_ROOT": str(directory / "blobs"),
        "LINK_CHECK_INTERVAL_MINUTES": "0",
        "PMA_SIGNING_KEYS": "bench:" + "q7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA",
    }
    os.environ["JOB_EFFECTS"] = str(effects)
    from scripts.bench.job_effects import SCHEMA

    with closing(sqlite3.connect(effects)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in SCHEMA:
            connection.execute(statement)
    if options.broker:
        environment["JOBS_BROKER_URL"] = options.broker
    celery = ["-m", "celery", "-A", "scripts.bench.job_effects", "worker", "-P", "threads", "-c", "20"]
    celery += ["--without-gossip", "--without-mingle", "-l", "WARNING"]
    processes = []
    if options.broker_command:
        command = shlex.split(options.broker_command)
        processes.append(Process(command, os.environ, directory / "broker.log"))
        time.sleep(1)
    for number in range(2):
        command = celery if options.engine == "celery" else ["-m", "scripts.bench.job_effects"]
        more = {"PORT": str(18200 + os.getpid() % 500 + number)}
        log = directory / f"process-{number}.log"
        processes.append(Process([sys.executable, *command], environment | more, log))
    begun, kills = time.monotonic(), 0
    step = options.jobs // (options.kills + 2)
    try:
        while True:
            waiting, dead = _left(database)
            if waiting == 0 or time.monotonic() - begun > _LIMIT:
                break
            if kills < options.kills and waiting <= options.jobs - (kills + 1) * step:
                victim = processes[kills % len(processes)]
                victim.kill()
                victim.start()
                kills += 1
                print(f"{time.monotonic() - begun:5.1f} s: killed, {waiting} left, {dead} dead", flush=True)
            time.sleep(0.2)
    finally:
        for each in processes:
            each.kill()
    seconds = time.monotonic() - begun
    with closing(sqlite3.connect(effects)) as connection:
        done = {row[0] for row in connection.execute("SELECT target FROM Effect")}
        (runs,) = connection.execute("SELECT COUNT(*) FROM Run").fetchone()
        (at_once,) = connection.execute(
            "SELECT COUNT(*) FROM Run AS a JOIN Run AS b ON a.target = b.target AND a.rowid <> b.rowid"
            " AND b.begun >= a.begun AND b.begun < a.ended"
        ).fetchone()
    with closing(sqlite3.connect(database)) as connection:
        buried = {
            row[0]
            for row in connection.execute(
                "SELECT target_id FROM Job WHERE state = 'DEAD' AND kind = 'effect'"
            )
        }
    to_fail = {target for target in targets if target.startswith(_DEAD)}
    print(f"{options.engine}: {len(targets)} jobs, {kills} kills, {seconds:.0f} s, {runs} runs")
    print(f"effects missing: {len(set(targets) - to_fail - done)}; beyond: {len(done & to_fail)}")
    print(f"dead letters: {len(buried)}, made to fail: {len(to_fail)}, the same: {buried == to_fail}")
    print(f"runs of one job at once: {at_once}")
    print(f"in {directory}")
    return 0 if buried == to_fail and done == set(targets) - to_fail and not at_once else 1


if __name__ == "__main__":
    sys.exit(main())
