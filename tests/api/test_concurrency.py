"""Two at once: rules that must hold when nobody waits for anybody, also across processes.

Two applications on one database file stand for two processes: they share nothing but the file.
"""

import asyncio

import pytest

from tests.harness import Person, Service, code


async def two_owners(twins: tuple[Service, Service]) -> tuple[Person, Person, str, str, str]:
    first, second = twins
    ada, bob = await first.person("ada"), await second.person("bob")
    workspace = await ada.create_workspace()
    theirs = await ada.add(workspace["id"], bob, "OWNER")
    path = f"/workspaces/{workspace['id']}"
    members = (await ada.get(f"{path}/members")).json()["items"]
    mine = next(member for member in members if member["user_id"] == ada.user_id)
    return ada, bob, path, mine["id"], theirs["id"]


def owners(service: Service) -> int:
    return int(service.rows("SELECT COUNT(*) FROM WorkspaceMember WHERE role = 'OWNER'")[0][0])


@pytest.mark.parametrize("attempt", range(5))
async def test_two_owners_who_demote_each_other_leave_one(
    twins: tuple[Service, Service], attempt: int
) -> None:
    ada, bob, path, mine, theirs = await two_owners(twins)
    answers = await asyncio.gather(
        ada.patch(f"{path}/members/{theirs}", {"role": "VIEWER"}),
        bob.patch(f"{path}/members/{mine}", {"role": "VIEWER"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403]
    assert owners(twins[0]) == 1


@pytest.mark.parametrize("attempt", range(5))
async def test_two_owners_who_leave_at_once_leave_one(twins: tuple[Service, Service], attempt: int) -> None:
    ada, bob, path, _, _ = await two_owners(twins)
    answers = await asyncio.gather(ada.post(f"{path}/members/leave"), bob.post(f"{path}/members/leave"))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert owners(twins[0]) == 1


async def test_a_role_change_bites_on_the_next_request_in_another_process(
    twins: tuple[Service, Service],
) -> None:
    ada, bob, path, _, theirs = await two_owners(twins)
    assert (await bob.patch(path, {"name": "Bob may"})).status_code == 200
    assert (await ada.patch(f"{path}/members/{theirs}", {"role": "VIEWER"})).status_code == 200
    assert code(await bob.patch(path, {"name": "Bob may not"})) == (403, "USER_NOT_AUTHORIZED")
    assert (await bob.get(path)).json()["role"] == "VIEWER"
    assert (await ada.delete(f"{path}/members/{theirs}")).status_code == 204
    assert code(await bob.get(path)) == (403, "USER_NOT_AUTHORIZED")


async def test_a_member_added_at_once_by_many_is_added_once(twins: tuple[Service, Service]) -> None:
    ada, bob, path, _, _ = await two_owners(twins)
    body = {"user_id": "00000000-0000-4000-8000-00000000beef", "role": "MEMBER"}
    people = [ada, bob] * 5
    answers = await asyncio.gather(*(person.post(f"{path}/members", body) for person in people))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_the_sequence_has_no_gap_under_a_crowd_of_writers(twins: tuple[Service, Service]) -> None:
    ada, bob, path, _, _ = await two_owners(twins)
    people = [ada, bob] * 20
    answers = await asyncio.gather(
        *(person.patch(path, {"name": f"name {number}"}) for number, person in enumerate(people)),
        *(ada.delete(f"{path}/members/00000000-0000-7000-8000-000000000000") for _ in range(10)),
    )
    assert {answer.status_code for answer in answers} == {200, 404}
    report = (await ada.get(f"{path}/audit/verify")).json()
    assert (report["valid"], report["entries"]) == (True, 42)


async def test_a_reader_never_sees_half_a_change(twins: tuple[Service, Service]) -> None:
    ada, bob, path, _, _ = await two_owners(twins)
    stop = asyncio.Event()

    async def read() -> int:
        count = 0
        while not stop.is_set():
            response = await bob.get(f"{path}/audit/verify")
            assert response.json()["valid"], response.text
            count += 1
        return count

    reader = asyncio.create_task(read())
    for number in range(30):
        await ada.patch(path, {"name": f"name {number}"})
    stop.set()
    assert await reader > 0
