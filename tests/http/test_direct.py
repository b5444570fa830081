"""A route is analysed by FastAPI when a request needs it, and not before."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pydantic
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse, Response

from app.http.direct import DirectRoute
from app.schemas import common
from app.schemas.common import Id, Wire
from tests.http_client import httpx


class Named(Wire):
    name: str


async def test_a_route_is_analysed_when_a_request_needs_it() -> None:
    router = APIRouter(route_class=DirectRoute)

    @router.post("/things/{thing_id}", status_code=201)
    async def make(thing_id: Id, body: Named) -> Response:
        return PlainTextResponse(f"{thing_id} {body.name}", status_code=201)

    app, (route,) = FastAPI(), router.routes
    app.router.routes[:0] = router.routes
    thing = str(uuid4())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def posted(path: str, **body: Any) -> tuple[int, str]:
            answer = await client.post(path, json=body)
            return answer.status_code, answer.text

        assert (await client.get(f"/things/{thing}")).status_code == 405
        assert await posted(f"/things/{thing}", name="one") == (201, f"{thing} one")
        assert "dependant" not in vars(route)
        status, text = await posted(f"/things/{thing}", name="two", more=1)
        assert (status, "extra_forbidden" in text) == (422, True)
        assert "dependant" in vars(route)
        # In upper case it is the same id, which FastAPI says.
        assert await posted(f"/things/{thing.upper()}", name="two") == (201, f"{thing} two")
        assert await posted(f"/things/{thing}", name="two") == (201, f"{thing} two")


def test_what_is_answered_is_a_view() -> None:
    models = {each for each in _below(pydantic.BaseModel) if each.__module__.startswith("app.schemas.")}
    assert common.Page in models
    assert all(issubclass(each, common.View | common.Wire) for each in models)


def _below(kind: type[pydantic.BaseModel]) -> set[type[pydantic.BaseModel]]:
    found = {kind}
    for each in kind.__subclasses__():
        found |= _below(each)
    return found
