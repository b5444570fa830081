"""Azure DevOps projects.

https://learn.microsoft.com/rest/api/azure/devops/core/projects
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from app.integrations.provider import ExternalItem, members, page_of, text
from app.integrations.upstream import Answer, Upstream, UpstreamClients

NAME = "ado"
_PATH = "_apis/projects"
_VERSION = "7.1"
_PAGE = 200


class Ado:
    """Projects are searched here: the service itself cannot be asked for a name. The list is therefore read
    whole, which an organisation's projects allow."""

    def __init__(self, clients: UpstreamClients, org_url: str, pat: str) -> None:
        # The user name of a personal access token is empty.
        header = {"Authorization": f"Basic {base64.b64encode(f':{pat}'.encode()).decode()}"}

        async def authorize() -> Mapping[str, str]:
            return header

        self._upstream = Upstream(clients, NAME, org_url, authorize)
        self._org_url = org_url.rstrip("/")

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        params: dict[str, str | int] = {"api-version": _VERSION, "$top": _PAGE}

        def following(answer: Answer) -> tuple[str, Mapping[str, str | int]] | None:
            token = answer.headers.get("x-ms-continuationtoken")
            return (_PATH, params | {"continuationToken": token}) if token else None

        answers = await self._upstream.pages(_PATH, params, following, check=_signed_out)
        values = [each for answer in answers for each in members(self._upstream, answer.document, "value")]
        items = [item for each in values if (item := self._item(each))]
        return page_of(items, search=search, place=place, limit=limit)

    async def get(self, item_id: str) -> ExternalItem:
        answer = await self._upstream.get(
            f"{_PATH}/{quote(item_id, safe='')}", {"api-version": _VERSION}, check=_signed_out
        )
        item = self._item(answer.document) if isinstance(answer.document, Mapping) else None
        if item is None:
            raise self._upstream.failure("bad_answer")
        return item

    def _item(self, found: Mapping[str, Any]) -> ExternalItem | None:
        item_id, name = text(found.get("id")), text(found.get("name"))
        if item_id is None or name is None:
            return None
        url = f"{self._org_url}/{quote(name, safe='')}"
        return ExternalItem(NAME, item_id, None, name, text(found.get("description"), 1000), url)


def _signed_out(response: httpx.Response) -> str | None:
    """A token that is not valid can answer 203 with a page to sign in."""
    return "unauthorized" if response.status_code == 203 else None
