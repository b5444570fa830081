"""SCIM 2.0 for directories (RFC 7644). What a directory sends and is answered is the RFC's, so every route is
the same few lines, and what they have in common is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from types import ModuleType
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.errors import InvalidScimToken
from app.core.middleware import ORIGIN, PATH, SCIM
from app.core.scim_secrets import ScimSecret
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import DatabaseUnavailable
from app.db.handles.scim_connections import note_scim_use
from app.http.direct import DirectRoute
from app.http.edge import Edge, EdgeDep
from app.http.errors import SCIM_JSON
from app.kernel.scim_access import Directory, enter_directory
from app.schemas.common import Id

router = APIRouter(tags=["scim"], route_class=DirectRoute)
ROOT = "/organizations/{org_id}/scim/v2"
_HOUR = timedelta(hours=1)
_FAILURES = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 501, 503)


_loaded: list[ModuleType] = []


async def library() -> ModuleType:
    """The module that knows the library: imported by the first request of a directory, in a thread, because
    it takes a second and tens of megabytes, which nobody else is to wait for or pay."""

    def load() -> ModuleType:
        from app.services import scim_protocol

        scim_protocol.error_answer(scim_protocol.SCIMException())
        return scim_protocol

    if not _loaded:
        _loaded.append(await asyncio.to_thread(load))
    return _loaded[0]


async def serve(edge: Edge, request: Request, org_id: str) -> Response:
    """Answers as RFC 7644 says, errors too."""
    protocol = await library()
    path = request.scope[PATH].partition("/scim/v2")[2]
    asked = protocol.ScimRequest(
        method=request.method,
        base_url=f"{edge.parts.settings.base_url}{ROOT.format(org_id=org_id)}",
        path=path,
        query=dict(request.query_params),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
        body=await request.body(),
    )
    try:
        answered = await _answer(edge, request, org_id, protocol, asked)
    except protocol.SCIMException as error:
        answered = protocol.error_answer(error)
    body = b"" if answered.body is None else msgspec.json.encode(answered.body)
    response = Response(body, int(answered.status), dict(answered.headers), media_type=SCIM_JSON)
    if answered.body is None and "content-type" in response.headers:
        del response.headers["content-type"]
    response.headers["Cache-Control"] = "no-store"
    return response


async def _answer(edge: Edge, request: Request, org_id: str, protocol: ModuleType, asked: Any) -> Any:
    """Who comes with what is no connection's secret is counted by address before the database is asked."""
    secret: ScimSecret = request.scope[SCIM]
    address = request.scope[ORIGIN].address
    async with edge.rate_limits.guesses.judged(secret.digest, address, InvalidScimToken) as right:
        return await _let_in(edge, request, org_id, protocol, asked, right)


async def _let_in(
    edge: Edge, request: Request, org_id: str, protocol: ModuleType, asked: Any, right: Callable[[], None]
) -> Any:
    parts, tools = edge.parts, edge.tools

    async def enter(tx: ReadTransaction) -> Directory:
        directory = await enter_directory(
            tx, request.scope[SCIM], request.scope[ORIGIN], org_id=org_id, now=tools.clock()
        )
        right()
        return directory

    async def work(tx: ReadTransaction) -> tuple[Any, Directory]:
        directory = await enter(tx)
        return await protocol.answer(asked, tx, directory, tools, edge.scim), directory

    async def note(tx: WriteTransaction) -> None:
        _note(tx, directory, edge)

    try:
        if protocol.is_change(asked.method, asked.path):
            # Looked at first: whoever has no secret keeps nobody from writing.
            async with parts.database.read() as tx:
                await enter(tx)
            answered, directory = await parts.database.transact(work)
        else:
            async with parts.database.read() as tx:
                answered, directory = await work(tx)
        if directory.is_visit_due:
            await parts.database.transact(note)
        return answered
    except DatabaseUnavailable:
        parts.write_probe.doubt()
        raise


def _note(tx: WriteTransaction, directory: Directory, edge: Edge) -> None:
    now = edge.tools.clock()
    note_scim_use(
        tx, org_id=directory.org_id, connection_id=directory.connection_id, before=now - _HOUR, now=now
    )


def _documented() -> dict[int | str, dict[str, Any]]:
    content = {SCIM_JSON: {"schema": {"type": "object"}}}
    answers = {
        200: "As RFC 7644 says.",
        201: "Made.",
        204: "Done.",
        304: "It is what `If-None-Match` names.",
    }
    return {
        **{status: {"description": text, "content": content} for status, text in answers.items()},
        **{
            status: {"description": "An error of RFC 7644, section 3.12.", "content": content}
            for status in _FAILURES
        },
    }


def _route(method: str, path: str, operation_id: str, summary: str) -> None:
    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    if "{rid}" in path:

        async def endpoint(edge: EdgeDep, request: Request, org_id: Id, rid: str) -> Response:
            return await serve(edge, request, org_id)
    else:

        async def endpoint(edge: EdgeDep, request: Request, org_id: Id) -> Response:
            return await serve(edge, request, org_id)

    router.add_api_route(
        ROOT + path,
        endpoint,
        methods=[method],
        operation_id=operation_id,
        summary=summary,
        responses=_documented(),
        response_class=Response,
        openapi_extra={"requestBody": _body(path)} if method in ("POST", "PUT", "PATCH") else None,
    )


def _body(path: str) -> dict[str, Any]:
    schema = {"type": "object", "description": "A message or resource of RFC 7643 and RFC 7644."}
    if path.endswith(".search"):
        example: dict[str, Any] = {"filter": 'userName eq "ada@contoso.com"', "count": 1}
    elif path == "/Bulk":
        example = {"Operations": []}
    elif "{rid}" in path:
        example = {"Operations": [{"op": "replace", "path": "displayName", "value": "Ada Lovelace"}]}
    else:
        example = {"displayName": "Ada Lovelace", "userName": "ada@contoso.com"}
    return {"required": True, "content": {SCIM_JSON: {"schema": schema, "example": example}}}


for _method, _path, _operation_id, _summary in (
    ("GET", "/ServiceProviderConfig", "getServiceProviderConfig", "What is supported"),
    ("GET", "/ResourceTypes", "listResourceTypes", "The types of resources"),
    ("GET", "/ResourceTypes/{rid}", "getResourceType", "One type of resource"),
    ("GET", "/Schemas", "listSchemas", "The schemas of resources"),
    ("GET", "/Schemas/{rid}", "getSchema", "One schema"),
    ("POST", "/Bulk", "bulk", "Several changes: 501, as announced"),
    ("POST", "/.search", "searchAll", "Find users and groups"),
    *(
        row
        for name, one in (("Users", "user"), ("Groups", "group"))
        for row in (
            ("POST", f"/{name}/.search", f"search{name}", f"Find {one}s by a filter in the body"),
            ("GET", f"/{name}", f"listScim{name}", f"Find {one}s: `filter`, `startIndex`, `count`"),
            ("POST", f"/{name}", f"createScim{one.title()}", f"A new {one}"),
            ("GET", f"/{name}/{{rid}}", f"getScim{one.title()}", f"One {one}"),
            ("PUT", f"/{name}/{{rid}}", f"replaceScim{one.title()}", f"Put another {one} in its place"),
            ("PATCH", f"/{name}/{{rid}}", f"patchScim{one.title()}", f"Change a {one}"),
            ("DELETE", f"/{name}/{{rid}}", f"deleteScim{one.title()}", f"Take a {one} away"),
        )
    ),
):
    _route(_method, _path, _operation_id, _summary)
