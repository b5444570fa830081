"""How many of a kind may be under way in this process: for one caller, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.blocking import Busy
from app.core.complaints import Complaints
from app.core.errors import RateLimited

_RETRY_SECONDS = 30


class Slots:
    def __init__(self, kind: str, limit: int, in_all: int | None = None) -> None:
        """``limit`` is that of one caller; all together have ``in_all``, or as many as they are."""
        self._kind = kind
        self._limit = limit
        self._in_all = in_all
        self._taken: Counter[str] = Counter()
        self._complaints = Complaints()

    def count(self, who: str) -> int:
        return self._taken.get(who, 0)

    @property
    def total(self) -> int:
        return self._taken.total()

    @contextmanager
    def take(self, who: str) -> Iterator[None]:
        """Raises ``RateLimited`` when all of theirs are taken, and ``Busy`` when all there are."""
        if self.count(who) >= self._limit:
            self._complaints.tell(self._kind)
            raise RateLimited(
                f"You have {self._limit} {self._kind} open already.", retry_after=_RETRY_SECONDS
            )
        if self._in_all is not None and self._taken.total() >= self._in_all:
            self._complaints.tell(f"{self._kind} in all")
            raise Busy
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
