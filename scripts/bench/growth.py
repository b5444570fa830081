"""What each list and get costs as the database grows: python scripts/bench/growth.py [--sizes 1000 1000000]

For every size: somebody who is in so many workspaces, one workspace with so many members, audit entries and events, and
one with so many tasks, which somebody sees all of, somebody most and somebody forty.
Each request is made in this process, without a network, in turn with the others; figures are medians, and the ratio of
the largest database to the smallest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts import _environment

if TYPE_CHECKING:
    from scripts.bench.client import AsyncClient

REQUESTS = 200
_TIME = "2026-01-01T00:00:00.000000Z"
_GROW = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
"""


def fill(path: Path, user: str, workspace: str, size: int) -> None:
    """Straight into the tables: what is measured is reading."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        given: dict[str, Any] = {"size": size, "user": user, "workspace": workspace, "time": _TIME}
        key = "printf('name %08d', i) || char(31) || i"
        for sql in (
            "INSERT INTO Workspace (id, name, created_by, created_at, updated_at, list_key, blob_ready)"
            f" {_GROW} SELECT 'w' || i, 'name ' || i, :user, :time, :time, {key}, 1 FROM n",
            "INSERT INTO WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key, member_key)"
            f" {_GROW} SELECT 'm' || i, 'w' || i, :user, 'OWNER', :time, :user, :time, {key}, {key} FROM n",
            "INSERT INTO UserAccount (id, tid, created_at, updated_at)"
            f" {_GROW} SELECT 'u' || i, 't', :time, :time FROM n",
            "INSERT INTO WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key, member_key)"
            f" {_GROW} SELECT 'x' || i, :workspace, 'u' || i, 'VIEWER', :time, :user, :time, {key}, {key} FROM n",
            "INSERT INTO AuditLog (id, workspace_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,"
            " details_salt, details_hash, target_type, target_id, outcome, request_id, auth_method, redacted)"
            f" {_GROW} SELECT 'a' || i, :workspace, 'workspace.updated', 'u' || i, '{{}}', :time, i + 1, '', '', '', '',"
            " 'workspace', :workspace, 'SUCCESS', 'r', 'local', 0 FROM n",
            "INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at)"
            f" {_GROW} SELECT :workspace, i + 1, 'workspace.updated', :user, 'workspace', :workspace, 10, :time FROM n",
        ):
            connection.execute(sql, {name: value for name, value in given.items() if f":{name}" in sql})
        connection.execute(
            "UPDATE WorkspaceHead SET audit_seq = ?, event_seq = ? WHERE workspace_id = ?",
            (size + 1, size + 1, workspace),
        )
        connection.execute("ANALYZE")
        connection.commit()


@asynccontextmanager
async def application(
    directory: Path, size: int
) -> AsyncIterator[tuple[dict[str, AsyncClient], dict[str, tuple[str, str]]]]:
    """The service on a database of this size; clients by whose they are, and the requests to make: whose, and
    where."""
    from app.core.config import Settings
    from app.main import create_app
    from scripts.bench import compare
    from scripts.bench.client import client_of
    from scripts.bench.growth_work import fill_work

    compare.WORKSPACES = 1
    headers, people, work = {}, {}, ""
    path = directory / "bench.db"
    for who in ("member", "guest", "owner", "owner of lists"):
        headers[who], workspace = await compare.prepare(directory)
        with closing(sqlite3.connect(path)) as connection:
            (people[who],) = connection.execute(
                "SELECT created_by FROM Workspace WHERE id = ?", (workspace,)
            ).fetchone()
        work = workspace if who == "owner" else work
    fill(path, people["owner of lists"], workspace, size)
    with closing(sqlite3.connect(path)) as connection:
        of_work = fill_work(connection, work, people, size)
        connection.commit()
    place = f"/workspaces/{workspace}"
    paths = {
        "get a workspace": place,
        "list my workspaces": "/workspaces?limit=50",
        "list members": f"{place}/members?limit=50",
        "list members of a role": f"{place}/members?limit=50&role=VIEWER",
        "list members by name": f"{place}/members?limit=50&name=name%200000",
        "list the audit log": f"{place}/audit?limit=50",
        "list it by action": f"{place}/audit?limit=50&action=workspace.updated",
        "changes": f"{place}/changes?after_seq={size // 2}&limit=50",
        "who am I": "/auth/me",
    }
    os.environ.update(compare.settings(path, directory / "key.pem"))
    app = create_app(Settings(_env_file=None))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        clients = {
            who: await stack.enter_async_context(client_of(app, each)) for who, each in headers.items()
        }
        yield clients, {name: ("owner of lists", where) for name, where in paths.items()} | of_work


async def measure(directory: Path, sizes: Sequence[int]) -> dict[int, dict[str, float]]:
    """Median microseconds of each request, by size; every round asks every database."""
    times: dict[int, dict[str, list[float]]] = {}
    async with AsyncExitStack() as stack:
        open_: dict[int, tuple[dict[str, AsyncClient], dict[str, tuple[str, str]]]] = {}
        for size in sizes:
            place = directory / str(size)
            place.mkdir()
            open_[size] = await stack.enter_async_context(application(place, size))
            times[size] = {name: [] for name in open_[size][1]}
        for number in range(REQUESTS):
            for size, (clients, paths) in open_.items():
                for name, (who, where) in paths.items():
                    started = time.perf_counter()
                    response = await clients[who].get(where)
                    taken = time.perf_counter() - started
                    if response.status_code != 200:
                        raise RuntimeError(f"{name}: {response.status_code}")
                    if number >= REQUESTS // 10:
                        times[size][name].append(taken * 1e6)
    return {
        size: {name: statistics.median(found) for name, found in named.items()}
        for size, named in times.items()
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 30_000, 1_000_000])
    parser.add_argument("--output", type=Path, default=ROOT / ".data" / "bench")
    options = parser.parse_args(arguments)
    if not _environment.is_in_venv():
        _environment.ensure("scripts/bench/requirements.txt")
        return _environment.continue_in_venv("bench/growth.py", list(arguments))
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        found = asyncio.run(measure(Path(directory), options.sizes))
    (options.output / "growth.json").write_text(json.dumps(found, indent=1) + "\n")
    print("| | " + " | ".join(f"{size:,} rows, µs" for size in found) + " | ratio |")
    print("|---|" + "---|" * (len(found) + 1))
    for name in found[options.sizes[0]]:
        values = [found[size][name] for size in options.sizes]
        print(
            f"| {name} | "
            + " | ".join(f"{value:.0f}" for value in values)
            + f" | {values[-1] / values[0]:.2f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
