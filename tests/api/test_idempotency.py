"""Idempotency-Key: a POST that is sent again takes effect once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.http.edge import Edge
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, add_org_member, code, make_settings, running
from tests.http_client import httpx


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def post(person: Person, path: str, key: str, body: Any = None, **options: Any) -> httpx.Response:
    headers = person.headers() | {"Idempotency-Key": key}
    if body is not None:
        options["json"] = body
    return await person.service.client.post(path, headers=headers, **options)


def count(service: Service, table: str) -> int:
    return int(service.rows(f"SELECT COUNT(*) FROM {table}")[0][0])


async def test_a_retry_is_answered_what_the_first_one_was(ada: Person) -> None:
    first = await post(ada, "/workspaces", "key-1", {"name": "Once"})
    again = await post(ada, "/workspaces", "key-1", {"name": "Once"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    tokens = {"pma_token", "pma_token_expires_at"}
    assert {k: v for k, v in again.json().items() if k not in tokens} == {
        k: v for k, v in first.json().items() if k not in tokens
    }
    assert count(ada.service, "Workspace") == 1
    # The retry's token is a good one too.
    ada.pma_token = again.json()["pma_token"]
    assert (await ada.get(f"/workspaces/{first.json()['id']}")).status_code == 200


async def test_no_token_is_kept_for_a_retry(ada: Person) -> None:
    created = await post(ada, "/workspaces", "key-1", {"name": "Once"})
    ((body,),) = ada.service.rows("SELECT body FROM IdempotencyRecord")
    assert created.json()["id"] in body
    assert "token" not in body


async def test_a_key_stands_for_one_request(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    await post(ada, "/workspaces", "key-1", {"name": "Once"})
    for other in (
        ("/workspaces", {"name": "Other"}),
        (f"{path}/members", {"user_id": "00000000-0000-4000-8000-00000000beef", "role": "VIEWER"}),
    ):
        assert code(await post(ada, other[0], "key-1", other[1])) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert count(service, "Workspace") == 2
    bob = await service.person("bob")
    assert (await post(bob, "/workspaces", "key-1", {"name": "Bob's"})).status_code == 201


async def test_another_key_is_another_request(ada: Person) -> None:
    for key in ("key-1", "key-2", "KEY-1", "k" * 200):
        assert (await post(ada, "/workspaces", key, {"name": "Same"})).status_code == 201
    assert count(ada.service, "Workspace") == 4


@pytest.mark.parametrize("key", ["", "k" * 201, "a b", "\u00fc".encode()])
async def test_what_is_no_key(ada: Person, key: Any) -> None:
    assert code(await post(ada, "/workspaces", key, {"name": "n"})) == (422, "VALIDATION_FAILED")
    assert count(ada.service, "Workspace") == 0


async def test_two_keys_are_none(ada: Person) -> None:
    headers = [*ada.headers().items(), ("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    response = await ada.service.client.post("/workspaces", json={"name": "n"}, headers=headers)
    assert code(response) == (422, "VALIDATION_FAILED")
    assert count(ada.service, "Workspace") == 0


async def test_what_failed_may_be_tried_again(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    assert code(await post(ada, f"{path}/restore", "key-1")) == (409, "WORKSPACE_NOT_DELETED")
    await ada.delete(path)
    assert (await post(ada, f"{path}/restore", "key-1")).status_code == 200
    again = await post(ada, f"{path}/restore", "key-1")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")


@pytest.mark.parametrize("how", ["one process", "two processes"])
async def test_a_hundred_at_once_make_one(database: TestDatabase, key_file: Path, how: str) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        callers = [await first.person("ada")]
        if how == "two processes":
            callers.append(await second.person("ada"))
        answers = await asyncio.gather(
            *(post(callers[n % len(callers)], "/workspaces", "key-1", {"name": "One"}) for n in range(100))
        )
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {201, 409}
        assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
        for answer in answers:
            if answer.status_code == 409:
                assert code(answer) == (409, "IDEMPOTENCY_KEY_IN_USE")
        assert count(first, "Workspace") == 1
        final = await post(callers[0], "/workspaces", "key-1", {"name": "One"})
        assert final.headers["idempotency-replayed"] == "true"


async def test_while_the_first_is_under_way_the_second_is_told_so(ada: Person) -> None:
    """An upload that waits for its store: a retry meanwhile is not a second upload."""
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    edge: Edge = ada.service.app.state.edge
    put, begun, go_on = edge.parts.blobs.put, asyncio.Event(), asyncio.Event()

    async def slow(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
        begun.set()
        await go_on.wait()
        await put(path, chunks, **named)

    edge.parts.blobs.put = slow  # type: ignore[method-assign]
    form = {"file": ("a.txt", b"x", "text/plain")}
    first = asyncio.create_task(post(ada, f"{path}/files", "key-1", files=form))
    await begun.wait()
    second = await post(ada, f"{path}/files", "key-1", files=form)
    assert code(second) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert second.headers["retry-after"] == "1"
    go_on.set()
    assert (await first).status_code == 201
    third = await post(ada, f"{path}/files", "key-1", files=form)
    assert third.headers["idempotency-replayed"] == "true"
    assert third.json() == (await first).json()
    other = {"file": ("a.txt", b"y", "text/plain")}
    assert code(await post(ada, f"{path}/files", "key-1", files=other)) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert count(ada.service, "WorkspaceFile") == 1


WITHOUT_A_KEY = (
    # Directories know of none (RFC 7644).
    "/organizations/{org_id}/scim/",
    "/organizations/{org_id}/scim-group-mappings/preview",
    "/invitations/preview",
    "/unsubscribe",
    "/workspaces/{workspace_id}/access/check",
    "/workspaces/{workspace_id}/connectors/test",
    "/workspaces/{workspace_id}/connectors/{connector_id}/preview",
    "/workspaces/{workspace_id}/connectors/{connector_id}/test",
    "/workspaces/{workspace_id}/workflow-templates/validate",
    "/workspaces/{workspace_id}/ws-tickets",
)
"""They only tell, or make what may not be kept."""


async def test_every_post_that_acts_takes_a_key(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    bob = await service.person("bob")
    await ada.add(path.rpartition("/")[2], bob, "VIEWER")
    link = (await post(ada, f"{path}/links/jira", "l", {"external_id": "1", "verify": False})).json()
    cases: list[tuple[Person, str, int]] = [
        (ada, f"{path}/links/{link['id']}/check", 200),
        (bob, f"{path}/members/leave", 204),
    ]
    for number, (who, where, status) in enumerate(cases):
        first = await post(who, where, f"case-{number}")
        again = await post(who, where, f"case-{number}")
        assert (first.status_code, again.status_code) == (status, status), where
        assert again.content == first.content
        assert again.headers.get("etag") == first.headers.get("etag")
        assert again.headers["idempotency-replayed"] == "true"
    history = (await ada.get(f"{path}/links/{link['id']}/history")).json()["items"]
    assert len(history) == 1
    document = service.app.openapi()
    for where, operations in document["paths"].items():
        if "post" in operations and not where.startswith(("/auth/", *WITHOUT_A_KEY)):
            names = {each["name"].lower() for each in operations["post"].get("parameters", [])}
            assert "idempotency-key" in names, where


async def test_it_survives_a_restart_and_a_day(database: TestDatabase, key_file: Path) -> None:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first:
        made = await post(await first.person("ada"), "/workspaces", "key-1", {"name": "One"})
    async with running(settings, clock) as second:
        for hours in (0, 23, 2):
            clock.advance(hours=hours)
            second.people.clear()
            ada = await second.person("ada")
            again = await post(ada, "/workspaces", "key-1", {"name": "One"})
            assert again.json()["id"] == made.json()["id"]


async def test_a_session_that_was_ended_is_answered_nothing(ada: Person) -> None:
    await post(ada, "/workspaces", "key-1", {"name": "One"})
    await ada.post("/auth/logout")
    assert code(await post(ada, "/workspaces", "key-1", {"name": "One"})) == (401, "INVALID_PMA_TOKEN")


async def test_whoever_was_put_out_since_is_answered_nothing(service: Service, ada: Person) -> None:
    """Nor whoever was demoted, which the authorization matrix asks of every route."""
    bob = await service.person("bob")
    made = (await post(bob, "/workspaces", "key-1", {"name": "Once"})).json()
    bob.pma_token = made["pma_token"]
    path = f"/workspaces/{made['id']}"
    owner = await bob.add(made["id"], ada, "OWNER")
    assert owner["role"] == "OWNER"
    noted = await post(bob, f"{path}/labels", "key-2", {"name": "Secret", "color": "#102030"})
    assert noted.status_code == 201
    members = {each["user_id"]: each["id"] for each in (await ada.get(f"{path}/members")).json()["items"]}
    await ada.validate()
    assert (await ada.delete(f"{path}/members/{members[bob.user_id]}")).status_code == 204
    for again in (
        await post(bob, "/workspaces", "key-1", {"name": "Once"}),
        await post(bob, f"{path}/labels", "key-2", {"name": "Secret", "color": "#102030"}),
    ):
        assert code(again) == (403, "USER_NOT_AUTHORIZED")
    assert count(service, "IdempotencyRecord") == 2


async def test_who_gave_the_ownership_away_is_told_so_again(service: Service, ada: Person) -> None:
    bob = await service.person("bob")
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await add_org_member(service, org_id, bob, "ADMIN")
    where, body = f"/organizations/{org_id}/transfer-ownership", {"user_id": bob.user_id}
    answers = [await post(ada, where, "key-1", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


async def test_who_gave_up_a_workspace_is_told_so_again(service: Service, ada: Person) -> None:
    """To its next OWNER, or out of the one organisation that the token is for."""
    bob = await service.person("bob")
    org_id = (await bob.post("/organizations", {"name": "Engines"})).json()["id"]
    await add_org_member(service, org_id, ada, "MEMBER")
    made = (await bob.post(f"/organizations/{org_id}/workspaces", {"name": "Gears"})).json()["id"]
    await bob.add(made, ada, "OWNER")
    where, body = f"/workspaces/{made}/transfers", {"user_id": bob.user_id}
    assert (await bob.post(f"/workspaces/{made}/transfers", {"user_id": ada.user_id})).status_code == 400
    await bob.post(f"/workspaces/{made}/members/leave")
    await ada.add(made, bob, "MEMBER")
    asked = await post(ada, where, "key-1", body)
    assert (await bob.post(f"{where}/{asked.json()['id']}/accept")).status_code == 200
    again = await post(ada, where, "key-1", body)
    assert (again.status_code, again.content) == (201, asked.content)
    out = await bob.post(f"/organizations/{org_id}/moves", {"workspace_id": made, "direction": "out"})
    switched = await bob.post("/auth/switch-organization", {"org_id": org_id})
    bob.pma_token = switched.json()["pma_token"]
    accepts = f"/workspaces/{made}/moves/{out.json()['id']}/accept"
    answers = [await post(bob, accepts, "key-2") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    denied = service.rows("SELECT COUNT(*) FROM AuditLog WHERE outcome = 'DENIED'")
    assert denied == [(0,)]


async def test_whoever_was_taken_out_of_a_project_is_answered_nothing(service: Service, ada: Person) -> None:
    bob = await service.person("bob")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    await ada.add(path.rpartition("/")[2], bob, "MEMBER")
    made = await ada.post(f"{path}/projects", {"key": "OWN", "name": "Secret", "visibility": "members"})
    project = f"{path}/projects/{made.json()['id']}"
    await ada.post(f"{project}/members", {"user_id": bob.user_id})
    task = {"project_id": made.json()["id"], "title": "Merge"}
    first = await post(bob, f"{path}/tasks", "key-1", task)
    comments = f"{path}/tasks/{first.json()['id']}/comments"
    asked: list[tuple[str, str, Any]] = [
        (f"{path}/tasks", "key-1", task),
        (comments, "key-2", {"body": "Soon"}),
        (f"{path}/tasks/{first.json()['id']}/pick", "key-3", None),
        (f"{project}/boards", "key-4", {"name": "Plans"}),
    ]
    for expected in (0, 404):
        for where, key, body in asked:
            done, again = await post(bob, where, key, body), await post(bob, where, key, body)
            assert (done.is_success, expected or done.status_code) == (not expected, again.status_code), where
        await ada.delete(f"{project}/members/{bob.user_id}")


async def test_keys_of_the_service_mark_a_request(database: TestDatabase, key_file: Path) -> None:
    """What is kept of a request tells nobody who has no key what it said, and a key that was put in front
    of another leaves what is kept known."""
    before, clock, body = make_settings(database, key_file), Clock(), {"name": "One"}
    one = before.pma_signing_keys.get_secret_value()
    two = f"another:{base64.urlsafe_b64encode(bytes(range(100, 140))).decode()}"
    expected = {one: 201, f"{two},{one}": 201, two: 422}
    for keys, status in expected.items():
        settings = make_settings(database, key_file, pma_signing_keys=keys)
        async with running(settings, clock) as service:
            answer = await post(await service.person("ada"), "/workspaces", "key-1", body)
            assert answer.status_code == status, answer.text
            ((mark,),) = service.rows("SELECT request_hash FROM IdempotencyRecord")
            assert (
                mark.strip() != hashlib.sha256(b"POST\n/workspaces\n\n" + answer.request.content).hexdigest()
            )
