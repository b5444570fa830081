"""Handing a workspace over: asked by an OWNER, accepted by the one who was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running


class Scene(NamedTuple):
    """Ada's workspace, with Bob as MEMBER and Cat as ADMIN."""

    place: str
    ada: Person
    bob: Person
    cat: Person
    members: dict[str, str]

    async def ask(self, by: Person | None = None, to: Person | None = None) -> dict[str, Any]:
        answer = await (by or self.ada).post(f"{self.place}/transfers", {"user_id": (to or self.bob).user_id})
        assert answer.status_code == 201, answer.text
        transfer: dict[str, Any] = answer.json()
        return transfer

    async def roles(self) -> dict[str, str]:
        names = {person.user_id: person.name for person in (self.ada, self.bob, self.cat)}
        listed = (await self.cat.get(f"{self.place}/members")).json()["items"]
        return {names[each["user_id"]]: each["role"] for each in listed}


async def begin(service: Service, other: Service | None = None) -> Scene:
    ada, bob, cat = (
        await service.person("ada"),
        await (other or service).person("bob"),
        await service.person("cat"),
    )
    workspace = (await ada.create_workspace())["id"]
    place = f"/workspaces/{workspace}"
    members = {
        "bob": (await ada.add(workspace, bob, "MEMBER"))["id"],
        "cat": (await ada.add(workspace, cat, "ADMIN"))["id"],
    }
    listed = (await ada.get(f"{place}/members", role="OWNER")).json()["items"]
    return Scene(place, ada, bob, cat, members | {"ada": listed[0]["id"]})


@pytest.fixture
async def scene(service: Service) -> Scene:
    return await begin(service)


async def test_who_is_asked_accepts_and_is_owner_then(service: Service, scene: Scene) -> None:
    asked = await scene.ask()
    assert (asked["state"], asked["from_user"], asked["to_user"]) == (
        "PENDING", scene.ada.user_id, scene.bob.user_id,
    )  # fmt: skip
    assert await scene.roles() == {"ada": "OWNER", "bob": "MEMBER", "cat": "ADMIN"}
    assert (await scene.bob.get(f"{scene.place}/transfers")).json()["items"] == [asked]
    accepted = await scene.bob.post(f"{scene.place}/transfers/{asked['id']}/accept")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "ACCEPTED")
    assert await scene.roles() == {"ada": "ADMIN", "bob": "OWNER", "cat": "ADMIN"}
    entries = (await scene.cat.get(f"{scene.place}/audit", limit=4)).json()["items"]
    assert [entry["action"] for entry in entries] == [
        "transfer.accepted", "member.role_changed", "member.role_changed", "transfer.created",
    ]  # fmt: skip
    assert (await scene.cat.get(f"{scene.place}/audit/verify")).json()["valid"] is True
    again = await scene.bob.post(f"{scene.place}/transfers/{asked['id']}/accept")
    assert (code(again), again.json()["details"]) == ((409, "TRANSFER_ENDED"), {"state": "ACCEPTED"})


async def test_it_is_for_the_one_who_was_asked(service: Service, scene: Scene) -> None:
    path = f"{scene.place}/transfers/{(await scene.ask())['id']}"
    for person in (scene.ada, scene.cat):
        for step in ("accept", "decline"):
            assert code(await person.post(f"{path}/{step}")) == (403, "USER_NOT_AUTHORIZED")
    for person in (scene.bob, scene.cat):
        assert code(await person.delete(path)) == (403, "USER_NOT_AUTHORIZED")
    eve = await service.person("eve")
    assert code(await eve.post(f"{path}/accept")) == (403, "USER_NOT_AUTHORIZED")
    assert await scene.roles() == {"ada": "OWNER", "bob": "MEMBER", "cat": "ADMIN"}


@pytest.mark.parametrize("way", ["decline", "cancel", "expire"])
async def test_what_ended_makes_room_and_stays_ended(service: Service, scene: Scene, way: str) -> None:
    asked = await scene.ask()
    path = f"{scene.place}/transfers/{asked['id']}"
    second = await scene.ada.post(f"{scene.place}/transfers", {"user_id": scene.cat.user_id})
    assert code(second) == (409, "TRANSFER_EXISTS")
    if way == "decline":
        assert (await scene.bob.post(f"{path}/decline")).json()["state"] == "DECLINED"
    elif way == "cancel":
        assert (await scene.ada.delete(path)).status_code == 204
    else:
        service.clock.advance(days=7)
        service.people.clear()
    ada, bob, cat = [await service.person(name) for name in ("ada", "bob", "cat")]
    state = {"decline": "DECLINED", "cancel": "CANCELLED", "expire": "EXPIRED"}[way]
    for answer in (
        await bob.post(f"{path}/accept"),
        await bob.post(f"{path}/decline"),
        await ada.delete(path),
    ):
        assert (code(answer), answer.json()["details"]) == ((409, "TRANSFER_ENDED"), {"state": state})
    later = await scene.ask(by=ada, to=cat)
    listed = (await ada.get(f"{scene.place}/transfers", limit=1)).json()
    rest = (await ada.get(f"{scene.place}/transfers", limit=1, cursor=listed["next_cursor"])).json()
    states = {each["id"]: each["state"] for each in listed["items"] + rest["items"]}
    assert states == {later["id"]: "PENDING", asked["id"]: state}


