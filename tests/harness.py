"""The real application on a real database, and people who sign in to it.

Nothing is replaced but the clock. Every answer is held against the OpenAPI document: its status must be
documented, its body must fit the documented model, member by member.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from starlette.routing import BaseRoute

from app.core.caller import Tools
from app.core.clock import new_uuid7
from app.core.config import Settings
from app.core.local_issuer import LocalTokenIssuer, LocalUser
from app.core.middleware import is_scim
from app.core.text import member_key
from app.db.handles.org_members import insert_org_member
from app.http.edge import Edge
from app.http.route_table import RouteTable
from app.http.server import Server
from app.kernel import usage
from app.kernel.job_worker import JobWorker
from app.main import create_app
from app.parts import make_local_issuer
from app.schemas.common import Error
from tests import databases
from tests.databases import TestDatabase
from tests.http_client import httpx
from tests.lock_order import watch
from tests.recount import require_true_counts

BASE_URL = "http://testserver"
TENANT = "00000000-0000-4000-8000-00000000d0d0"
SECRET_KEY = "s1:WYMOvDpBhBEFZr8aKQ0IRz39y9SSzkmLFM0aXi-i5EE"
SIGNING_KEY = "test:" + "q7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA"


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.passed = 0.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        """Seconds that have passed."""
        return self.passed

    def advance(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)
        self.passed += timedelta(**span).total_seconds()

    def jump(self, **span: float) -> None:
        """The clock is set to something else; no time passes."""
        self.now += timedelta(**span)


class _Given(Settings):
    """Settings of what is given alone: what the machine's environment has is another matter in each place,
    and looking there takes longer than all the checks."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def make_settings(database: TestDatabase, key_file: Path, **overrides: Any) -> Settings:
    values: dict[str, Any] = {
        "pma_signing_keys": SIGNING_KEY,
        "local_issuer_key_file": key_file,
        "public_url": BASE_URL,
        "enable_registration": True,
        "secret_keys": SECRET_KEY,
        "link_check_interval_minutes": 0,
        "rate_limit_read": "",
        "rate_limit_write": "",
        "rate_limit_sign_in": "",
        "rate_limit_scim": "",
        "rate_limit_guesses": "",
        "audit_key_file": key_file,
        "blob_store": "memory",
        "outbox_poll_seconds": 0,
    }
    return _Given(**(values | dict(database.settings) | overrides))


@dataclass
class Person:
    """Somebody with an access token and, once signed in, a PMA token."""

    service: Service
    name: str
    user_id: str
    access_token: str
    pma_token: str = ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}", "X-PMA-Token": self.pma_token}

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.service.client.request(method, path, headers=self.headers(), **options)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.request("GET", path, params=params)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.request("POST", path, json=body)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.request("DELETE", path)

    async def validate(self, workspace_id: str | None = None) -> httpx.Response:
        response = await self.service.client.post(
            "/auth/validate",
            headers={"Authorization": f"Bearer {self.access_token}"},
            json={"workspace_id": workspace_id} if workspace_id else None,
        )
        if response.status_code == 200:
            self.pma_token = response.json()["pma_token"]
        return response

    async def create_workspace(self, name: str = "Roadmap", **more: Any) -> dict[str, Any]:
        response = await self.post("/workspaces", {"name": name, **more})
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    async def add(self, workspace_id: str, other: Person, role: str, **more: Any) -> dict[str, Any]:
        body = {"user_id": other.user_id, "role": role, **more}
        response = await self.post(f"/workspaces/{workspace_id}/members", body)
        assert response.status_code == 201, response.text
        member: dict[str, Any] = response.json()
        return member


@dataclass
class Service:
    """A running application with a client and a clock of its own."""

    app: FastAPI
    settings: Settings
    clock: Clock
    client: httpx.AsyncClient
    issuer: LocalTokenIssuer
    people: dict[str, Person] = field(default_factory=dict)

    async def person(self, name: str, *, signed_in: bool = True) -> Person:
        """Somebody of that name, the same one each time."""
        if name not in self.people:
            user_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
            self.people[name] = Person(self, name, user_id, self.access_token(user_id, name))
        person = self.people[name]
        if signed_in and not person.pma_token:
            response = await person.validate()
            assert response.status_code == 200, response.text
        return person

    def access_token(self, user_id: str, name: str) -> str:
        return self.issuer.mint(LocalUser(user_id, name.title(), f"{name}@example.com", 1))

    @property
    def edge(self) -> Edge:
        edge: Edge = self.app.state.edge
        return edge

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Looks straight into the database, past everything that is being tested."""
        return databases.rows(self.settings, sql, *values)

    def tamper(self, *statements: str) -> None:
        """Changes the database behind the service's back, triggers out of the way."""
        databases.tamper(self.settings, *statements)


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Service]:
    """The application with its lifespan, answering over ASGI."""
    clock = clock or Clock()
    tools = Tools(clock, new_uuid7, os.urandom, clock.monotonic)
    app = create_app(settings, tools)
    contract = Contract(app)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE_URL, event_hooks={"response": [contract.check]}
        ) as client:
            watch(app.state.edge.parts.database)
            yield Service(app, settings, clock, client, issuer_of(settings, clock))
    require_true_counts(settings)


