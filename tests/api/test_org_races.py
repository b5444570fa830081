"""Two at once in an organisation, in two processes."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness import Person, Service, add_org_member

Twins = tuple[Service, Service]


async def scene(twins: Twins) -> tuple[Person, Person, Person, str]:
    """ada, who owns an organisation, and on the other process bob, its ADMIN, and eve, a MEMBER."""
    first, second = twins
    ada, bob, eve = await first.person("ada"), await second.person("bob"), await second.person("eve")
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await add_org_member(second, org_id, bob, "ADMIN")
    await add_org_member(second, org_id, eve, "MEMBER")
    return ada, bob, eve, f"/organizations/{org_id}"


def owners(twins: Twins) -> list[str]:
    rows = twins[0].rows("SELECT user_id FROM OrganizationMember WHERE role = 'OWNER'")
    return [user_id for (user_id,) in rows]


async def on_the_other(twins: Twins, person: Person) -> Person:
    """The same person, calling the second process."""
    return Person(twins[1], person.name, person.user_id, person.access_token, person.pma_token)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_transfer_and_the_removal_of_the_new_owner(twins: Twins, attempt: int) -> None:
    ada, bob, eve, org = await scene(twins)
    transfer, removal = await asyncio.gather(
        ada.post(f"{org}/transfer-ownership", {"user_id": eve.user_id}),
        bob.delete(f"{org}/members/{eve.user_id}"),
    )
    # Either she was gone first, or she is the OWNER, whom nobody removes.
    assert (transfer.status_code, removal.status_code) in {(200, 409), (404, 204)}
    assert owners(twins) == [eve.user_id if transfer.status_code == 200 else ada.user_id]


@pytest.mark.parametrize("attempt", range(4))
async def test_two_transfers_at_once(twins: Twins, attempt: int) -> None:
    ada, bob, eve, org = await scene(twins)
    again = await on_the_other(twins, ada)
    answers = await asyncio.gather(
        ada.post(f"{org}/transfer-ownership", {"user_id": bob.user_id}),
        again.post(f"{org}/transfer-ownership", {"user_id": eve.user_id}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403]
    assert len(owners(twins)) == 1
    assert ada.user_id not in owners(twins)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_removal_and_a_leave(twins: Twins, attempt: int) -> None:
    ada, _, eve, org = await scene(twins)
    answers = await asyncio.gather(
        ada.delete(f"{org}/members/{eve.user_id}"), eve.post(f"{org}/members/leave")
    )
    assert sorted(answer.status_code for answer in answers) == [204, 404]
    ends = twins[0].rows(
        "SELECT action FROM PlatformAuditLog WHERE action IN "
        "('organization.member_removed', 'organization.member_left')"
    )
    assert len(ends) == 1


@pytest.mark.parametrize("attempt", range(4))
async def test_a_transfer_and_the_revocation_of_the_new_owner_s_role(twins: Twins, attempt: int) -> None:
    ada, bob, _, org = await scene(twins)
    again = await on_the_other(twins, ada)
    answers = await asyncio.gather(
        ada.post(f"{org}/transfer-ownership", {"user_id": bob.user_id}),
        again.delete(f"{org}/admins/{bob.user_id}"),
    )
    assert [answer.status_code for answer in answers] in ([200, 403], [200, 204])
    assert owners(twins) == [bob.user_id]


async def test_a_member_added_by_many_at_once_is_added_once(twins: Twins) -> None:
    ada, bob, _, org = await scene(twins)
    body = {"user_id": "00000000-0000-4000-8000-00000000beef"}
    answers = await asyncio.gather(*(each.post(f"{org}/members", body) for each in [ada, bob] * 5))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert (await ada.get(f"{org}/audit/verify")).json()["valid"]
