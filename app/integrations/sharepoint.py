"""SharePoint sites, through Microsoft Graph.

https://learn.microsoft.com/graph/api/site-search, https://learn.microsoft.com/graph/paging
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.core.addresses import host_of
from app.core.entra_tokens import ClaimsChallenge, EntraTokenUnavailable
from app.core.errors import IntegrationFailure, InteractionRequired
from app.integrations.provider import ExternalItem, identifier, members, one, text, walk
from app.integrations.upstream import Answer, Step, Upstream, UpstreamClients

NAME = "sharepoint"
_CLOUDS = {
    "graph.microsoft.us": "https://login.microsoftonline.us",
    "dod-graph.microsoft.us": "https://login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "https://login.chinacloudapi.cn",
}
"""National clouds: who gives tokens for which Graph. https://learn.microsoft.com/graph/deployments"""
_WORLD = "https://login.microsoftonline.com"
_SITES = "v1.0/sites"
Token = Callable[[], Awaitable[str]]


def scope_of(base_url: str) -> str:
    """That of tokens for this Graph: each cloud's has its own.

    https://learn.microsoft.com/graph/sdks/national-clouds
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}/.default"


def authority_of(base_url: str) -> str:
    """Entra ID's endpoint of the cloud that this Graph is in."""
    return _CLOUDS.get(host_of(base_url), _WORLD)


def fixed(token: str) -> Token:
    async def answer() -> str:
        return token

    return answer


def graph(clients: UpstreamClients, name: str, base_url: str, token: Token, *, whose: str) -> Upstream:
    """Microsoft Graph for a provider of this name. ``whose`` tells credentials apart without being one."""

    async def authorize() -> Mapping[str, str]:
        try:
            return {"Authorization": f"Bearer {await token()}"}
        except EntraTokenUnavailable as error:
            raise IntegrationFailure(name, error.reason, retry_after=error.retry_after) from None
        except ClaimsChallenge as challenge:
            raise InteractionRequired(challenge.claims) from None

    return Upstream(clients, name, base_url, authorize, whose=whose)


class Sharepoint:
    """``whose`` tells credentials apart without being one."""

    def __init__(self, clients: UpstreamClients, base_url: str, token: Token, *, whose: str) -> None:
        self._upstream = graph(clients, NAME, base_url, token, whose=whose)

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        # What fits the search is Graph's to say: it looks at more than the name.
        def step(mark: str) -> Step:
            return (mark, None) if mark else (_SITES, {"search": search or "*"})

        def mark(answer: Answer, here: str) -> str | None:
            link = answer.document.get("@odata.nextLink") if isinstance(answer.document, Mapping) else None
            return link if isinstance(link, str) else None

        return await walk(self._upstream, place=place, limit=limit, step=step, mark=mark, items=self._items)

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.item(_SITES, item_id, signed_in=self._signed_in)
        return one(self._upstream, answer.document, _item)

    async def _signed_in(self) -> None:
        """Whoever may see chosen sites only (Sites.Selected) is not let to the root, and is known."""
        try:
            await self._upstream.get(f"{_SITES}/root", {"$select": "id"})
        except IntegrationFailure as failure:
            if failure.reason != "forbidden":
                raise

    def _items(self, answer: Answer) -> list[ExternalItem]:
        return [item for each in members(self._upstream, answer.document, "value") if (item := _item(each))]


def _item(found: Mapping[str, Any]) -> ExternalItem | None:
    item_id = identifier(found.get("id"))
    if item_id is None:
        return None
    name = text(found.get("displayName")) or text(found.get("name")) or item_id
    url = text(found.get("webUrl"), 1000)
    is_web = url is not None and url.startswith(("https://", "http://"))
    return ExternalItem(
        NAME, item_id, None, name, text(found.get("description"), 1000), url if is_web else None
    )
