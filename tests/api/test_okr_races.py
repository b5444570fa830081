"""OKRs changed by two at once, in two processes; and that each guard is taken before what it guards is read,
which is what counts on SQL Server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.db.connection import WriteTransaction
from tests.harness import Person, Service
from tests.lock_order import Watched
from tests.okrs import Okrs

Twins = tuple[Service, Service]


def again(twins: Twins, okrs: Okrs) -> Okrs:
    """The same, in the other process."""
    ada = okrs.ada
    person = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    return Okrs(twins[1], person, okrs.workspace_id, okrs.cycle_id)


@pytest.mark.parametrize("attempt", range(2))
async def test_of_two_that_close_a_cycle_together_one_is_refused(twins: Twins, attempt: int) -> None:
    okrs = await Okrs.begin(twins[0])
    one, two, three = [await okrs.objective(title) for title in "ABC"]
    assert (await okrs.align(two, one)).status_code == 200
    answers = await asyncio.gather(okrs.align(three, two), again(twins, okrs).align(one, three))
    assert sorted(answer.status_code for answer in answers) == [200, 400]


@pytest.mark.parametrize("attempt", range(2))
async def test_what_is_said_while_a_cycle_is_closed_is_before_or_refused(twins: Twins, attempt: int) -> None:
    okrs = await Okrs.begin(twins[0])
    objective = await okrs.objective()
    measure = await okrs.key_result(objective["id"])
    await okrs.put_in_force(objective["id"])
    other = again(twins, okrs)
    said = {"value": "50", "confidence": 5}
    checked, made, closed = await asyncio.gather(
        other.ada.post(f"{okrs.path}/key-results/{measure['id']}/check-ins", said),
        other.ada.post(f"{okrs.path}/objectives", {"cycle_id": okrs.cycle_id, "title": "Late"}),
        okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close"),
    )
    assert closed.status_code == 200
    assert {checked.status_code, made.status_code} <= {201, 409}
    told = (await okrs.ada.get(f"/workspaces/{okrs.workspace_id}/changes", limit=200)).json()["items"]
    assert told[-1]["type"] == "okr_cycle.closed"
    assert {row[0] for row in okrs.service.rows("SELECT is_frozen FROM Objective")} == {1}


class Recorded(Watched):
    """What was sent, in order."""

    seen: list[str]

    def _see(self, statement: object, values: object) -> None:
        self.seen.append(str(getattr(statement, "name", "")))


async def test_a_guard_is_taken_before_what_it_guards_is_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    okrs = await Okrs.begin(service)
    one, two = await okrs.objective("A"), await okrs.objective("B")
    measure = await okrs.key_result(one["id"])
    driver, seen = service.edge.parts.database.driver, list[str]()
    write = driver.write

    @asynccontextmanager
    async def recorded() -> AsyncIterator[WriteTransaction]:
        async with write() as tx:
            each = Recorded(tx)
            each.seen = seen
            yield each

    monkeypatch.setattr(driver, "write", recorded)
    await okrs.align(two, one)
    await okrs.ada.patch(f"{okrs.path}/key-results/{measure['id']}", {"title": "Other"})
    await okrs.objective("C")
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")
    for guard, guarded in (
        ("lock_workspace", "list_edges_up"),
        ("lock_objective", "get_objective_to_change"),
        ("lock_cycle", "count_objectives"),
        ("freeze_objectives", "count_in_approval"),
    ):
        assert seen.index(guard) < seen.index(guarded)
    changed = seen[seen.index("update_key_result") :: -1]
    assert changed.index("get_key_result") < changed.index("lock_objective"), "read anew under the guard"
