"""Who may be connected, who goes to make room, and how time is counted for all of them."""

from __future__ import annotations

import asyncio
import time

from app.core.errors import AppError
from app.http.guard import Answer, Guard
from app.http.limits import Limits

LIMITS = Limits(
    connections=2, head_bytes=1, head_fields=1, head_seconds=0.04, keep_alive_seconds=1, transfer_seconds=1,
    transfer_grace_seconds=0.5, transfer_rate=100,
)  # fmt: skip


def respond(error: AppError) -> Answer:
    raise AssertionError(error)


class Seat:
    def __init__(self, waited: float = 0.0, *, is_idle: bool = True) -> None:
        self.waited = waited
        self.is_idle = is_idle
        self.is_dropped = False
        self.looked: list[float] = []

    @property
    def may_go(self) -> bool:
        return self.is_idle and self.waited > 0

    def look(self, seconds: float) -> None:
        self.looked.append(seconds)

    def drop(self) -> None:
        self.is_dropped = True


async def test_who_has_been_idle_longest_makes_room_and_nobody_else() -> None:
    guard = Guard(LIMITS, respond)
    long, short, busy, fresh = Seat(9), Seat(3), Seat(99, is_idle=False), Seat(0)
    assert guard.admit(long)
    assert guard.admit(short)
    assert guard.admit(busy)
    assert (long.is_dropped, short.is_dropped, len(guard)) == (True, False, 2)
    assert guard.admit(fresh)
    assert (short.is_dropped, len(guard)) == (True, 2)
    assert not guard.admit(Seat()), "one works, and the other has only just come"
    assert (busy.is_dropped, fresh.is_dropped, len(guard)) == (False, False, 2)
    for each in (busy, fresh):
        guard.release(each)


async def test_a_loop_that_stood_still_is_not_the_clients_fault_and_nobody_is_watched_for_nothing() -> None:
    guard, seat = Guard(LIMITS, respond), Seat()
    assert guard.admit(seat)
    time.sleep(0.3)  # noqa: ASYNC251 - it is to stand still
    while not seat.looked:  # noqa: ASYNC110 - a timer has no event
        await asyncio.sleep(0.01)
    assert seat.looked[0] <= 2 * LIMITS.tick_seconds
    guard.release(seat)
    async with asyncio.timeout(10):
        while guard._timer is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    again = Seat()
    assert guard.admit(again)
    async with asyncio.timeout(10):
        while not again.looked:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    guard.release(again)


def test_what_is_too_slow() -> None:
    assert not LIMITS.is_too_slow(0, 0.5)
    assert not LIMITS.is_too_slow(-1000, 0.4), "before the grace is over nothing counts"
    assert LIMITS.is_too_slow(9, 0.6)
    assert not LIMITS.is_too_slow(11, 0.6)
    assert not LIMITS.is_too_slow(10**9, 1.0)
    assert LIMITS.is_too_slow(10**9, 1.1), "whatever came, it has a time"
