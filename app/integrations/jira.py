"""Jira projects, of Jira Cloud and of Jira Data Center, which answer differently.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
https://developer.atlassian.com/server/jira/platform/rest/v10004/api-group-project/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.core.addresses import host_of
from app.integrations.http_client import Response
from app.integrations.provider import (
    Credential,
    ExternalItem,
    basic,
    bearer,
    identifier,
    members,
    objects,
    offset_of,
    one,
    one_each,
    page_of,
    text,
)
from app.integrations.upstream import Upstream, UpstreamClients

NAME = "jira"
_MOST = 100
_GATEWAY = "/ex/jira/"
"""Tokens with scopes are taken at https://api.atlassian.com/ex/jira/<cloud id>, and nowhere else. Nothing
there is for a browser.

https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
"""


class Jira:
    """Cloud takes the account's e-mail address and an API token as Basic; Data Center a personal access token
    as Bearer, or a user's name and password as Basic."""

    def __init__(self, clients: UpstreamClients, given: Credential) -> None:
        authorize = bearer(given.secret) if given.account is None else basic(given.account, given.secret)
        is_site = host_of(given.base_url).endswith(".atlassian.net")
        self._is_gateway = _GATEWAY in given.base_url
        self._is_cloud = self._is_gateway or is_site or "@" in (given.account or "")
        self._api = "rest/api/3" if self._is_cloud else "rest/api/2"
        self._upstream = Upstream(clients, NAME, given.base_url, authorize, whose=given.whose)
        self._browse = None if self._is_gateway else f"{given.base_url.rstrip('/')}/browse/"

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        if not self._is_cloud:
            return page_of(await self._all(), search=search, place=place, limit=limit)
        start = offset_of(place)
        params: dict[str, str | int] = {"startAt": start, "maxResults": min(limit, _MOST), "orderBy": "name"}
        if search:
            params["query"] = search
        answer = await self._upstream.get(f"{self._api}/project/search", params, check=_expired)
        values = members(self._upstream, answer.document, "values")
        following = start + len(values)
        total = answer.document.get("total")
        is_last = answer.document.get("isLast", not isinstance(total, int) or following >= total)
        items = one_each([item for each in values if (item := self._item(each))])
        if not items and not start and not search:
            await self._signed_in()  # whoever is not known sees nothing, and is not told so
        return items, None if is_last or not values else str(following)

    async def _all(self) -> list[ExternalItem]:
        """Data Center has one list, without pages; some 700 bytes a project."""
        answer = await self._upstream.get(f"{self._api}/project", check=_expired, scale=4)
        return [item for each in objects(self._upstream, answer.document) if (item := self._item(each))]

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.item(
            f"{self._api}/project", item_id, check=_expired, signed_in=self._signed_in
        )
        return one(self._upstream, answer.document, self._item)

    async def _signed_in(self) -> None:
        """The gateway knows whom it lets in, and a token's scopes may not reach to who it is of."""
        path = "project/search" if self._is_gateway else "myself"
        await self._upstream.get(f"{self._api}/{path}", {"maxResults": 1}, check=_expired)

    def _item(self, found: Mapping[str, Any]) -> ExternalItem | None:
        item_id, key = identifier(found.get("id")), text(found.get("key"))
        if item_id is None:
            return None
        return ExternalItem(
            provider=NAME,
            id=item_id,
            key=key,
            name=text(found.get("name")) or key or item_id,
            description=text(found.get("description"), 1000),
            url=f"{self._browse}{quote(key, safe='')}" if key and self._browse else None,
        )


def _expired(response: Response) -> str | None:
    """An expired token can answer 200, as somebody who is not signed in and sees nothing."""
    reason = response.headers.get("x-seraph-loginreason", "")
    return "unauthorized" if "AUTHENTICATED_FAILED" in reason else None
