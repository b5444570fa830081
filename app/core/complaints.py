"""Log lines about limits that somebody keeps running into."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
_SECONDS = 60.0


class Complaints:
    """Tells that a limit was reached, at most once a minute for each: who attacks writes no log."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, int]] = {}

    def tell(self, limit: str) -> None:
        """``limit`` is one of a few names, never what a client sent."""
        now = self._monotonic()
        since, more = self._told.get(limit, (float("-inf"), 0))
        if now - since < _SECONDS:
            self._told[limit] = (since, more + 1)
            return
        self._told[limit] = (now, 0)
        log.warning("limit reached", extra={"limit": limit, "more_since_the_last_line": more})
