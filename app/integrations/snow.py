"""ServiceNow rows of one table, offered as spaces.

https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.integrations.provider import ExternalItem, members, one_each, page_of, text
from app.integrations.upstream import Answer, Upstream, UpstreamClients

NAME = "snow"
_PAGE = 200
_FIELDS = "sys_id,number,short_description,description"
# Constant: what a person types never becomes part of an encoded query.
_ORDER = "ORDERBYsys_id"


class Snow:
    def __init__(self, clients: UpstreamClients, base_url: str, token: str, table: str) -> None:
        async def authorize() -> Mapping[str, str]:
            return {"Authorization": f"Bearer {token}"}

        self._upstream = Upstream(clients, NAME, base_url, authorize)
        self._base_url = base_url.rstrip("/")
        self._table = table

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        if search:
            return page_of(await self._all(), search=search, place=place, limit=limit)
        offset = int(place or 0)
        answer = await self._upstream.get(self._path(), self._params(offset, limit))
        following = offset + limit
        more = following < _total(answer, following) or _next_link(answer) is not None
        return one_each(self._items(answer)), str(following) if more else None

    async def _all(self) -> list[ExternalItem]:
        offset = 0

        def following(answer: Answer) -> tuple[str, Mapping[str, str | int] | None] | None:
            # Rows that this service may not see are left out of a page, so a short page is not the last.
            nonlocal offset
            offset += _PAGE
            link = _next_link(answer)
            if link is not None:
                return link, None
            return (self._path(), self._params(offset, _PAGE)) if offset < _total(answer, 0) else None

        answers = await self._upstream.pages(self._path(), self._params(0, _PAGE), following)
        return [item for answer in answers for item in self._items(answer)]

    async def get(self, item_id: str) -> ExternalItem:
        path = f"{self._path()}/{quote(item_id, safe='')}"
        answer = await self._upstream.get(path, {"sysparm_fields": _FIELDS})
        found = answer.document.get("result") if isinstance(answer.document, Mapping) else None
        item = self._item(found) if isinstance(found, Mapping) else None
        if item is None:
            raise self._upstream.failure("bad_answer")
        return item

    def _path(self) -> str:
        return f"api/now/table/{self._table}"

    @staticmethod
    def _params(offset: int, limit: int) -> dict[str, str | int]:
        return {
            "sysparm_fields": _FIELDS,
            "sysparm_query": _ORDER,
            "sysparm_limit": limit,
            "sysparm_offset": offset,
        }

    def _items(self, answer: Answer) -> list[ExternalItem]:
        found = members(self._upstream, answer.document, "result")
        return [item for each in found if (item := self._item(each))]

    def _item(self, found: Mapping[str, Any]) -> ExternalItem | None:
        item_id, number = text(found.get("sys_id")), text(found.get("number"))
        if item_id is None:
            return None
        target = quote(f"{self._table}.do?sys_id={item_id}", safe="")
        return ExternalItem(
            provider=NAME,
            id=item_id,
            key=number,
            name=text(found.get("short_description")) or number or item_id,
            description=text(found.get("description"), 1000),
            url=f"{self._base_url}/nav_to.do?uri={target}",
        )


def _total(answer: Answer, default: int) -> int:
    value = answer.headers.get("x-total-count", "")
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else default


def _next_link(answer: Answer) -> str | None:
    """RFC 8288, as httpx would read it of a response."""
    for part in answer.headers.get("link", "").split(","):
        url, _, rest = part.partition(";")
        if 'rel="next"' in rest.replace(" ", ""):
            return str(url.strip().strip("<>"))
    return None
