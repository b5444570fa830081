"""Jira projects.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from app.integrations.provider import ExternalItem, members, one_each, text
from app.integrations.upstream import Upstream, UpstreamClients

NAME = "jira"
_MOST = 100


def credential(email: str | None, token: str) -> Mapping[str, str]:
    """Cloud takes the account's address and an API token as Basic, Data Center a token as Bearer."""
    if email is None:
        return {"Authorization": f"Bearer {token}"}
    return {"Authorization": f"Basic {base64.b64encode(f'{email}:{token}'.encode()).decode()}"}


class Jira:
    def __init__(self, clients: UpstreamClients, base_url: str, credential: Mapping[str, str]) -> None:
        async def authorize() -> Mapping[str, str]:
            return credential

        self._upstream = Upstream(clients, NAME, base_url, authorize)
        self._base_url = base_url.rstrip("/")

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        start = int(place or 0)
        params: dict[str, str | int] = {"startAt": start, "maxResults": min(limit, _MOST), "orderBy": "name"}
        if search:
            params["query"] = search
        answer = await self._upstream.get("rest/api/3/project/search", params, check=_expired)
        values = members(self._upstream, answer.document, "values")
        following = start + len(values)
        total = answer.document.get("total")
        is_last = answer.document.get("isLast", not isinstance(total, int) or following >= total)
        items = one_each([item for each in values if (item := self._item(each))])
        return items, None if is_last or not values else str(following)

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.get(f"rest/api/3/project/{quote(item_id, safe='')}", check=_expired)
        item = self._item(answer.document) if isinstance(answer.document, Mapping) else None
        if item is None:
            raise self._upstream.failure("bad_answer")
        return item

    def _item(self, found: Mapping[str, Any]) -> ExternalItem | None:
        item_id, key = text(found.get("id")), text(found.get("key"))
        if item_id is None:
            return None
        return ExternalItem(
            provider=NAME,
            id=item_id,
            key=key,
            name=text(found.get("name")) or key or item_id,
            description=text(found.get("description"), 1000),
            url=f"{self._base_url}/browse/{quote(key, safe='')}" if key else None,
        )


def _expired(response: httpx.Response) -> str | None:
    """An expired token can answer 200, as somebody who is not signed in and sees nothing."""
    reason = response.headers.get("x-seraph-loginreason", "")
    return "unauthorized" if "AUTHENTICATED_FAILED" in reason else None
