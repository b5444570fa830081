"""Watches over the connections of a process: how many there are, and how long each takes.

One timer looks at all of them. A timer for each, set and cancelled with every request, would cost more than
the counting, and a clock read at every step is one too many as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from app.core.complaints import Complaints
from app.core.errors import AppError
from app.http.limits import Limits

Answer = tuple[int, Sequence[tuple[bytes, bytes]], bytes]
Respond = Callable[[AppError], Answer]
"""Makes an error an answer: status, headers, body."""


class Connection(Protocol):
    waited: float
    """Seconds since anything came of it that it is waited for."""

    @property
    def may_go(self) -> bool:
        """Whether it may make room: no request of it is under way, or its client has stopped."""

    def look(self, seconds: float) -> None:
        """So many have passed: ends it if that was too long."""

    def drop(self) -> None:
        """Ends it at once."""


class Guard:
    """Belongs to one event loop."""

    def __init__(self, limits: Limits, respond: Respond) -> None:
        self.limits = limits
        self.respond = respond
        self._open: set[Connection] = set()
        self._settled: set[Connection] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looked_at = 0.0
        self.complain = Complaints().tell

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection) -> bool:
        """Takes it in. Where there are as many as may be, the one that has been waited for longest goes;
        False when none may."""
        if len(self._open) >= self.limits.connections:
            self.complain("connections")
            going = [each for each in self._open if each.may_go]
            if not going:
                return False
            longest = max(going, key=lambda each: each.waited)
            self._open.discard(longest)
            longest.drop()
        self._open.add(connection)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._looked_at = loop.time()
            self._timer = loop.call_later(self.limits.tick_seconds, self._look)
        return True

    def take_over(self, connection: Connection) -> None:
        """In the place of one that was just released: the same client, in another protocol."""
        self._open.add(connection)

    def settle(self, connection: Connection) -> None:
        """It has a place of another kind from now on, and is looked at here without being counted."""
        self._open.discard(connection)
        self._settled.add(connection)

    def release(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._settled.discard(connection)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now, tick = loop.time(), self.limits.tick_seconds
        # A loop that stood still is not the clients' fault.
        seconds = min(now - self._looked_at, 2 * tick)
        self._looked_at = now
        for connection in (*self._open, *self._settled):
            connection.look(seconds)
        is_needed = self._open or self._settled
        self._timer = loop.call_later(tick, self._look) if is_needed else None
