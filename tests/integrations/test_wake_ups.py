"""Processes that tell each other of changes, by a real Redis that dies, hangs and comes back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from app.integrations import wake_ups
from app.kernel.feed import Watch
from tests.databases import TestDatabase
from tests.harness import Clock, Person, make_settings, running
from tests.redis_server import RedisServer


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing else tells of it
            await asyncio.sleep(0.01)


async def hears_of(watch: Watch, person: Person, path: str, name: str) -> bool:
    assert (await person.patch(path, {"name": name})).status_code == 200
    return await watch.wait(0.3)


@pytest.mark.slow
async def test_a_change_is_told_to_other_processes_while_redis_is_there(
    database: TestDatabase, key_file: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither process looks by itself in the time that this takes."""
    monkeypatch.setattr(wake_ups, "_REST_SECONDS", 0.1)
    monkeypatch.setattr(wake_ups, "_SECONDS", 0.2)
    monkeypatch.setattr(wake_ups, "_LISTENING_SECONDS", 0.2)
    settings = make_settings(
        database, key_file, rate_limit_redis_url=redis_server.url, stream_poll_seconds=60
    )
    async with running(settings, clock := Clock()) as first, running(settings, clock) as second:
        ada = await first.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        parts = second.edge.parts
        assert parts.wake_ups is not None
        listening = parts.wake_ups
        with parts.feed.watch(path.rpartition("/")[2]) as watch:
            await until(lambda: listening.is_listening)
            await parts.feed.look()
            assert await watch.wait(0)
            assert await hears_of(watch, ada, path, "told")
            for how in ("killed", "hung"):
                if how == "killed":
                    redis_server.kill()
                else:
                    redis_server.send(signal.SIGSTOP)
                assert not await hears_of(watch, ada, path, f"not told: {how}")
                await until(lambda: not listening.is_listening)
                await parts.feed.look()
                assert await watch.wait(0), "it is found all the same"
                if how == "killed":
                    redis_server.start()
                else:
                    redis_server.send(signal.SIGCONT)
                await until(lambda: listening.is_listening)
                for number in range(10):
                    if await hears_of(watch, ada, path, f"{how} {number}"):
                        break
                else:
                    raise AssertionError("not told any more")
