"""As test_guards.py, for approvals: what ends, moves on or is late does so once, and in its own workspace. And
two processes that decide at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.db.errors import UniqueViolation
from app.db.handles import approvals
from tests.approvals import Office, make_office, stage
from tests.guards import Change, changed_by, do, number, run
from tests.harness import Service


def inserted(service: Service, digit: int, list_key: str, place: dict[str, str]) -> Change:
    now = service.clock()
    return do(
        approvals.insert_request,
        object_type="workflow_template",
        object_id=number(digit, 1),
        object_version=1,
        content_hash="0" * 64,
        title="x",
        flow_version=0,
        due_at=now,
        author_id="ada",
        submitted_by="bob",
        now=now,
        list_key=list_key,
        **place,
    )


async def requests(service: Service) -> tuple[dict[str, dict[str, str]], str]:
    """One in every state, by the state, all due now; and another workspace."""
    ada, now = await service.person("ada"), service.clock()
    here, there = [(await ada.create_workspace(name))["id"] for name in ("Here", "There")]
    made = {}
    states = ("PENDING", "APPROVED", "REJECTED", "CHANGES_REQUESTED", "WITHDRAWN", "VOIDED")
    for digit, state in enumerate(states):
        made[state] = {"workspace_id": here, "request_id": number(digit)}
        await run(service, inserted(service, digit, state, made[state]))
        if state != "PENDING":
            await run(service, do(approvals.end_request, state=state, now=now, **made[state]))
    return made, there


async def test_a_request_ends_moves_and_is_late_once_and_while_it_waits(service: Service) -> None:
    made, there = await requests(service)
    now = service.clock()
    move = {"stage": 0, "stage_since": now, "due_at": now, "escalated_at": None}
    for change, values in (
        (approvals.move_request, move),
        (approvals.escalate_request, {"stage": 0, "now": now}),
        (approvals.end_request, {"state": "APPROVED", "now": now}),
    ):

        async def effect(place: dict[str, str], change: Any = change, **values: Any) -> set[Any]:
            return await changed_by(service, "ApprovalRequest", do(change, **place, **values))

        assert await effect(made["PENDING"] | {"workspace_id": there}, **values) == set()
        if change is approvals.escalate_request:
            assert await effect(made["PENDING"], stage=1, now=now) == set()
            assert await effect(made["PENDING"], stage=0, now=now - timedelta(seconds=1)) == set()
        for state, place in made.items():
            changed = await effect(place, **values)
            assert changed == ({place["request_id"]} if state == "PENDING" else set()), (change, state)
        if change is not approvals.move_request:
            assert await effect(made["PENDING"], **values) == set()


async def test_of_one_object_one_request_waits(service: Service) -> None:
    made, _ = await requests(service)
    second = made["PENDING"] | {"request_id": number(9)}
    with pytest.raises(UniqueViolation) as refused:
        await run(service, inserted(service, 0, "second", second))
    assert (refused.value.constraint or "").lower().startswith("uq_approvalrequest_pending")
    await run(service, inserted(service, 1, "third", second))


async def test_at_a_stage_nobody_counts_twice(service: Service) -> None:
    made, _ = await requests(service)
    facts = {"decision": "APPROVE", "override_role": None, "reason": None, "now": service.clock(), "stage": 0}
    digits = iter(range(10, 30))

    async def decide(actor_id: str, on_behalf_of: str | None = None) -> None:
        people = {"actor_id": actor_id, "on_behalf_of": on_behalf_of, "counts_for": on_behalf_of or actor_id}
        values = facts | people | made["PENDING"] | {"decision_id": number(next(digits))}
        await run(service, do(approvals.insert_decision, **values))

    await decide("bob", "cat")
    for actor, other in (("bob", None), ("bob", "dan"), ("cat", None), ("dan", "cat")):
        with pytest.raises(UniqueViolation):
            await decide(actor, other)
    await decide("dan")


async def test_two_processes_that_decide_at_once_pass_a_stage_once(twins: tuple[Service, Service]) -> None:
    office = await make_office(twins[0], stage("team", 2, roles=["MEMBER"]), stage("board", roles=["ADMIN"]))
    other = Office(office.place, {name: await twins[1].person(name) for name in office.people})
    request = await office.submitted()
    calls = [
        each.act(who, "approve", request) for each in (office, other) for who in ("bob", "cat", "dan", "bob")
    ]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers)[:2] == [200, 200]
    assert sum(answer.status_code == 200 for answer in answers) == 2
    rows = office.service.rows("SELECT stage, COUNT(*) FROM ApprovalDecision GROUP BY stage")
    assert rows == [(0, 2)]
    read = await office.read("ada", request)
    assert (read["stage"], read["version"]) == ("board", 3)
    edits, ends = await asyncio.gather(
        office.edit(request["object_id"]), other.act("abe", "approve", request)
    )
    state = (await office.read("ada", request))["state"]
    published, _ = await office.status(request["object_id"])
    assert edits.status_code == 200
    # Whichever was first: what was approved is what was submitted.
    assert (state, published, ends.status_code) in (("APPROVED", 1, 200), ("VOIDED", None, 409))
