"""Objectives are approved before they are in force: by nobody whose they are, and as they were submitted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.harness import Person, Service, code
from tests.http_client import httpx
from tests.okrs import METRIC, Okrs


@dataclass(kw_only=True)
class Office(Okrs):
    """bob and eve are MEMBERs, ann is an ADMIN, ada the OWNER; the flow is the default one."""

    bob: Person
    eve: Person
    ann: Person

    @classmethod
    async def opened(cls, service: Service) -> Office:
        okrs = await Okrs.begin(service)
        bob, eve, ann = [
            await okrs.member(name, role)
            for name, role in (("bob", "MEMBER"), ("eve", "MEMBER"), ("ann", "ADMIN"))
        ]
        return cls(
            service=service,
            ada=okrs.ada,
            workspace_id=okrs.workspace_id,
            cycle_id=okrs.cycle_id,
            bob=bob,
            eve=eve,
            ann=ann,
        )

    @property
    def approvals(self) -> str:
        return f"/workspaces/{self.workspace_id}/approvals"

    async def submit(self, objective: dict[str, Any], by: Person) -> httpx.Response:
        return await by.post(self.approvals, {"object_type": "objective", "object_id": objective["id"]})

    async def submitted(self) -> tuple[dict[str, Any], dict[str, Any], str]:
        """An objective of bob's with a key result, and the id of its request."""
        objective = await self.objective(by=self.bob, owner_id=self.bob.user_id)
        measure = await self.key_result(objective["id"], by=self.bob, stale_after=86_400)
        answer = await self.submit(objective, self.bob)
        assert answer.status_code == 201, answer.text
        return objective, measure, str(answer.json()["id"])

    async def act(self, who: Person, act: str, request_id: str) -> httpx.Response:
        return await who.post(f"{self.approvals}/{request_id}/{act}", {"reason": "Why"})

    async def copied(self, objective: dict[str, Any]) -> dict[str, Any]:
        """By ada, with all of its cycle, into a new one."""
        found = await self.get(f"objectives/{objective['id']}")
        cycles = len((await self.get("cycles"))["items"])
        sent = {"name": f"Copy {cycles}", "starts_on": "2027-01-01", "ends_on": "2027-03-31"}
        made = await self.ada.post(f"{self.path}/cycles/{found['cycle_id']}/clone", sent)
        assert made.status_code == 201, made.text
        listed = (await self.get("objectives", cycle_id=made.json()["id"]))["items"]
        return next(each for each in listed if each["title"] == found["title"])

    async def states(self, objective: dict[str, Any], request_id: str) -> tuple[str, str]:
        request = (await self.ada.get(f"{self.approvals}/{request_id}")).json()
        return (await self.get(f"objectives/{objective['id']}"))["state"], request["state"]


@pytest.fixture
async def office(service: Service) -> Office:
    return await Office.opened(service)


