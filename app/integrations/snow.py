"""ServiceNow rows of one table, offered as spaces.

https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.integrations.provider import (
    Credential,
    ExternalItem,
    bearer,
    identifier,
    matches,
    members,
    offset_of,
    one,
    text,
    walk,
)
from app.integrations.upstream import Answer, Upstream, UpstreamClients

NAME = "snow"
_PAGE = 200
_FIELDS = "sys_id,number,short_description,description"
# Constant: what a person types never becomes part of an encoded query.
_ORDER = "ORDERBYsys_id"


class Snow:
    def __init__(self, clients: UpstreamClients, given: Credential, table: str) -> None:
        self._upstream = Upstream(clients, NAME, given.base_url, bearer(given.secret), whose=given.whose)
        self._base_url = given.base_url.rstrip("/")
        self._path = f"api/now/table/{table}"
        self._table = table

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        size = _PAGE if search else limit

        def mark(answer: Answer, here: str) -> str | None:
            # Rows that this service may not see are left out of a page, so a short page is not the last.
            following = offset_of(here) + size
            is_more = following < _total(answer) or _has_next(answer)
            return str(following) if is_more else None

        return await walk(
            self._upstream,
            place=place,
            limit=limit,
            step=lambda mark: (self._path, self._params(offset_of(mark), size)),
            mark=mark,
            items=self._items,
            wanted=lambda item: matches(item, search),
        )

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.item(
            self._path,
            item_id,
            {"sysparm_fields": _FIELDS},
            signed_in=lambda: self._upstream.get(self._path, self._params(0, 1)),
        )
        found = answer.document.get("result") if isinstance(answer.document, Mapping) else None
        return one(self._upstream, found, self._item)

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
        item_id, number = identifier(found.get("sys_id")), text(found.get("number"))
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


def _total(answer: Answer) -> int:
    value = answer.headers.get("x-total-count", "")
    return int(value) if re.fullmatch("[0-9]{1,18}", value) else 0


def _has_next(answer: Answer) -> bool:
    """RFC 8288. Where it leads is worked out here."""
    return 'rel="next"' in answer.headers.get("link", "").replace(" ", "")
