"""As test_guards.py, for organisations: their members, their OWNER, and moves of workspaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.db.errors import UniqueViolation
from app.db.handles import accounts, org_members, org_workspaces, workspace_moves
from app.kernel import usage
from tests.guards import changed_by, do, number, run
from tests.harness import Person, Service, add_org_member, move_workspace_into


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def organizations(ada: Person) -> tuple[str, str]:
    """Two of ada's."""
    here, there = [(await ada.post("/organizations", {"name": name})).json()["id"] for name in ("A", "B")]
    return here, there


async def test_an_owner_is_neither_removed_nor_doubled(service: Service, ada: Person) -> None:
    here, there = await organizations(ada)
    bob, now = await service.person("bob"), service.clock()
    for org_id in (here, there):
        await add_org_member(service, org_id, bob, "ADMIN")

    async def effect(change: Any, user_id: str, **values: Any) -> set[Any]:
        at = {"org_id": here, "member_user_id": user_id}
        return await changed_by(service, "OrganizationMember", do(change, **at, **values), "org_id, user_id")

    assert await effect(org_members.delete_org_member, ada.user_id) == set()
    with pytest.raises(UniqueViolation) as refused:
        await effect(org_members.set_org_role, bob.user_id, role="OWNER", now=now)
    assert (refused.value.constraint or "").lower() == "uq_organizationmember_owner"
    assert await effect(org_members.set_org_role, bob.user_id, role="MEMBER", now=now) == {
        (here, bob.user_id)
    }
    assert await effect(org_members.delete_org_member, bob.user_id) == {(here, bob.user_id)}
    assert await effect(org_members.delete_org_member, bob.user_id) == set()
    async with service.edge.parts.database.write() as tx:
        await usage.free_seat(tx, here, bob.user_id)  # as whoever ends a membership does


async def test_a_choice_of_organization_is_the_caller_s(service: Service, ada: Person) -> None:
    here, there = await organizations(ada)
    bob, now = await service.person("bob"), service.clock()

    async def active(person: Person) -> str | None:
        async with service.edge.parts.database.read() as tx:
            row = await accounts.read_active_organization(tx, user_id=person.user_id)
        return row.id if row else None

    choose = do(accounts.set_default_org, user_id=ada.user_id, org_id=there, now=now)
    assert await changed_by(service, "UserAccount", choose) == {ada.user_id}
    # Who is not in it has not chosen it, whatever their row says.
    await run(service, do(accounts.set_default_org, user_id=bob.user_id, org_id=here, now=now))
    assert (await active(ada), await active(bob)) == (there, None)


async def test_a_workspace_is_governed_by_its_organization_while_it_is_there(
    service: Service, ada: Person
) -> None:
    here, there = await organizations(ada)
    workspace = (await ada.create_workspace())["id"]

    async def seen() -> list[bool]:
        async with service.edge.parts.database.read() as tx:
            at = {"workspace_id": workspace, "user_id": ada.user_id}
            rows = [await org_workspaces.find_org_workspace(tx, org_id=org, **at) for org in (here, there)]
        return [row is not None for row in rows]

    assert await seen() == [False, False]
    await move_workspace_into(service, workspace, here)
    assert await seen() == [True, False]
    await ada.delete(f"/workspaces/{workspace}")
    assert await seen() == [False, False]


async def test_a_move_ends_once_and_in_time(service: Service, ada: Person) -> None:
    here, there = await organizations(ada)
    now = service.clock()
    day = timedelta(days=1)
    places = [(await ada.create_workspace())["id"] for _ in range(2)]
    made = {}
    for digit, (workspace, org_id) in enumerate(zip(places, (here, there), strict=True)):
        made[workspace] = {"workspace_id": workspace, "move_id": number(digit)}
        values = {
            **dict.fromkeys(("workspace_name", "org_name", "list_key"), "x"),
            **{"direction": "in", "asked_side": "workspace", "asked_by": ada.user_id},
        }
        move = do(
            workspace_moves.insert_move,
            org_id=org_id,
            now=now,
            expires_at=now + day,
            **made[workspace],
            **values,
        )
        await run(service, move)
    mine, other = made[places[0]], made[places[1]]

    async def effect(change: Any, **values: Any) -> set[Any]:
        return await changed_by(service, "WorkspaceMove", do(change, **values))

    end: dict[str, Any] = {"state": "ACCEPTED", "ended_by": "ada"}
    elsewhere = mine | {"workspace_id": places[1]}
    assert await effect(workspace_moves.end_move, now=now, **end, **elsewhere) == set()
    assert await effect(workspace_moves.end_move, now=now + day, **end, **mine) == set()
    assert await effect(workspace_moves.expire_moves, workspace_id=places[0], now=now) == set()
    late = await run(service, do(workspace_moves.end_move, now=now, **end, **mine))
    again = await run(service, do(workspace_moves.end_move, now=now, **end, **mine))
    assert (late, again) == ([1], [0])
    assert await effect(workspace_moves.expire_moves, workspace_id=places[0], now=now + day) == set()
    assert await effect(workspace_moves.expire_moves, workspace_id=places[1], now=now + day) == {
        other["move_id"]
    }
    async with service.edge.parts.database.read() as tx:
        for org_id, expected in ((here, "ACCEPTED"), (there, None)):
            row = await workspace_moves.get_org_move(tx, org_id=org_id, move_id=mine["move_id"], now=now)
            assert (row.state if row else None) == expected
