"""Who is asked how much at once, and who is left alone for a while.

A circuit is a provider at an origin with one credential. Where the origin is everybody's (Graph, Azure
DevOps) one tenant's failures and crowds are its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cachetools import LRUCache

from app.core.errors import ExternalItemNotFound, IntegrationFailure
from app.core.places import Places

_SECONDS = 30.0
_THRESHOLD = 5
_MOST = 5000
"""Circuits that are remembered, and only while they fail; of more the oldest is forgotten."""
_AT_ONCE, _WAITING = 10, 60
_AT_ONCE_OF_AN_ORIGIN, _WAITING_FOR_AN_ORIGIN = 40, 400
_OUTAGE = ("unavailable", "timeout")
_SAYS_NOTHING = ("busy",)


class CircuitOpen(Exception):
    """It failed again and again just now. ``seconds``: until it is tried again."""

    def __init__(self, seconds: float) -> None:
        super().__init__("circuit open")
        self.seconds = seconds


class _Failing:
    def __init__(self) -> None:
        self.times = 0
        self.until = 0.0


class Circuits:
    """Of one process and one event loop, whose clock no change of the machine's moves.

    After five outages in a row a circuit is open for 30 seconds; then one call goes through, and the others
    wait for what it finds.
    """

    def __init__(self) -> None:
        self._failing: LRUCache[str, _Failing] = LRUCache(_MOST)
        self._circuits = Places(_AT_ONCE, _WAITING)
        self._origins = Places(_AT_ONCE_OF_AN_ORIGIN, _WAITING_FOR_AN_ORIGIN)

    @asynccontextmanager
    async def closed(self, circuit: str) -> AsyncIterator[None]:
        """Raises ``CircuitOpen``. What the block raises is counted."""
        self._enter(circuit)
        try:
            yield
        except ExternalItemNotFound:
            self._failing.pop(circuit, None)
            raise
        except IntegrationFailure as failure:
            if failure.reason in _OUTAGE:
                self._count(circuit)
            elif failure.reason not in _SAYS_NOTHING:
                self._failing.pop(circuit, None)
            raise
        self._failing.pop(circuit, None)

    @asynccontextmanager
    async def place(self, circuit: str, origin: str) -> AsyncIterator[None]:
        """A turn of the circuit's and of the origin's. Raises ``NoPlace``."""
        async with self._circuits.take(circuit), self._origins.take(origin):
            yield

    def _enter(self, circuit: str) -> None:
        failing = self._failing.get(circuit)
        if failing is None or failing.times < _THRESHOLD:
            return
        now = asyncio.get_running_loop().time()
        if now < failing.until:
            raise CircuitOpen(failing.until - now)
        failing.until = now + _SECONDS

    def _count(self, circuit: str) -> None:
        failing = self._failing.setdefault(circuit, _Failing())
        failing.times += 1
        failing.until = asyncio.get_running_loop().time() + _SECONDS
