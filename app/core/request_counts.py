"""Whose limits one request counts against: each organisation's whose plan has one, once.

The database says which organisation a place is of, and what its limit is, in the query that lets the caller
in. Counting may wait for another system, which no transaction does: where it has not been done, the
transaction ends with ``Uncounted``, and is run again when it has.
"""

from __future__ import annotations

import msgspec

from app.core.errors import RateLimited


class Uncounted(Exception):
    """This request is one of an organisation with a limit, and was not counted as one yet."""

    def __init__(self, org_id: str) -> None:
        super().__init__()
        self.org_id = org_id


class Count(msgspec.Struct):
    """One request among those of an organisation in the current window."""

    org_id: str
    number: int
    """Its place among them, from 1."""
    seconds: int
    """How long the window still lasts."""
    limit: int | None = None
    """None until it is known."""

    @property
    def left(self) -> int:
        return max(0, (self.limit or 0) - self.number)

    def require_room(self) -> None:
        """Raises ``RateLimited``."""
        if self.limit is not None and self.number > self.limit:
            details = {"limit": "requests_per_minute", "max": self.limit}
            raise RateLimited(
                "The organisation's plan has no room for more requests in this minute.",
                details=details,
                retry_after=self.seconds,
            )


class RequestCounts:
    """Those of one request. What was decided about a place stays so until the request is over: a stream that
    looks again whether its caller may go on is not counted again."""

    __slots__ = ("by_org", "by_place", "user_id")

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.by_org: dict[str, Count] = {}
        self.by_place: dict[str, Count | None] = {}
        """By workspace, and by organisation; None where there is no limit."""

    def require_room(self, place_id: str, org_id: str | None, limit: int | None) -> None:
        """The request is let into a place of this organisation. Raises ``Uncounted`` and ``RateLimited``."""
        if place_id in self.by_place:
            count = self.by_place[place_id]
        else:
            count = self.by_place[place_id] = self._find(org_id, limit)
        if count is not None:
            count.require_room()

    def tightest(self) -> Count | None:
        """Of what it counted against, what has the least left."""
        counts = [count for count in self.by_org.values() if count.limit is not None]
        return min(counts, key=lambda count: count.left, default=None)

    def _find(self, org_id: str | None, limit: int | None) -> Count | None:
        if org_id is None or limit is None:
            return None
        count = self.by_org.get(org_id)
        if count is None:
            raise Uncounted(org_id)
        count.limit = limit
        return count
