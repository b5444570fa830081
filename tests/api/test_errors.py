"""Errors nobody asked for: each leaves in the one format, and nothing is lost or half-written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket

from app.core import errors
from app.core.caller import Caller, Origin
from app.core.identity import Identity
from app.core.middleware import ORIGIN
from app.db import errors as db
from app.db.connection import WriteTransaction
from app.db.migrations import load_migrations
from app.http import errors as mapping
from app.http.edge import Call
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_settings, running


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def test_request_ids_are_kept_when_they_fit(service: Service) -> None:
    given = (await service.client.get("/livez", headers={"X-Request-Id": "trace.0123-ab_c"})).headers
    assert given["x-request-id"] == "trace.0123-ab_c"
    for odd in ("short", "x" * 65, "with blank", "quote'quote", "é" * 8):
        made = await service.client.get("/livez", headers=[(b"X-Request-Id", odd.encode())])
        assert made.headers["x-request-id"] != odd
        assert len(made.headers["x-request-id"]) == 36
    refused = await service.client.get("/workspaces", headers={"X-Request-Id": "my-request-1"})
    assert refused.json()["request_id"] == "my-request-1"


async def test_bodies_have_a_limit_announced_or_not(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, max_body_bytes=2048)) as service:
        ada = await service.person("ada")
        body = {"name": "n", "description": "x" * 3000}
        assert code(await ada.post("/workspaces", body)) == (413, "PAYLOAD_TOO_LARGE")

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b'{"name": "' + b" " * 900

        response = await service.client.post(
            "/workspaces", content=chunks(), headers={**ada.headers(), "Content-Type": "application/json"}
        )
        assert code(response) == (413, "PAYLOAD_TOO_LARGE")
        odd = await service.client.post("/workspaces", headers={**ada.headers(), "Content-Length": "many"})
        assert code(odd) == (413, "PAYLOAD_TOO_LARGE")
        assert (await ada.post("/workspaces", {"name": "n"})).status_code == 201


async def test_bodies_of_anybody_are_small(service: Service) -> None:
    for path in ("/auth/register", "/auth/token", "/auth/refresh"):
        response = await service.client.post(path, content=b" " * 65_537)
        assert code(response) == (413, "PAYLOAD_TOO_LARGE"), path


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer a.b.c"), ("Authorization", "Bearer d.e.f")],
        [("Authorization", "Bearer \u00e9")],
    ],
)
async def test_headers_that_are_there_twice_or_no_ascii(
    service: Service, headers: list[tuple[str, str]]
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    assert code(await service.client.get("/workspaces", headers=raw)) == (401, "INVALID_AZURE_TOKEN")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "bearer", "Token a.b.c"])
async def test_an_authorization_without_a_bearer_token_is_missing(service: Service, value: str) -> None:
    response = await service.client.get("/workspaces", headers={"Authorization": value})
    assert code(response) == (401, "MISSING_AZURE_TOKEN")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_two_pma_tokens_are_one_too_many(service: Service, ada: Person) -> None:
    headers = [*ada.headers().items(), ("X-PMA-Token", ada.pma_token)]
    response = await service.client.get("/workspaces", headers=headers)
    assert code(response) == (401, "INVALID_PMA_TOKEN")
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_what_nobody_expected_is_a_plain_500_and_logged_without_secrets(
    service: Service, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    async def boom() -> None:
        raise ZeroDivisionError("with a secret inside")

    service.app.add_api_route("/boom", boom)
    response = await ada.get("/boom")
    assert code(response) == (500, "INTERNAL_ERROR")
    assert "secret" not in response.text
    assert "unexpected error" in caplog.text
    for secret in (ada.access_token, ada.pma_token):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (db.UniqueViolation("m", constraint="UQ_WorkspaceMember_user"), (409, "MEMBER_EXISTS")),
        (db.UniqueViolation("m", constraint="UQ_AuditLog_seq"), (500, "DB_QUERY_FAILED")),
        (db.ForeignKeyViolation("m"), (500, "DB_QUERY_FAILED")),
        (db.CheckViolation("m"), (500, "DB_QUERY_FAILED")),
        (db.StatementTimeout("m"), (503, "SERVICE_UNAVAILABLE")),
        (db.DatabaseUnavailable("m"), (503, "SERVICE_UNAVAILABLE")),
        (db.DatabaseOverloaded("m"), (503, "SERVICE_UNAVAILABLE")),
        (db.UnexpectedResult("m"), (500, "DB_QUERY_FAILED")),
    ],
)
async def test_errors_of_the_database(
    service: Service, ada: Person, error: Exception, expected: tuple[int, str]
) -> None:
    async def fail() -> None:
        raise error

    service.app.add_api_route("/fail", fail)
    response = await ada.get("/fail")
    assert code(response) == expected
    assert ("retry-after" in response.headers) == (expected[0] == 503)


@pytest.mark.parametrize(
    "race",
    [
        db.Deadlock("victim"),
        db.UniqueViolation("m", constraint="UQ_AuditLog_seq"),
        db.ForeignKeyViolation("m", constraint="FK_Task_assignee"),
    ],
    ids=lambda e: type(e).__name__,
)
async def test_who_lost_a_race_is_run_again_whole_and_not_for_ever(
    service: Service, ada: Person, race: db.DatabaseError, caplog: pytest.LogCaptureFixture
) -> None:
    edge = service.app.state.edge
    workspace = await ada.create_workspace()
    runs: list[int] = []

    async def unlucky(tx: WriteTransaction, times: int) -> str:
        runs.append(1)
        await tx.execute(
            edge.parts.database.registry["delete_workspace"],
            {"workspace_id": workspace["id"], "now": service.clock()},
        )
        if len(runs) <= times:
            raise race
        return "done"

    call = Call(edge, _caller(ada))
    assert await call.transact(lambda tx: unlucky(tx, 2)) == "done"
    assert len(runs) == 3
    assert service.rows("SELECT version FROM Workspace") == [(2,)]
    runs.clear()
    with pytest.raises(type(race)):
        await call.transact(lambda tx: unlucky(tx, 99))
    assert len(runs) == 4
    assert "transaction run again" in caplog.text


async def test_what_a_client_chose_is_not_tried_again(service: Service, ada: Person) -> None:
    runs: list[int] = []

    async def refused(tx: WriteTransaction) -> None:
        runs.append(1)
        raise db.UniqueViolation("m", constraint="UQ_WorkspaceMember_user")

    with pytest.raises(db.UniqueViolation):
        await Call(service.edge, _caller(ada)).transact(refused)
    assert len(runs) == 1


def _caller(person: Person) -> Caller:
    now = person.service.clock()
    return Caller(Identity(person.user_id, "t", "local", None, None, now, now), None, Origin("request", None))


async def test_a_request_that_is_cancelled_writes_all_or_nothing(service: Service, ada: Person) -> None:
    for delay in (0.0, 0.001, 0.002, 0.004, 0.008, 0.016):
        task = asyncio.create_task(ada.post("/workspaces", {"name": f"after {delay}"}))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await ada.post("/workspaces", {"name": "still works"})).status_code == 201
    for workspace, entries in service.rows(
        "SELECT w.id, (SELECT COUNT(*) FROM AuditLog a WHERE a.workspace_id = w.id) FROM Workspace w"
    ):
        assert entries == 1
        assert (await ada.get(f"/workspaces/{workspace}/audit/verify")).json()["valid"] is True


async def test_readiness_tells_of_another_schema(service: Service) -> None:
    assert (await service.client.get("/readyz")).json() == {
        "status": "ok",
        "database": service.settings.db_type,
        "schema_version": load_migrations("sqlite")[-1].version,
    }
    service.tamper("UPDATE SchemaMigration SET version = 99 WHERE version = 1")
    assert code(await service.client.get("/readyz")) == (503, "SERVICE_UNAVAILABLE")
    assert (await service.client.get("/livez")).status_code == 200


async def test_documentation_is_off_in_production(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(
        database,
        key_file,
        environment="production",
        public_url="https://pm.example.com",
        azure_tenant_id="7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10",
        azure_client_id="client",
        blob_store="local",
    )
    async with running(settings) as service:
        for path in ("/docs", "/openapi.json"):
            assert (await service.client.get(path)).status_code == 404
    async with running(make_settings(database, key_file)) as service:
        assert "AccessToken" in (await service.client.get("/openapi.json")).text
        assert (await service.client.get("/docs")).status_code == 200


def test_every_error_has_a_status() -> None:
    def classes(kind: type[errors.AppError]) -> list[type[errors.AppError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in classes(child))]

    for kind in classes(errors.AppError):
        if "code" in vars(kind) and kind is not errors.AppError:
            assert any(each in mapping.STATUS for each in kind.__mro__), kind


@asynccontextmanager
async def websocket_of(
    app: FastAPI, headers: dict[str, str], *, http_answer: bool, path: str = "/workspaces/w/any"
) -> AsyncIterator[list[Any]]:
    """Opens a websocket the way a server would and collects what the application sends."""
    sent: list[Any] = []
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "ws",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}} if http_answer else {},
    }

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    yield sent


async def test_the_gate_stands_before_websockets_too(service: Service, ada: Person) -> None:
    reached: list[str] = []

    @service.app.websocket("/workspaces/{workspace_id}/any")
    async def socket(websocket: WebSocket, workspace_id: str) -> None:
        reached.append(websocket.scope[ORIGIN].request_id)
        await websocket.accept()
        await websocket.close()

    async with websocket_of(service.app, ada.headers(), http_answer=False, path="/nowhere") as sent:
        assert sent == [{"type": "websocket.close", "code": 4404, "reason": ""}]
    async with websocket_of(service.app, {}, http_answer=False) as sent:
        assert sent == [{"type": "websocket.close", "code": 4401, "reason": ""}]
    async with websocket_of(service.app, {}, http_answer=True) as sent:
        assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 401)
        assert b"MISSING_AZURE_TOKEN" in sent[1]["body"]
    assert reached == []
    async with websocket_of(service.app, ada.headers(), http_answer=False) as sent:
        assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert len(reached) == 1


async def test_a_denial_that_cannot_be_audited_is_still_a_denial(
    service: Service, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    bob = await service.person("bob")
    workspace = await ada.create_workspace()
    service.tamper("DELETE FROM WorkspaceHead")
    with caplog.at_level(logging.ERROR):
        assert code(await bob.get(f"/workspaces/{workspace['id']}")) == (403, "USER_NOT_AUTHORIZED")
    assert "denial not audited" in caplog.text
