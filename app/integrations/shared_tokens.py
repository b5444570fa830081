"""Tokens from Entra ID for an event loop: fetched in threads of their own, and once for all who wait."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta

from app.core.blocking import Blocking, Busy, Overdue
from app.core.entra_tokens import EntraTokenUnavailable
from app.integrations.short_cache import ShortCache

_LIFETIME = timedelta(minutes=4)
"""Entra ID gives tokens for an hour or so, and msal none that ends within five minutes; what Entra ID takes
back is noticed this much later at most."""
_WAITING = 50


class SharedTokens:
    """``ask`` blocks: ``on_behalf_of`` with the person's access token, or an ``EntraToken`` with nothing.
    ``deadline`` is in seconds. Belongs to one event loop; ``aclose`` when done."""

    def __init__(
        self,
        ask: Callable[..., str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        workers: int = 2,
        deadline: float = 20.0,
    ) -> None:
        self._ask = ask
        self._known: ShortCache[str] = ShortCache(_LIFETIME, monotonic)
        self._blocking = Blocking("tokens", workers=workers, waiting=_WAITING, deadline=deadline)

    async def get(self, *of: str) -> str:
        """Raises ``EntraTokenUnavailable``, and what ``ask`` does. Whoever the token is of is remembered as a
        digest."""
        key = tuple(hashlib.sha256(each.encode()).digest() for each in of)
        return await self._known.get(key, lambda: self._fetch(of))

    async def aclose(self) -> None:
        await self._known.aclose()
        await self._blocking.aclose()

    async def _fetch(self, of: tuple[str, ...]) -> str:
        try:
            return await self._blocking.run(self._ask, *of)
        except Busy:
            raise EntraTokenUnavailable("too many wait for a token", reason="busy", retry_after=1) from None
        except Overdue:
            raise EntraTokenUnavailable("the token endpoint is slow", reason="timeout") from None
