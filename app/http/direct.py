"""Routes whose arguments are found directly.

Most routes take the same few things: what the edge holds, the caller, identifiers in the path, a header or
two, a JSON body. FastAPI finds each anew for every request, which costs more than the queries that follow.
Here a plan is made once from the endpoint's signature; a request that does not fit it exactly (a malformed
identifier, a header twice, any query parameter, a body that is not valid) goes through FastAPI as it would
have, with its validation and its errors.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, get_type_hints

from fastapi.params import Header, Param, Query
from fastapi.routing import APIRoute, request_response
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path, get_name
from starlette.types import Receive, Scope, Send

from app.core.middleware import CALLER, ENCODED_SLASH
from app.core.strict_json import decode_json
from app.http.conditions import CONDITION_LENGTH, IfMatch, IfNoneMatch, expected_versions
from app.http.edge import Call, CallDep, EdgeDep, PageDep, PageQuery
from app.http.idempotency import KEY_PATTERN, Once, OnceDep
from app.schemas.common import Id, Wire

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Find = Callable[[Request], Any]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(KEY_PATTERN)
_FIRST_PAGE = PageQuery()


class _DoesNotFit(Exception):
    """FastAPI shall look at this request."""


class _Plan(NamedTuple):
    finds: dict[str, Find]
    bodies: dict[str, type[Wire]]
    """One, or none."""

    def values(self, request: Request) -> dict[str, Any]:
        """All but the body. Raises ``_DoesNotFit``."""
        if request.scope["query_string"]:
            raise _DoesNotFit
        return {name: find(request) for name, find in self.finds.items()}

    async def body(self, request: Request) -> dict[str, Any]:
        """Raises ``_DoesNotFit``."""
        if _header(request, b"content-type") != "application/json":
            raise _DoesNotFit
        try:
            value = await request.json()
            return {name: model.model_validate(value) for name, model in self.bodies.items()}
        except (json.JSONDecodeError, ValidationError):
            raise _DoesNotFit from None


class _StrictRequest(Request):
    """Wherever a body is read as JSON, it is read the one way."""

    async def json(self) -> Any:
        return decode_json(await self.body())


class DirectRoute(APIRoute):
    """For ``APIRouter(route_class=DirectRoute)``: every router has it.

    FastAPI analyses an endpoint when its route is made: a millisecond and a validator for each of hundreds of
    routes, most of which a process is never asked for, or never with a request that does not fit the plan.
    Here that is done when the first such request comes, or the OpenAPI document is made; until then the route
    knows what it takes to be found.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._unread: dict[str, Any] | None = {"path": path, "endpoint": endpoint, **options}
        self.path, self.endpoint = path, endpoint
        self.name = options.get("name") or get_name(endpoint)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.include_in_schema = options.get("include_in_schema", True)
        self.app = self._first

    def __getattr__(self, name: str) -> Any:
        """Whatever else a route knows, it knows by FastAPI's analysis."""
        options = vars(self).get("_unread")
        if options is None:
            raise AttributeError(name)
        self._unread, app = None, self.app
        super().__init__(**options)
        self.app = app
        return getattr(self, name)

    async def _first(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.app = request_response(self._direct())
        await self.app(scope, receive, send)

    def _direct(self) -> Handler:
        plan = _plan(self.endpoint, has_body=self.methods != {"GET"})
        endpoint = self.endpoint
        validated: Handler | None = None

        async def by_fastapi(request: Request) -> Response:
            nonlocal validated
            if validated is None:
                validated = self.get_route_handler()
            return await validated(request)

        async def direct(given: Request) -> Response:
            if ENCODED_SLASH in given.scope["path"]:
                parameters = given.path_params
                given.scope["path_params"] = {
                    name: text.replace(ENCODED_SLASH, "/") for name, text in parameters.items()
                }
            request = _StrictRequest(given.scope, given.receive)
            if plan is None:
                return await by_fastapi(request)
            try:
                values = plan.values(request)
                if plan.bodies:
                    values |= await plan.body(request)
            except _DoesNotFit:
                return await by_fastapi(request)
            response: Response = await endpoint(**values)
            return response

        return direct


def _plan(endpoint: Callable[..., Any], *, has_body: bool) -> _Plan | None:
    """How each argument is found; None where one needs FastAPI. A query parameter with a default may be left
    out, because the request has none; what is not marked as one may be a part of the body."""
    hints = get_type_hints(endpoint, include_extras=True)
    plan = _Plan({}, {})
    for name, parameter in inspect.signature(endpoint).parameters.items():
        hint = hints[name]
        is_query = _is(Query, hint) if has_body else not _is(Header, hint)
        if (find := _find(name, hint)) is not None:
            plan.finds[name] = find
        elif isinstance(hint, type) and issubclass(hint, Wire):
            plan.bodies[name] = hint
        elif parameter.default is inspect.Parameter.empty or not is_query:
            return None
    return plan if len(plan.bodies) < 2 else None


def _find(name: str, hint: Any) -> Find | None:
    if hint is Request:
        return lambda request: request
    if hint == EdgeDep:
        return _edge
    if hint == CallDep:
        return _call
    if hint == PageDep:
        return lambda request: _FIRST_PAGE
    if hint == IfNoneMatch:
        return lambda request: _condition(request, b"if-none-match")
    if hint == IfMatch:
        return lambda request: expected_versions(_condition(request, b"if-match"))
    if hint == OnceDep:
        return _once
    if hint == Id:
        return lambda request: _id(request.path_params[name])
    return None


def _is(kind: type[Param], hint: Any) -> bool:
    return any(isinstance(each, kind) for each in getattr(hint, "__metadata__", ()))


def _edge(request: Request) -> Any:
    return request.app.state.edge


def _call(request: Request) -> Call:
    return Call(request.app.state.edge, request.scope[CALLER])


def _id(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise _DoesNotFit
    return text


def _header(request: Request, name: bytes) -> str | None:
    values = [value for key, value in request.scope["headers"] if key == name]
    if len(values) > 1:
        raise _DoesNotFit
    return values[0].decode("latin-1") if values else None


def _condition(request: Request, name: bytes) -> str | None:
    value = _header(request, name)
    if value is not None and len(value) > CONDITION_LENGTH:
        raise _DoesNotFit
    return value


def _once(request: Request) -> Once:
    key = _header(request, b"idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise _DoesNotFit
    return Once(_call(request), request, key)
