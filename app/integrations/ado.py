"""Azure DevOps projects.

https://learn.microsoft.com/rest/api/azure/devops/core/projects
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from app.integrations.http_client import Response
from app.integrations.provider import (
    Credential,
    ExternalItem,
    basic,
    identifier,
    matches,
    members,
    one,
    text,
    walk,
)
from app.integrations.upstream import Answer, Step, Upstream, UpstreamClients

NAME = "ado"
_PATH = "_apis/projects"
_VERSION = "7.1"
_MOST = 200


class Ado:
    """Projects are searched here: the service itself cannot be asked for a name."""

    def __init__(self, clients: UpstreamClients, given: Credential) -> None:
        authorize = basic("", given.secret)  # the user name of a personal access token is empty
        self._upstream = Upstream(clients, NAME, given.base_url, authorize, whose=given.whose)
        self._org_url = given.base_url.rstrip("/")

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        return await walk(
            self._upstream,
            place=place,
            limit=limit,
            step=partial(self._step, _MOST if search else limit),
            mark=lambda answer, _: answer.headers.get("x-ms-continuationtoken") or None,
            items=self._items,
            wanted=lambda item: matches(item, search),
            check=_signed_out,
        )

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.item(
            _PATH, item_id, {"api-version": _VERSION}, check=_signed_out, signed_in=self._signed_in
        )
        return one(self._upstream, answer.document, self._item)

    async def _signed_in(self) -> None:
        """Any one project: an organisation's own answers to whoever may read projects at all."""
        await self._upstream.get(_PATH, {"api-version": _VERSION, "$top": 1}, check=_signed_out)

    @staticmethod
    def _step(size: int, mark: str) -> Step:
        params: dict[str, str | int] = {"api-version": _VERSION, "$top": size}
        return _PATH, params | {"continuationToken": mark} if mark else params

    def _items(self, answer: Answer) -> list[ExternalItem]:
        values = members(self._upstream, answer.document, "value")
        return [item for each in values if (item := self._item(each))]

    def _item(self, found: Mapping[str, Any]) -> ExternalItem | None:
        item_id, name = identifier(found.get("id")), text(found.get("name"))
        if item_id is None or name is None:
            return None
        url = f"{self._org_url}/{quote(name, safe='')}"
        return ExternalItem(NAME, item_id, None, name, text(found.get("description"), 1000), url)


def _signed_out(response: Response) -> str | None:
    """A token that is not valid can answer 203 with a page to sign in, or lead to one."""
    if response.status_code == 302 and "/_signin" in response.headers.get("location", "").lower():
        return "unauthorized"
    return "unauthorized" if response.status_code == 203 else None
