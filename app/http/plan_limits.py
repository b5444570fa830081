"""How often all callers of one organisation may ask together: the requests a minute of its plan.

Whether there is a limit is known when the database has let the caller in (``app.core.request_counts``). So
that no request is let in twice, once to learn it and once more when it was counted, what was learned is
remembered for the next one of the same caller at the same place. It decides what is counted; what the limit
is, the database says anew each time. Only a refusal is repeated for a moment without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from cachetools import LRUCache

from app.core.request_counts import Count, RequestCounts

_MOST = 20_000
"""So many callers at a place are remembered; one who is forgotten costs a query more."""
_REFUSED_SECONDS = 2.0
"""So long after the database has said what the limit is, it refuses without being asked: a crowd that is over
its limit takes no connection from others. So long may a limit refuse that was raised or taken away."""
_PLACES = frozenset({"workspaces", "organizations"})


class Known(NamedTuple):
    org_id: str
    limit: int
    at: float


class PlanLimits:
    """Belongs to one process. ``count`` counts one request of an organisation."""

    def __init__(self, count: Callable[[str], Awaitable[Count]], monotonic: Callable[[], float]) -> None:
        self._count = count
        self._now = monotonic
        self._known: LRUCache[tuple[str, str], Known] = LRUCache(_MOST)

    def find(self, counts: RequestCounts, path: str) -> Known | None:
        """Whose limit the request will count against, as far as is known."""
        return self._known.get((counts.user_id, _place_id(path))) if self._known else None

    async def take(self, counts: RequestCounts, known: Known) -> None:
        """Counts the request. Raises ``RateLimited`` where it is known that there is no room."""
        count = counts.by_org[known.org_id] = await self._count(known.org_id)
        if self._now() - known.at < _REFUSED_SECONDS and count.number > known.limit:
            count.limit = known.limit
            count.require_room()

    def learn(self, counts: RequestCounts, path: str) -> None:
        """When the answer begins: what the database said of where the request went."""
        if not counts.by_org and not self._known:
            return
        for place_id, count in counts.by_place.items():
            if count is not None and count.limit is not None:
                self._known[counts.user_id, place_id] = Known(count.org_id, count.limit, self._now())
            else:
                self._known.pop((counts.user_id, place_id), None)
        if counts.by_org and not counts.by_place:  # not let in: perhaps the caller is in there no more
            self._known.pop((counts.user_id, _place_id(path)), None)


def _place_id(path: str) -> str:
    """The workspace or organisation that a request goes to, by its path; empty where it goes to none."""
    kind, _, rest = path[1:].partition("/")
    return rest.partition("/")[0] if kind in _PLACES else ""
