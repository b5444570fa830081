"""Workspaces move into organisations and out of them when both sides agree."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import Person, Service, add_org_member, code

Place = tuple[str, str]
"""The paths of an organisation and of a workspace that is of none."""


@pytest.fixture
async def ada(service: Service) -> Person:
    """Owns an organisation."""
    return await service.person("ada")


@pytest.fixture
async def bob(service: Service) -> Person:
    """Owns a workspace, and is in the organisation."""
    return await service.person("bob")


@pytest.fixture
async def place(service: Service, ada: Person, bob: Person) -> Place:
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await add_org_member(service, org_id, bob, "MEMBER")
    return f"/organizations/{org_id}", f"/workspaces/{(await bob.create_workspace('Gears'))['id']}"


def of(path: str) -> str:
    return path.rpartition("/")[2]


async def asked(person: Person, path: str, body: dict[str, Any]) -> str:
    response = await person.post(f"{path}/moves", body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def answer(person: Person, path: str, move: str, word: str) -> Any:
    return await person.post(f"{path}/moves/{move}/{word}")


async def moved_in(ada: Person, bob: Person, place: Place) -> None:
    move = await asked(bob, place[1], {"org_id": of(place[0])})
    assert (await answer(ada, place[0], move, "accept")).status_code == 200


def whose(service: Service, workspace: str) -> Any:
    return service.rows("SELECT org_id FROM Workspace WHERE id = ?", of(workspace))[0][0]


async def test_a_workspace_asks_to_come_in_and_to_go(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    response = await bob.post(f"{workspace}/moves", {"org_id": of(org)})
    move = response.json()
    assert (move["workspace_name"], move["org_name"], move["direction"]) == ("Gears", "Engines", "in")
    assert (move["asked_side"], move["asked_by"], move["state"]) == ("workspace", bob.user_id, "PENDING")
    assert (await ada.get(f"{org}/moves")).json()["items"] == [move]
    assert whose(service, workspace) is None
    accepted = (await answer(ada, org, move["id"], "accept")).json()
    assert (accepted["state"], accepted["ended_by"]) == ("ACCEPTED", ada.user_id)
    assert (await bob.get(workspace)).json()["org_id"] == of(org)
    assert [each["name"] for each in (await ada.get(f"{org}/workspaces")).json()["items"]] == ["Gears"]
    usage = (await ada.get(f"{org}/usage")).json()
    assert (usage["workspaces"]["used"], usage["seats"]["used"]) == (1, 2)
    out = await asked(bob, workspace, {"org_id": None})
    assert [each["id"] for each in (await bob.get(f"{workspace}/moves")).json()["items"]] == [out, move["id"]]
    waiting = (await bob.get(f"{workspace}/moves", pending=True)).json()["items"]
    assert [each["id"] for each in waiting] == [out]
    assert (await answer(ada, org, out, "accept")).json()["direction"] == "out"
    assert (await bob.get(workspace)).json()["org_id"] is None
    assert (await ada.get(f"{org}/usage")).json()["workspaces"]["used"] == 0
    page = (await ada.get(f"{org}/moves", limit=1)).json()
    assert [each["id"] for each in page["items"]] == [out]
    rest = (await ada.get(f"{org}/moves", limit=1, cursor=page["next_cursor"])).json()
    assert [each["id"] for each in rest["items"]] == [move["id"]]
    told = ["workspace.move_asked", "workspace.moved"] * 2
    own = service.rows("SELECT action FROM AuditLog WHERE action LIKE 'workspace.mov%' ORDER BY seq")
    chain = service.rows(
        "SELECT action FROM PlatformAuditLog WHERE scope_type = 'org' AND target_type = 'workspace' ORDER BY seq"
    )
    assert ([action for (action,) in own], [action for (action,) in chain]) == (told, told)
    for path, person in ((org, ada), (workspace, bob)):
        assert (await person.get(f"{path}/audit/verify")).json()["valid"]


async def test_an_organisation_asks_a_workspace(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    body = {"workspace_id": of(workspace), "direction": "in"}
    # Whoever is not in it has nothing to ask of it.
    assert code(await ada.post(f"{org}/moves", body)) == (403, "USER_NOT_AUTHORIZED")
    await bob.add(of(workspace), ada, "VIEWER")
    move = await asked(ada, org, body)
    assert code(await answer(ada, workspace, move, "accept")) == (403, "USER_NOT_AUTHORIZED")
    assert (await answer(bob, workspace, move, "accept")).json()["state"] == "ACCEPTED"
    assert whose(service, workspace) == of(org)
    out = await asked(ada, org, body | {"direction": "out"})
    assert (await answer(bob, workspace, out, "accept")).json()["state"] == "ACCEPTED"
    assert whose(service, workspace) is None
    for direction in ("out", "in"):
        unknown = {"workspace_id": service.edge.tools.new_id(), "direction": direction}
        assert code(await ada.post(f"{org}/moves", unknown)) == (404, "WORKSPACE_NOT_FOUND"), direction


async def test_who_asks_cancels_and_the_other_declines(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    for word, person, path, state in (
        ("decline", ada, org, "DECLINED"),
        ("cancel", bob, workspace, "CANCELLED"),
    ):
        move = await asked(bob, workspace, {"org_id": of(org)})
        again = await bob.post(f"{workspace}/moves", {"org_id": of(org)})
        assert code(again) == (409, "MOVE_EXISTS")
        for wrong, other, side in (
            ("accept", bob, workspace),
            ("decline", bob, workspace),
            ("cancel", ada, org),
        ):
            assert code(await answer(other, side, move, wrong)) == (400, "RULE_VIOLATED"), wrong
        assert (await answer(person, path, move, word)).json()["state"] == state
        for late, other, side in (("accept", ada, org), ("cancel", bob, workspace)):
            refused = await answer(other, side, move, late)
            assert (code(refused), refused.json()["details"]) == ((409, "MOVE_ENDED"), {"state": state})
    assert whose(service, workspace) is None
    unknown = service.edge.tools.new_id()
    assert code(await answer(ada, org, unknown, "accept")) == (404, "MOVE_NOT_FOUND")


async def test_what_cannot_be_asked(service: Service, ada: Person, bob: Person, place: Place) -> None:
    org, workspace = place
    eve = await service.person("eve")
    theirs = (await eve.post("/organizations", {"name": "Theirs"})).json()["id"]
    foreign = await bob.post(f"{workspace}/moves", {"org_id": theirs})
    assert code(foreign) == (404, "ORGANIZATION_NOT_FOUND")
    assert code(await bob.post(f"{workspace}/moves", {"org_id": None})) == (400, "RULE_VIOLATED")
    await moved_in(ada, bob, place)
    assert code(await bob.post(f"{workspace}/moves", {"org_id": of(org)})) == (400, "RULE_VIOLATED")
    await ada.post(f"{org}/suspend", {})
    for person, path, body in (
        (bob, workspace, {"org_id": None}),
        (ada, org, {"workspace_id": of(workspace), "direction": "out"}),
    ):
        assert code(await person.post(f"{path}/moves", body)) == (409, "ORGANIZATION_SUSPENDED")


async def test_a_move_waits_fourteen_days(service: Service, ada: Person, bob: Person, place: Place) -> None:
    org, workspace = place
    move = await asked(bob, workspace, {"org_id": of(org)})
    service.tamper(f"UPDATE WorkspaceMove SET expires_at = created_at WHERE id = '{move}'")
    assert (await ada.get(f"{org}/moves")).json()["items"][0]["state"] == "EXPIRED"
    assert (await ada.get(f"{org}/moves", pending=True)).json()["items"] == []
    refused = await answer(ada, org, move, "accept")
    assert (code(refused), refused.json()["details"]) == ((409, "MOVE_ENDED"), {"state": "EXPIRED"})
    again = await asked(bob, workspace, {"org_id": of(org)})
    assert (await answer(ada, org, again, "accept")).status_code == 200
    states = service.rows("SELECT state FROM WorkspaceMove ORDER BY list_key")
    assert states == [("EXPIRED",), ("ACCEPTED",)]


async def test_whoever_asked_must_still_have_the_say(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    eve = await service.person("eve")
    await bob.add(of(workspace), eve, "OWNER")
    move = await asked(bob, workspace, {"org_id": of(org)})
    members = (await eve.get(f"{workspace}/members")).json()["items"]
    bobs = next(each["id"] for each in members if each["user_id"] == bob.user_id)
    await eve.patch(f"{workspace}/members/{bobs}", {"role": "ADMIN"})
    assert code(await answer(ada, org, move, "accept")) == (409, "INVITER_MAY_NOT")
    assert whose(service, workspace) is None
    await eve.patch(f"{workspace}/members/{bobs}", {"role": "OWNER"})
    assert (await answer(ada, org, move, "accept")).status_code == 200


async def test_what_is_not_in_work_or_gone_is_not_moved(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    move = await asked(bob, workspace, {"org_id": of(org)})
    await bob.post(f"{workspace}/suspend", {})
    assert code(await answer(ada, org, move, "accept")) == (409, "WORKSPACE_SUSPENDED")
    await bob.post(f"{workspace}/activate", {})
    await bob.delete(workspace)
    assert code(await answer(ada, org, move, "accept")) == (404, "WORKSPACE_NOT_FOUND")
    await bob.post(f"{workspace}/restore")
    await bob.add(of(workspace), await service.person("eve"), "VIEWER")
    async with service.edge.parts.database.write() as tx:
        limits = {
            "plan_name": "Team",
            "max_seats": 2,
            "max_workspaces": None,
            "max_file_bytes": None,
            "max_requests_per_minute": None,
        }
        await tx.execute(tx.registry["set_limits"], {"org_id": of(org), **limits})
    refused = await answer(ada, org, move, "accept")
    assert (code(refused), refused.json()["details"]["limit"]) == ((409, "LIMIT_EXCEEDED"), "seats")
    assert whose(service, workspace) is None
    assert (await ada.get(f"{org}/moves", pending=True)).json()["items"][0]["id"] == move


async def test_a_token_for_the_organisation_opens_it_from_then_on(
    service: Service, ada: Person, bob: Person, place: Place
) -> None:
    org, workspace = place
    everything = bob.pma_token
    body = (await bob.post("/auth/switch-organization", {"org_id": of(org)})).json()
    bob.pma_token = body["pma_token"]
    assert code(await bob.get(workspace)) == (403, "USER_NOT_AUTHORIZED")
    bob.pma_token = everything
    await moved_in(ada, bob, place)
    bob.pma_token = body["pma_token"]
    assert (await bob.get(workspace)).status_code == 200


Twins = tuple[Service, Service]


async def on_both(twins: Twins) -> tuple[Person, Person, Person, str, str, str]:
    """ada on either process, bob on the second, and a move that bob asked ada for."""
    first, second = twins
    ada, bob = await first.person("ada"), await second.person("bob")
    twin = Person(second, ada.name, ada.user_id, ada.access_token, ada.pma_token)
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await add_org_member(first, org_id, bob, "MEMBER")
    org, workspace = f"/organizations/{org_id}", f"/workspaces/{(await bob.create_workspace())['id']}"
    return ada, twin, bob, org, workspace, await asked(bob, workspace, {"org_id": org_id})


@pytest.mark.parametrize("attempt", range(4))
async def test_a_move_accepted_twice_at_once_is_made_once(twins: Twins, attempt: int) -> None:
    ada, twin, _, org, workspace, move = await on_both(twins)
    answers = await asyncio.gather(answer(ada, org, move, "accept"), answer(twin, org, move, "accept"))
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert whose(twins[0], workspace) == of(org)
    assert (await ada.get(f"{org}/usage")).json()["workspaces"]["used"] == 1
    assert twins[0].rows("SELECT COUNT(*) FROM AuditLog WHERE action = 'workspace.moved'") == [(1,)]


@pytest.mark.parametrize("attempt", range(4))
async def test_of_an_acceptance_and_a_cancellation_one_counts(twins: Twins, attempt: int) -> None:
    ada, _, bob, org, workspace, move = await on_both(twins)
    accepted, cancelled = await asyncio.gather(
        answer(ada, org, move, "accept"), answer(bob, workspace, move, "cancel")
    )
    assert sorted((accepted.status_code, cancelled.status_code)) == [200, 409]
    is_in = whose(twins[0], workspace) == of(org)
    assert is_in is (accepted.status_code == 200)


async def test_many_who_ask_at_once_ask_once(twins: Twins) -> None:
    _, _, bob, org, workspace, move = await on_both(twins)
    assert (await answer(bob, workspace, move, "cancel")).status_code == 200
    first = Person(twins[0], bob.name, bob.user_id, bob.access_token, bob.pma_token)
    body = {"org_id": of(org)}
    answers = await asyncio.gather(*(each.post(f"{workspace}/moves", body) for each in [bob, first] * 4))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
