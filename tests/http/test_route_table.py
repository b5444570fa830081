"""Routes are found by the segments of their paths: the one that a router would take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket

from app.http.route_table import RouteTable
from app.main import create_app
from tests.databases import TestDatabase
from tests.harness import all_routes, make_settings
from tests.http_client import httpx


def answers(name: str, path: str, *methods: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return PlainTextResponse(f"{name} {request.path_params}")

    return Route(path, endpoint, methods=methods or None)


ROUTES = [
    answers("one", "/things/{id}"),
    answers("me", "/things/me"),
    answers("change", "/things/{id}", "PATCH"),
    answers("list", "/things"),
    answers("deep", "/things/{id}/parts/{part}"),
    answers("mine", "/things/me/parts/{part}", "DELETE"),
    answers("root", "/"),
]
PATHS = (
    "/", "", "/things", "/things/", "/things/1", "/things/me", "/things/1/parts/2", "/things/me/parts/2",
    "/things//parts/2", "/things/1/parts/", "/things/1/parts", "/thing", "/things/1/parts/2/3", "//things",
    "/things/{id}", "/things/%2F", "/things/a%20b", "/THINGS",
)  # fmt: skip


@pytest.mark.parametrize("root_path", ["", "/pma"])
async def test_what_is_found_is_what_a_router_finds(root_path: str) -> None:
    one_by_one = httpx.ASGITransport(Router(ROUTES, redirect_slashes=False), root_path=root_path)
    by_table = httpx.ASGITransport(Router([RouteTable(ROUTES)], redirect_slashes=False), root_path=root_path)
    for path in PATHS:
        for method in ("GET", "PATCH", "DELETE", "POST", "HEAD"):
            found = []
            for transport in (one_by_one, by_table):
                async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                    answer = await client.request(method, root_path + path)
                    found.append((answer.status_code, answer.text))
            assert found[0] == found[1], (method, path)


async def _socket(websocket: WebSocket) -> None: ...


@pytest.mark.parametrize(
    "route",
    [
        Mount("/files", routes=[]),
        answers("rest", "/files/{rest:path}"),
        answers("number", "/files/{number:int}"),
        answers("half", "/files/{name}.txt"),
    ],
)
def test_what_the_table_cannot_hold_is_refused(route: BaseRoute) -> None:
    with pytest.raises(ValueError, match=r"route|segment"):
        RouteTable([route])


def test_a_socket_is_found_where_a_request_is_not() -> None:
    table = RouteTable([WebSocketRoute("/things/{id}/ws", _socket)])
    scope: dict[str, Any] = {"path": "/things/1/ws", "root_path": "", "method": "GET"}
    assert table.matches({"type": "websocket", **scope})[0] is Match.FULL
    assert table.matches({"type": "http", **scope})[0] is Match.NONE
    assert table.matches({"type": "lifespan"})[0] is Match.NONE


def test_few_routes_are_tried_for_any_path(database: TestDatabase, key_file: Path) -> None:
    app = create_app(make_settings(database, key_file))
    (table,) = (each for each in app.routes if isinstance(each, RouteTable))
    assert len(table.routes) > 300
    for route in all_routes(app):
        path = re.sub(r"\{\w+\}", "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f", getattr(route, "path", ""))
        tried = list(table.candidates({"type": "http", "path": path, "root_path": ""}))
        assert len(tried) <= 8, path
