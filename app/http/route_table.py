"""The routes of the API, found by the segments of their paths.

A router asks each route in turn whether it is the one. With hundreds of routes that takes the last ones
longer than everything that they do then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette._utils import get_route_path
from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute

from app.core.middleware import Receive, Scope, Send

_FOUND = "pma.route_found"
_ANY = None
"""What stands for a parameter, which is any segment but an empty one."""


class _Node:
    """What a path can be after some of its segments."""

    __slots__ = ("following", "routes")

    def __init__(self) -> None:
        self.following: dict[str | None, _Node] = {}
        self.routes: list[int] = []


class RouteTable(BaseRoute):
    """One route that is many. Of those that fit a request, the first of ``routes`` is taken, as a router
    would. Parameters are whole segments: any other raises ``ValueError``."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.routes = routes
        self._root = _Node()
        for number, route in enumerate(routes):
            self._add(number, route)

    def _add(self, number: int, route: BaseRoute) -> None:
        if not isinstance(route, Route | WebSocketRoute):
            raise ValueError(f"{route} is no route")
        if not all(isinstance(each, StringConvertor) for each in route.param_convertors.values()):
            raise ValueError(f"{route.path}: a parameter is a text of one segment")
        node = self._root
        for segment in _segments(route.path):
            is_parameter = segment.startswith("{") and segment.endswith("}") and segment.count("{") == 1
            if "{" in segment and not is_parameter:
                raise ValueError(f"{route.path}: a parameter is a whole segment")
            node = node.following.setdefault(_ANY if is_parameter else segment, _Node())
        node.routes.append(number)

    def candidates(self, scope: Scope) -> Iterator[BaseRoute]:
        """Those whose path has this shape, in order; few, and hardly ever one too many."""
        nodes = [self._root]
        for segment in _segments(get_route_path(scope)):
            keys = (segment, _ANY) if segment else (segment,)
            nodes = [node.following[key] for node in nodes for key in keys if key in node.following]
        return (self.routes[number] for number in sorted(each for node in nodes for each in node.routes))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] in ("http", "websocket"):
            for route in self.candidates(scope):
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return match, {**child, _FOUND: route}
                if match is Match.PARTIAL and found[0] is Match.NONE:
                    found = match, {**child, _FOUND: route}
        return found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: BaseRoute = scope[_FOUND]
        await route.handle(scope, receive, send)


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]
