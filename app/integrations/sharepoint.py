"""SharePoint sites, through Microsoft Graph.

https://learn.microsoft.com/graph/api/site-search, https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from app.core.clock import Clock
from app.core.entra_tokens import ClaimsChallenge, EntraToken, EntraTokenUnavailable
from app.core.errors import InteractionRequired
from app.integrations.provider import ExternalItem, members, page_of, text
from app.integrations.short_cache import ShortCache
from app.integrations.upstream import Answer, Upstream, UpstreamClients

NAME = "sharepoint"
SCOPE = "https://graph.microsoft.com/.default"
Token = Callable[[], Awaitable[str]]
_ON_BEHALF_LIFETIME = timedelta(minutes=4)
"""Entra ID gives tokens for an hour or so; what it takes back is noticed this much later at most."""


def fixed(token: str) -> Token:
    async def answer() -> str:
        return token

    return answer


def application(token: EntraToken) -> Token:
    """The application's own; msal blocks, so it has a thread."""
    return lambda: asyncio.to_thread(token)


class OnBehalfOf:
    """Tokens for the people who call, each remembered for a while, and asked for once at a time."""

    def __init__(self, ask: Callable[[str], str], clock: Clock) -> None:
        self._ask = ask
        self._known: ShortCache[str] = ShortCache(clock, _ON_BEHALF_LIFETIME)

    def token(self, assertion: str) -> Token:
        """For whoever this access token is of. It is kept as a digest."""
        key = hashlib.sha256(assertion.encode()).digest()
        return lambda: self._known.get(key, lambda: asyncio.to_thread(self._ask, assertion))

    async def aclose(self) -> None:
        await self._known.aclose()


class Sharepoint:
    """The search is read whole: Graph repeats sites from one page to the next."""

    def __init__(self, clients: UpstreamClients, base_url: str, token: Token) -> None:
        async def authorize() -> Mapping[str, str]:
            try:
                return {"Authorization": f"Bearer {await token()}"}
            except EntraTokenUnavailable:
                raise self._upstream.failure("unauthorized") from None
            except ClaimsChallenge as challenge:
                raise InteractionRequired(challenge.claims) from None

        self._upstream = Upstream(clients, NAME, base_url, authorize)

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        def following(answer: Answer) -> tuple[str, None] | None:
            link = answer.document.get("@odata.nextLink") if isinstance(answer.document, Mapping) else None
            return (link, None) if isinstance(link, str) else None

        answers = await self._upstream.pages("v1.0/sites", {"search": search or "*"}, following)
        values = [each for answer in answers for each in members(self._upstream, answer.document, "value")]
        # What fits the search is Graph's to say: it looks at more than the name.
        return page_of(
            [item for each in values if (item := _item(each))], search=None, place=place, limit=limit
        )

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.get(f"v1.0/sites/{quote(item_id, safe=',')}")
        item = _item(answer.document) if isinstance(answer.document, Mapping) else None
        if item is None:
            raise self._upstream.failure("bad_answer")
        return item


def _item(found: Mapping[str, Any]) -> ExternalItem | None:
    item_id = text(found.get("id"))
    if item_id is None:
        return None
    name = text(found.get("displayName")) or text(found.get("name")) or item_id
    url = text(found.get("webUrl"), 1000)
    is_web = url is not None and url.startswith(("https://", "http://"))
    return ExternalItem(
        NAME, item_id, None, name, text(found.get("description"), 1000), url if is_web else None
    )
