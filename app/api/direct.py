"""Routes whose arguments need no validation library.

Most routes take the same few things: what the edge holds, the caller, identifiers in the path, If-None-Match.
FastAPI finds each anew for every request, which costs more than the query that follows. Here a plan is made
once from the endpoint's signature; a request that does not fit it exactly (a malformed identifier, any query
parameter) goes through FastAPI as it would have, with its validation and its errors.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, get_type_hints
from uuid import UUID

from fastapi.params import Header
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.api.conditions import IF_NONE_MATCH_LENGTH, IfNoneMatch
from app.api.edge import CallerDep, EdgeDep
from app.core.middleware import CALLER

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Find = Callable[[Request], Any]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _DoesNotFit(Exception):
    """FastAPI shall look at this request."""


class DirectRoute(APIRoute):
    """For ``APIRouter(route_class=DirectRoute)``."""

    def get_route_handler(self) -> Handler:
        validated = super().get_route_handler()
        plan = _plan(self.endpoint) if self.methods == {"GET"} else None
        if plan is None:
            return validated
        endpoint = self.endpoint

        async def direct(request: Request) -> Response:
            if request.scope["query_string"]:
                return await validated(request)
            try:
                values = {name: find(request) for name, find in plan.items()}
            except _DoesNotFit:
                return await validated(request)
            response: Response = await endpoint(**values)
            return response

        return direct


def _plan(endpoint: Callable[..., Any]) -> Mapping[str, Find] | None:
    """How each argument is found; None where one needs FastAPI. What has a default is a query parameter or a
    header of its own, and may be left out where the request has neither."""
    hints = get_type_hints(endpoint, include_extras=True)
    plan: dict[str, Find] = {}
    for name, parameter in inspect.signature(endpoint).parameters.items():
        find = _find(name, hints[name])
        if find is not None:
            plan[name] = find
        elif parameter.default is inspect.Parameter.empty or _is_header(hints[name]):
            return None
    return plan


def _find(name: str, hint: Any) -> Find | None:
    if hint == EdgeDep:
        return lambda request: request.app.state.edge
    if hint == CallerDep:
        return lambda request: request.scope[CALLER]
    if hint == IfNoneMatch:
        return _if_none_match
    if hint is UUID:
        return lambda request: _uuid(request.path_params[name])
    return None


def _is_header(hint: Any) -> bool:
    return any(isinstance(each, Header) for each in getattr(hint, "__metadata__", ()))


def _uuid(text: str) -> UUID:
    if not _UUID.fullmatch(text):
        raise _DoesNotFit
    return UUID(text)


def _if_none_match(request: Request) -> str | None:
    values = request.headers.getlist("if-none-match")
    if len(values) > 1 or (values and len(values[0]) > IF_NONE_MATCH_LENGTH):
        raise _DoesNotFit
    return values[0] if values else None
