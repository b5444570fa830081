"""Reference data, kept by each process: the types of people and of tasks, and what maps the one to the other.
They are read often and changed seldom. Whoever is shown them has been let in by the database in the same
transaction, and what anybody may do is decided there too, never by what is kept here."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import TypeVar, cast

import msgspec
from cachetools import TTLCache

from app.kernel.access import Access

T = TypeVar("T")
LIFETIME = timedelta(hours=1)
"""A backstop: a change is seen at once, by the generation."""
_SIZE = 1000
_BYTES = 8192
"""Of JSON that count as an entry: one that has more counts as several, so that they are bounded together."""


class ReferenceCache:
    """Answers by workspace and generation. Each change of what is kept here raises the generation of its
    workspace in its own transaction (``raise_generation``), and ``read_access`` tells it to every request:
    with the next one each process reads anew, and no message goes between them.

    A change that commits between that query and the one which fills an entry leaves what is newer under the
    older generation, never the other way round. Not for write transactions, whose own changes are not kept.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._known: TTLCache[Hashable, object] = TTLCache(
            _SIZE, LIFETIME.total_seconds(), timer=monotonic, getsizeof=_weight
        )

    async def get(self, access: Access, name: tuple[Hashable, ...], read: Callable[[], Awaitable[T]]) -> T:
        """What ``read`` answers, or answered of this generation. ``name`` says what it is, and which page
        of a list."""
        key = (access.workspace_id, access.reference_generation, name)
        if key in self._known:
            return cast(T, self._known[key])
        found = await read()
        self._known[key] = found
        return found

    def __len__(self) -> int:
        return len(self._known)


def _weight(value: object) -> int:
    return 1 + len(msgspec.json.encode(value)) // _BYTES
