"""Methods that no route has to think of (RFC 9110 section 9)."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match

from app.core.middleware import App, Message, Receive, Scope, Send
from app.http.route_table import RouteTable


class Head:
    """Answers HEAD wherever GET is answered: the same status and headers, and no body. What would go on
    sending one, a download or a stream, is told that its client has gone."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_answered = False

        async def send_head(message: Message) -> None:
            nonlocal is_answered
            if is_answered or message["type"] != "http.response.start":
                return
            is_answered = True
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        # A copy: the server writes no body for a HEAD, and must still see that it is one.
        get = {**scope, "method": "GET"}
        try:
            await self._app(get, receive, send_head)
        finally:
            if "route" in get:
                scope["route"] = get["route"]


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """The value of Allow for a path that is there: of all its routes, not of the first that fits."""
    methods = {"OPTIONS"}
    for table in routes:
        for route in table.candidates(scope) if isinstance(table, RouteTable) else (table,):
            if route.matches(scope)[0] is not Match.NONE:
                methods |= getattr(route, "methods", None) or set()
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))
