"""Types and mappings, as each process keeps them: read once, and forgotten by all at once."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.permissions import Role, Status
from app.kernel.access import Access
from app.kernel.reference import LIFETIME, ReferenceCache
from tests.databases import execute
from tests.harness import Clock, Person, Service, code

Twins = tuple[Service, Service]
ACCESS = {"read_access": 1}


def counted(service: Service) -> Counter[str]:
    text = service.edge.parts.metrics.text().decode()
    pattern = r'pma_db_query_duration_seconds_count\{query="(\w+)"\} ([\d.]+)'
    return Counter({name: int(float(count)) for name, count in re.findall(pattern, text)})


class Reader:
    """Somebody who reads through one process, and what that costs its database."""

    def __init__(self, service: Service, person: Person) -> None:
        self.service = service
        self.person = Person(service, person.name, person.user_id, person.access_token, person.pma_token)

    async def read(self, path: str, **params: Any) -> tuple[Any, dict[str, int]]:
        before = counted(self.service)
        answer = await self.person.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json(), dict(counted(self.service) - before)


async def scene(twins: Twins) -> tuple[Person, Reader, Reader, str, str, str]:
    """An OWNER and a VIEWER, who reads through the other process; the workspace; a type of each kind."""
    ada, bob = await twins[0].person("ada"), await twins[0].person("bob")
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    await ada.add(workspace, bob, "VIEWER")
    people = {"name": "a", "permissions": ["view"]}
    user_type = (await ada.post(f"{path}/user-types", people)).json()["id"]
    task_type = (await ada.post(f"{path}/task-types", {"name": "a"})).json()["id"]
    return ada, Reader(twins[0], ada), Reader(twins[1], bob), path, user_type, task_type


async def test_within_a_generation_only_who_may_read_is_asked(twins: Twins) -> None:
    ada, here, there, path, user_type, task_type = await scene(twins)
    places = [
        f"{path}/user-types",
        f"{path}/user-types/{user_type}",
        f"{path}/task-types",
        f"{path}/task-types/{task_type}",
        f"{path}/eligibility-mappings",
    ]
    for place in places:
        for reader in (here, there):
            first, cost = await reader.read(place)
            assert len(cost) > 1, "read once from the database"
            assert await reader.read(place) == (first, ACCESS)
        # Who else is in it is shown the same, at the same cost; who is not is refused all the same.
        assert await Reader(twins[0], there.person).read(place) == (first, ACCESS)
    # Another page, and another filter, are other answers.
    for params in ({"limit": 1}, {"limit": 2}):
        assert len((await here.read(f"{path}/user-types", **params))[1]) > 1
    assert len((await here.read(f"{path}/eligibility-mappings", user_type_id=user_type))[1]) > 1
    eve = await twins[0].person("eve")
    for place in places:
        assert code(await eve.get(place)) == (403, "USER_NOT_AUTHORIZED")
    gone = await ada.get(f"{path}/members")
    member = next(each for each in gone.json()["items"] if each["user_id"] == there.person.user_id)
    await ada.delete(f"{path}/members/{member['id']}")
    assert code(await there.person.get(places[0])) == (403, "USER_NOT_AUTHORIZED")


CHANGES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "user-types", {"name": "new"}),
    ("POST", "user-types/from-template", None),
    ("PATCH", "user-types/{user_type}", {"permissions": ["view", "take"]}),
    ("DELETE", "user-types/{user_type}", None),
    ("POST", "task-types", {"name": "new"}),
    ("PATCH", "task-types/{task_type}", {"is_restricted": True}),
    ("DELETE", "task-types/{task_type}", None),
    ("PUT", "eligibility-mappings/{user_type}/{task_type}", None),
]


@pytest.mark.parametrize(("method", "where", "body"), CHANGES)
async def test_a_change_in_one_process_is_seen_in_the_other_at_once(
    twins: Twins, method: str, where: str, body: dict[str, Any] | None
) -> None:
    ada, here, there, path, user_type, task_type = await scene(twins)
    lists = [f"{path}/{kind}" for kind in ("user-types", "task-types", "eligibility-mappings")]
    before = [(await reader.read(each))[0] for reader in (here, there) for each in lists]
    assert before[:3] == before[3:]
    target = f"{path}/{where.format(user_type=user_type, task_type=task_type)}"
    assert (await ada.request(method, target, json=body)).status_code < 300
    after = [(await reader.read(each))[0] for reader in (here, there) for each in lists]
    assert after[:3] == after[3:] != before[:3]


async def test_a_mapping_that_was_taken_back_is_gone_in_the_other(twins: Twins) -> None:
    ada, _, there, path, user_type, task_type = await scene(twins)
    mapping = f"{path}/eligibility-mappings/{user_type}/{task_type}"
    assert (await ada.request("PUT", mapping)).status_code == 200
    assert len((await there.read(f"{path}/eligibility-mappings"))[0]["items"]) == 1
    assert (await ada.delete(mapping)).status_code == 204
    assert (await there.read(f"{path}/eligibility-mappings"))[0]["items"] == []


async def test_what_changes_nothing_and_what_fails_lets_all_be_remembered(twins: Twins) -> None:
    ada, here, _, path, user_type, _ = await scene(twins)
    await here.read(f"{path}/user-types")
    await ada.patch(f"{path}/user-types/{user_type}", {"permissions": ["view"]})
    await ada.post(f"{path}/user-types", {"name": "A"})
    await ada.delete(f"{path}/eligibility-mappings/{user_type}/{user_type}")
    assert (await here.read(f"{path}/user-types"))[1] == ACCESS


async def test_what_changed_in_the_database_is_seen_once_everybody_is_told_to_forget(twins: Twins) -> None:
    ada, here, there, path, user_type, _ = await scene(twins)
    place = f"{path}/user-types/{user_type}"
    remembered, _ = await here.read(place)
    await there.read(place)
    execute(twins[0].settings, "UPDATE UserType SET description = 'by hand'")
    assert await here.read(place) == (remembered, ACCESS)
    assert (await ada.post(f"{path}/caches/invalidate")).status_code == 204
    for reader in (here, there):
        assert (await reader.read(place))[0]["description"] == "by hand"
    log = (await ada.get(f"{path}/audit", action="caches.invalidated")).json()["items"]
    assert [each["actor_id"] for each in log] == [ada.user_id]


async def test_after_an_hour_it_is_read_anew_whatever_the_generation(twins: Twins) -> None:
    _, here, _, path, user_type, _ = await scene(twins)
    place = f"{path}/user-types/{user_type}"
    await here.read(place)
    execute(twins[0].settings, "UPDATE UserType SET description = 'by hand'")
    twins[0].clock.advance(seconds=LIFETIME.total_seconds() - 1)
    assert (await here.read(place))[1] == ACCESS
    twins[0].clock.advance(seconds=2)
    assert (await here.read(place))[0]["description"] == "by hand"


def access(workspace_id: str, generation: int = 1) -> Access:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    values: dict[str, Any] = dict.fromkeys(Access.__struct_fields__)
    return Access(
        **values
        | {
            "workspace_id": workspace_id,
            "reference_generation": generation,
            "role": Role.VIEWER,
            "status": Status.ACTIVE,
            "created_at": now,
            "updated_at": now,
        }
    )


async def test_a_thousand_answers_are_kept_and_long_ones_count_for_more() -> None:
    async def short() -> str:
        return "x"

    async def long() -> str:
        return "x" * 100 * 8192

    cache = ReferenceCache(Clock().monotonic)
    for number in range(1200):
        await cache.get(access(str(number)), ("list",), short)
    assert len(cache) == 1000
    for number in range(20):
        await cache.get(access(str(number)), ("long",), long)
    assert len(cache) < 10, "of a hundred entries' size each"


async def test_what_could_not_be_read_is_not_kept() -> None:
    async def fails() -> str:
        raise OSError("away")

    async def works() -> str:
        return "x"

    cache = ReferenceCache(Clock().monotonic)
    with pytest.raises(OSError, match="away"):
        await cache.get(access("w"), ("list",), fails)
    assert await cache.get(access("w"), ("list",), works) == "x"