async def test_who_can_be_asked(service: Service, scene: Scene) -> None:
    eve = await service.person("eve")
    path = f"{scene.place}/transfers"
    assert code(await scene.ada.post(path, {"user_id": eve.user_id})) == (404, "MEMBER_NOT_FOUND")
    assert code(await scene.ada.post(path, {"user_id": scene.ada.user_id})) == (400, "RULE_VIOLATED")
    assert code(await scene.cat.post(path, {"user_id": scene.bob.user_id})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await scene.ada.post(f"{path}/{eve.user_id}/accept")) == (404, "TRANSFER_NOT_FOUND")


@pytest.mark.parametrize("fate", ["demoted", "left", "account"])
async def test_whoever_asked_must_still_be_owner(service: Service, scene: Scene, fate: str) -> None:
    """And the last OWNER cannot go away meanwhile, so there always is one."""
    asked = await scene.ask()
    path = f"{scene.place}/transfers/{asked['id']}"
    assert code(await scene.ada.post(f"{scene.place}/members/leave")) == (409, "LAST_OWNER")
    await scene.ada.patch(f"{scene.place}/members/{scene.members['cat']}", {"role": "OWNER"})
    if fate == "demoted":
        await scene.cat.patch(f"{scene.place}/members/{scene.members['ada']}", {"role": "VIEWER"})
    elif fate == "left":
        assert (await scene.ada.post(f"{scene.place}/members/leave")).status_code == 204
    else:
        service.tamper(f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{scene.ada.user_id}'")
    before = await scene.roles()
    assert code(await scene.bob.post(f"{path}/accept")) == (409, "INVITER_MAY_NOT")
    assert await scene.roles() == before
    assert (await scene.cat.delete(path)).status_code == 204


async def test_whoever_was_asked_must_still_be_a_member(scene: Scene) -> None:
    path = f"{scene.place}/transfers/{(await scene.ask())['id']}"
    assert (await scene.bob.post(f"{scene.place}/members/leave")).status_code == 204
    assert code(await scene.bob.post(f"{path}/accept")) == (403, "USER_NOT_AUTHORIZED")


async def test_nothing_is_handed_over_that_is_not_in_work(scene: Scene) -> None:
    path = f"{scene.place}/transfers/{(await scene.ask())['id']}"
    await scene.ada.post(f"{scene.place}/suspend", {})
    assert code(await scene.bob.post(f"{path}/accept")) == (409, "WORKSPACE_SUSPENDED")


@pytest.fixture
async def twins(database: TestDatabase, key_file: Path) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


@pytest.mark.parametrize("rival", ["cancel", "removed", "accept"])
async def test_accepted_and_taken_back_at_once_it_is_one_or_the_other(
    twins: tuple[Service, Service], rival: str
) -> None:
    scene = await begin(*twins)
    path = f"{scene.place}/transfers/{(await scene.ask())['id']}"
    other = {
        "cancel": scene.ada.delete(path),
        "removed": scene.ada.delete(f"{scene.place}/members/{scene.members['bob']}"),
        "accept": scene.bob.post(f"{path}/accept"),
    }
    accepted, answer = await asyncio.gather(scene.bob.post(f"{path}/accept"), other.pop(rival))
    for unused in other.values():
        unused.close()
    roles = await scene.roles()
    assert sorted([accepted.status_code < 300, answer.status_code < 300]) == [False, True]
    assert list(roles.values()).count("OWNER") == 1
    if rival != "accept":
        assert (roles.get("bob") == "OWNER") is (accepted.status_code == 200)


async def test_two_who_are_asked_at_once(twins: tuple[Service, Service]) -> None:
    scene = await begin(*twins)
    answers = await asyncio.gather(
        *(
            scene.ada.post(f"{scene.place}/transfers", {"user_id": person.user_id})
            for person in (scene.bob, scene.cat) * 5
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