async def test_the_last_approval_puts_an_objective_in_force(office: Office) -> None:
    objective, measure, request_id = await office.submitted()
    assert await office.states(objective, request_id) == ("IN_APPROVAL", "PENDING")
    said = {"value": "50", "confidence": 5}
    check_ins = f"{office.path}/key-results/{measure['id']}/check-ins"
    assert code(await office.bob.post(check_ins, said)) == (409, "OBJECTIVE_STATE")
    # Whose it is does not approve of it.
    assert code(await office.act(office.bob, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    for who in (office.eve, office.ann):
        assert (await office.act(who, "approve", request_id)).status_code == 200
        assert await office.states(objective, request_id) == ("IN_APPROVAL", "PENDING")
    assert (await office.act(office.ada, "approve", request_id)).status_code == 200
    assert await office.states(objective, request_id) == ("ACTIVE", "APPROVED")
    assert (await office.get(f"key-results/{measure['id']}"))["stale_at"] is not None
    assert (await office.bob.post(check_ins, said)).status_code == 201
    history = (await office.get(f"objectives/{objective['id']}/activity"))["items"]
    assert [each["action"] for each in history[:3]] == [
        "key_result.measured",
        "objective.activated",
        "objective.submitted",
    ]


async def test_who_wrote_it_in_anothers_name_does_not_approve_of_it(office: Office) -> None:
    carl = await office.member("carl", "ADMIN")
    objective = await office.objective(by=office.ann, owner_id=office.bob.user_id)
    await office.key_result(objective["id"], by=carl)
    request_id = str((await office.submit(objective, office.bob)).json()["id"])
    for who in (office.ann, carl, office.bob):
        assert code(await office.act(who, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    for who in (office.eve, await office.member("dora", "ADMIN"), office.ada):
        assert (await office.act(who, "approve", request_id)).status_code == 200
    assert await office.states(objective, request_id) == ("ACTIVE", "APPROVED")
    # Copied, all that it says is approved anew, so it has the same authors; who copied it is none.
    copy = await office.copied(objective)
    request_id = str((await office.submit(copy, office.bob)).json()["id"])
    for who in (office.ann, carl, office.bob):
        assert code(await office.act(who, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.act(office.eve, "approve", request_id)).status_code == 200
    # Reopened, it is whose it is; who made it, or measured it then, has no part in what is new.
    reopened = await office.bob.post(f"{office.path}/objectives/{objective['id']}/reopen")
    assert reopened.status_code == 200, reopened.text
    fran = await office.member("fran", "ADMIN")
    await office.key_result(objective["id"], by=fran)
    copy = await office.copied(objective)
    request_id = str((await office.submit(objective, office.bob)).json()["id"])
    assert code(await office.act(fran, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    for who in (office.ann, carl, office.ada):
        assert (await office.act(who, "approve", request_id)).status_code == 200
    # A copy of the draft says what was approved before, and what was changed since.
    request_id = str((await office.submit(copy, office.bob)).json()["id"])
    for who in (fran, office.ann, carl):
        assert code(await office.act(who, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    # Approved last by them all but fran, who alone wrote it since it was approved first.
    again = await office.copied(objective)
    request_id = str((await office.submit(again, office.bob)).json()["id"])
    assert code(await office.act(fran, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.act(carl, "approve", request_id)).status_code == 200


async def test_a_copy_of_a_draft_has_its_authors_and_not_who_copied_it(office: Office) -> None:
    objective = await office.objective(by=office.bob, owner_id=office.bob.user_id)
    await office.key_result(objective["id"], by=office.ann)
    copy = await office.copied(await office.copied(objective))
    assert (copy["created_by"], copy["owner_id"]) == (office.ada.user_id, office.bob.user_id)
    request_id = str((await office.submit(copy, office.bob)).json()["id"])
    assert code(await office.act(office.ann, "approve", request_id)) == (403, "USER_NOT_AUTHORIZED")
    seen = (await office.ada.get(f"{office.approvals}/{request_id}")).json()
    assert seen["open_stage"]["can_pass"] is True
    for who in (office.eve, await office.member("dora", "ADMIN"), office.ada):
        assert (await office.act(who, "approve", request_id)).status_code == 200
    assert await office.states(copy, request_id) == ("ACTIVE", "APPROVED")


@pytest.mark.parametrize("act", ["reject", "request-changes", "withdraw"])
async def test_what_is_not_approved_is_a_draft_again(office: Office, act: str) -> None:
    objective, _, request_id = await office.submitted()
    who = office.bob if act == "withdraw" else office.eve
    ended = (
        await office.act(who, act, request_id)
        if act != "withdraw"
        else await who.post(f"{office.approvals}/{request_id}/withdraw")
    )
    assert ended.status_code == 200, ended.text
    assert (await office.states(objective, request_id))[0] == "DRAFT"
    assert (await office.submit(objective, office.bob)).status_code == 201


Change = Callable[[Office, str, str], Awaitable[httpx.Response]]


async def _align(office: Office, objective: str, _: str) -> httpx.Response:
    return await office.align({"id": objective}, await office.objective("Above"))


CONTENT: dict[str, Change] = {
    "title": lambda office, one, _: office.bob.patch(f"{office.path}/objectives/{one}", {"title": "Other"}),
    "owner": lambda office, one, _: office.bob.patch(
        f"{office.path}/objectives/{one}", {"owner_id": office.eve.user_id}
    ),
    "parents": _align,
    "key result": lambda office, one, _: office.bob.post(
        f"{office.path}/objectives/{one}/key-results", {"title": "More", "metric": METRIC}
    ),
    "figures": lambda office, _, measure: office.bob.patch(
        f"{office.path}/key-results/{measure}", {"metric": {**METRIC, "target": "99.999999", "commit": None}}
    ),
    "less": lambda office, _, measure: office.bob.delete(f"{office.path}/key-results/{measure}"),
}
NO_CONTENT: dict[str, Change] = {
    "comment": lambda office, one, _: office.eve.post(
        f"{office.path}/objectives/{one}/comments", {"body": "Fine"}
    ),
    "term": lambda office, _, measure: office.bob.patch(
        f"{office.path}/key-results/{measure}", {"stale_after": 7200}
    ),
    "the same": lambda office, one, _: office.bob.patch(
        f"{office.path}/objectives/{one}", {"title": "Grow", "description": None}
    ),
}


@pytest.mark.parametrize("change", CONTENT)
async def test_what_is_changed_after_it_was_submitted_is_void(office: Office, change: str) -> None:
    objective, measure, request_id = await office.submitted()
    assert (await CONTENT[change](office, objective["id"], measure["id"])).is_success
    assert await office.states(objective, request_id) == ("DRAFT", "VOIDED")
    assert code(await office.act(office.eve, "approve", request_id)) == (409, "APPROVAL_ENDED")


@pytest.mark.parametrize("change", NO_CONTENT)
async def test_what_is_not_approved_of_voids_nothing(office: Office, change: str) -> None:
    objective, measure, request_id = await office.submitted()
    assert (await NO_CONTENT[change](office, objective["id"], measure["id"])).is_success
    assert await office.states(objective, request_id) == ("IN_APPROVAL", "PENDING")
    read = (await office.ada.get(f"{office.approvals}/{request_id}")).json()
    assert read["is_current"] is True


async def test_a_deleted_objective_is_not_decided_about(office: Office) -> None:
    objective, _, request_id = await office.submitted()
    assert (await office.bob.delete(f"{office.path}/objectives/{objective['id']}")).status_code == 204
    restored = await office.bob.post(f"{office.path}/objectives/{objective['id']}/restore")
    assert restored.json()["state"] == "DRAFT"
    assert await office.states(objective, request_id) == ("DRAFT", "VOIDED")


async def test_only_a_draft_is_submitted_and_by_who_may_change_it(office: Office) -> None:
    objective = await office.objective(by=office.bob)
    assert code(await office.submit(objective, office.eve)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.submit(objective, office.bob)).status_code == 201
    assert (await office.submit(objective, office.bob)).status_code == 409
    other = await office.objective("Other")
    await office.put_in_force(other["id"])
    assert code(await office.submit(other, office.ada)) == (409, "OBJECTIVE_STATE")


async def test_a_cycle_is_not_closed_over_what_waits_to_be_approved(office: Office) -> None:
    _, _, request_id = await office.submitted()
    draft = await office.objective("Draft")
    close = f"{office.path}/cycles/{office.cycle_id}/close"
    refused = await office.ada.post(close)
    assert (code(refused), refused.json()["details"]) == (
        (409, "OKR_CYCLE_IN_APPROVAL"),
        {"objectives": 1},
    )
    assert (await office.get(f"cycles/{office.cycle_id}"))["state"] == "PREPARATION"
    assert (await office.act(office.eve, "reject", request_id)).status_code == 200
    assert (await office.ada.post(close)).status_code == 200
    assert code(await office.submit(draft, office.ada)) == (409, "OKR_CYCLE_CLOSED")
