"""Processes tell each other by Redis that something happened in a workspace; what it was, each reads itself.

A message is the id of a workspace and nothing more, so that one which is lost costs time and nothing else:
whoever waits for news looks by themselves, too. Redis that is away, slow or full keeps no request waiting:
what is told waits in a place of a fixed size, for a task of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)
_CHANNEL = "pma:news"
_SECONDS = 2.0
"""For Redis to do anything."""
_LISTENING_SECONDS = 10.0
"""Without a word, after which it is asked whether it is still there."""
_REST_SECONDS = 1.0
"""Between two attempts; what is told meanwhile is told by nobody."""
_MOST = 10_000
"""Workspaces that wait to be told."""
_AT_ONCE = 500
_COMPLAINT_SECONDS = 60.0


class WakeUps:
    """``hear`` is called with each workspace that some process tells of, this one too; it must not wait."""

    def __init__(self, url: str, hear: Callable[[Sequence[str]], None]) -> None:
        self._url = url
        self._hear = hear
        self._waiting: dict[str, None] = {}
        self._is_told = asyncio.Event()
        self._complained_at = float("-inf")
        self.is_listening = False

    def tell(self, workspace_ids: Iterable[str]) -> None:
        """Neither waits nor fails."""
        if len(self._waiting) < _MOST:
            self._waiting.update(dict.fromkeys(workspace_ids))
            self._is_told.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again(self._publish))
            group.create_task(self._again(self._listen))

    async def _again(self, work: Callable[[Redis], Awaitable[None]]) -> None:
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        while True:
            redis = Redis.from_url(self._url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
            try:
                await work(redis)
            except (RedisError, OSError) as error:
                self._complain(error)
            finally:
                await redis.aclose()
            await asyncio.sleep(_REST_SECONDS)
            self._waiting.clear()

    async def _publish(self, redis: Redis) -> None:
        while True:
            await self._is_told.wait()
            self._is_told.clear()
            while self._waiting:
                some = list(self._waiting)[:_AT_ONCE]
                for each in some:
                    del self._waiting[each]
                pipeline = redis.pipeline(transaction=False)
                for each in some:
                    pipeline.publish(_CHANNEL, each)
                await pipeline.execute()

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub() as channel:
            try:
                await channel.subscribe(_CHANNEL)
                is_asked = False
                while True:
                    message = await channel.get_message(timeout=_LISTENING_SECONDS)
                    if message is None:
                        if is_asked:
                            raise TimeoutError
                        await channel.ping()
                    elif message["type"] == "subscribe":
                        self.is_listening = True
                    elif message["type"] == "message":
                        self._hear([message["data"].decode("ascii", "replace")])
                    is_asked = message is None
            finally:
                self.is_listening = False

    def _complain(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._complained_at > _COMPLAINT_SECONDS:
            self._complained_at = now
            log.warning("wake-ups are not told", extra={"reason": type(error).__name__})
