"""Tickets in place of both tokens: used once, by whom and for what they were given, and as long as the session."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.kernel.housekeeping import Housekeeping
from tests.harness import Person, Service, code
from tests.http_client import httpx
from tests.sockets import ticket_of


@pytest.fixture
async def ada(service: Service) -> Person:
    # A stream that has just begun ends here, or this client would wait for its end.
    service.app.state.edge.parts.feed.close()
    return await service.person("ada")


async def opened(service: Service, path: str, ticket: str) -> httpx.Response:
    return await service.client.get(f"{path}/stream", params={"ticket": ticket})


async def test_a_ticket_opens_once_and_only_what_it_is_for(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    other = f"/workspaces/{(await ada.create_workspace())['id']}"
    ticket = await ticket_of(ada, path)
    assert code(await opened(service, other, ticket)) == (401, "INVALID_TICKET")
    for where in ("", "/changes", "/members", "/ws"):
        response = await service.client.get(f"{path}{where}", params={"ticket": ticket})
        assert code(response) == (401, "MISSING_AZURE_TOKEN")
    assert (await opened(service, path, ticket)).status_code == 200
    assert code(await opened(service, path, ticket)) == (401, "INVALID_TICKET")


async def test_of_two_at_once_one_gets_in(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    ticket = await ticket_of(ada, path)
    answers = await asyncio.gather(*(opened(service, path, ticket) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401, 401]


async def test_what_is_no_ticket(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    ticket = await ticket_of(ada, path)
    for other in ("", "x", "x" * 101, "\x00", "%", "é"):
        assert code(await opened(service, path, other)) == (401, "INVALID_TICKET"), other
    twice = await service.client.get(f"{path}/stream?ticket={ticket}&ticket={ticket}")
    assert code(twice) == (401, "INVALID_TICKET")
    nowhere = await service.client.get(f"/workspaces/x/stream?ticket={ticket}")
    assert code(nowhere) == (422, "VALIDATION_FAILED")


async def logged_out(ada: Person, bob: Person, path: str) -> None:
    await bob.post("/auth/logout")


async def removed(ada: Person, bob: Person, path: str) -> None:
    members = (await ada.get(f"{path}/members")).json()["items"]
    member = next(each for each in members if each["user_id"] == bob.user_id)
    assert (await ada.delete(f"{path}/members/{member['id']}")).status_code == 204


async def deleted(ada: Person, bob: Person, path: str) -> None:
    assert (await ada.delete(path)).status_code == 204


async def waited(ada: Person, bob: Person, path: str) -> None:
    bob.service.clock.advance(seconds=31)


async def test_a_ticket_is_worth_what_its_owner_may(service: Service, ada: Person) -> None:
    for how, expected in (
        (logged_out, (401, "INVALID_PMA_TOKEN")),
        (removed, (403, "USER_NOT_AUTHORIZED")),
        (deleted, (404, "WORKSPACE_NOT_FOUND")),
        (waited, (401, "INVALID_TICKET")),
    ):
        workspace, bob = await ada.create_workspace(), await service.person(f"bob, {how.__name__}")
        await ada.add(workspace["id"], bob, "VIEWER")
        path = f"/workspaces/{workspace['id']}"
        ticket = await ticket_of(bob, path)
        await how(ada, bob, path)
        assert code(await opened(service, path, ticket)) == expected, how


async def test_a_ticket_lasts_no_longer_than_the_token_it_was_asked_for_with(
    service: Service, ada: Person
) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    service.clock.advance(minutes=59, seconds=50)
    ticket = await ticket_of(ada, path)
    service.clock.advance(seconds=15)
    assert code(await opened(service, path, ticket)) == (401, "INVALID_TICKET")


async def test_no_ticket_is_kept_and_what_nobody_used_is_forgotten(service: Service, ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    used, unused = await ticket_of(ada, path), await ticket_of(ada, path)
    await opened(service, path, used)
    rows = service.rows("SELECT * FROM OneTimeTicket")
    assert len(rows) == 1
    assert unused not in str(rows)
    housekeeping = Housekeeping(service.edge.parts.database, service.edge.tools, timedelta(minutes=15))
    for _ in range(6):
        await housekeeping.run()
        service.clock.advance(days=1)
    assert service.rows("SELECT * FROM OneTimeTicket") == []