def issuer_of(settings: Settings, clock: Clock) -> LocalTokenIssuer:
    """Signs access tokens as the application's own issuer does, for longer."""
    longer = settings.model_copy(update={"access_token_expire_minutes": 8 * 60})
    return make_local_issuer(longer, Tools(clock, new_uuid7, os.urandom, clock.monotonic))


_DOCUMENTED: dict[tuple[str, str], set[str]] = {}


def _documented(app: FastAPI) -> dict[tuple[str, str], set[str]]:
    """The documented statuses by method and path; the same in every test, so worked out once."""
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            _DOCUMENTED[method.upper(), path] = set(operation["responses"])
    return _DOCUMENTED


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


class Contract:
    """What the OpenAPI document promises of each route's answers."""

    def __init__(self, app: FastAPI) -> None:
        self._documented = _DOCUMENTED or _documented(app)
        # Paths without a parameter come first, as "me" does where an id may stand too.
        routes = sorted(api_routes(app), key=lambda route: "{" in route.path)
        self._routes = [(route, _pattern(route.path)) for route in routes]

    async def check(self, response: httpx.Response) -> None:
        await response.aread()
        assert response.headers["x-request-id"]
        method, path = response.request.method, response.request.url.path
        if method == "OPTIONS":
            return  # a browser's preflight, which no program reads
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if response.status_code >= 400 and is_scim(path):
            check_scim_error(response)
        elif response.status_code >= 400 and not is_page:
            body = response.json()
            Error.model_validate(body, strict=True)
            assert list(body) == ["error_code", "message", "details", "request_id"]
        route = next(
            (
                route
                for route, pattern in self._routes
                if method in (route.methods or ()) and pattern.fullmatch(path)
            ),
            None,
        )
        if route is None:
            return
        documented = self._documented[method, route.path]
        assert str(response.status_code) in documented, (
            f"{method} {route.path} answered {response.status_code}, documented are {sorted(documented)}: "
            f"{response.text}"
        )
        model = route.responses.get(response.status_code, {}).get("model")
        is_json = response.headers.get("content-type") == "application/json"
        if response.status_code < 400 and model is not None and is_json:
            check_fits(model, response.content)


def check_scim_error(response: httpx.Response) -> None:
    """RFC 7644, section 3.12."""
    body = response.json()
    assert response.headers["content-type"] == "application/scim+json"
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == str(response.status_code)
    assert body.keys() <= {"schemas", "status", "scimType", "detail"}


def check_fits(model: type[BaseModel], content: bytes) -> None:
    """The body has the model's members: none missing, none more, all of the right type."""
    parsed = model.model_validate_json(content)
    assert _shape(json.loads(content)) == _shape(json.loads(parsed.model_dump_json()))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(member) for name, member in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def all_routes(app: FastAPI) -> list[BaseRoute]:
    return [
        route
        for table in app.routes
        for route in (table.routes if isinstance(table, RouteTable) else (table,))
    ]


def api_routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in all_routes(app) if isinstance(route, APIRoute)]


def make_outbox(edge: Edge) -> JobWorker:
    """A worker to be run when the test says so."""
    return edge.parts.job_worker()


async def add_org_member(
    service: Service, org_id: str, person: Person, role: str, *, source: str = "manual"
) -> None:
    """As if they had been added, past every rule."""
    async with service.edge.parts.database.write() as tx:
        insert_org_member(
            tx,
            member_id=service.edge.tools.new_id(),
            org_id=org_id,
            user_id=person.user_id,
            display_name=person.name,
            role=role,
            source=source,
            added_by=person.user_id,
            now=service.clock(),
            list_key=org_id,
            member_key=member_key(person.name, person.user_id),
        )
        await usage.take_seat(tx, org_id, person.user_id)


async def move_workspace_into(service: Service, workspace_id: str, org_id: str) -> None:
    """As if both sides had agreed."""
    async with service.edge.parts.database.write() as tx:
        move_workspace = tx.registry["move_workspace"]
        values = {"workspace_id": workspace_id, "org_id": org_id, "now": service.clock()}
        await tx.execute(move_workspace, values)
        await usage.take_workspace(tx, org_id, workspace_id)


def asked_of_the_database(service: Service) -> list[str]:
    """The names of queries, from here on."""
    asked: list[str] = []
    service.edge.parts.database.registry.observe = lambda name, seconds: asked.append(name)
    return asked


def code(response: httpx.Response) -> tuple[int, str]:
    """Status and error code, to compare in one go."""
    return response.status_code, response.json()["error_code"]


@asynccontextmanager
async def serving(settings: Settings, clock: Clock | None = None, *, port: int = 0) -> AsyncIterator[Service]:
    """As ``running``, over real sockets: for answers that are streams, and for a real browser."""
    clock = clock or Clock()
    app = create_app(settings, Tools(clock, new_uuid7, os.urandom, clock.monotonic))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        server = Server(app, settings)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        watch(app.state.edge.parts.database)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            yield Service(app, settings, clock, client, issuer_of(settings, clock))
            server.should_exit = True
            await task
