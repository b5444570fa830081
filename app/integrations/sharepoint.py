"""SharePoint sites, through Microsoft Graph.

https://learn.microsoft.com/graph/api/site-search, https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from app.core.entra_tokens import ClaimsChallenge, EntraTokenUnavailable
from app.core.errors import InteractionRequired
from app.integrations.provider import ExternalItem, members, page_of, text
from app.integrations.upstream import Answer, Upstream, UpstreamClients

NAME = "sharepoint"
SCOPE = "https://graph.microsoft.com/.default"
Token = Callable[[], Awaitable[str]]


def fixed(token: str) -> Token:
    async def answer() -> str:
        return token

    return answer


class Sharepoint:
    """The search is read whole: Graph repeats sites from one page to the next."""

    def __init__(self, clients: UpstreamClients, base_url: str, token: Token) -> None:
        async def authorize() -> Mapping[str, str]:
            try:
                return {"Authorization": f"Bearer {await token()}"}
            except EntraTokenUnavailable as error:
                raise self._upstream.failure(error.reason, retry_after=error.retry_after) from None
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
