"""Invitations against a model of them: whatever is done to them, in whatever order, nobody has more than one
membership, and nobody comes to a role that its giver could not give at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.databases import TestDatabase
from tests.harness import Service, make_settings, running
from tests.http_client import httpx

RANK = {"OWNER": 4, "ADMIN": 3, "MEMBER": 2, "VIEWER": 1}
INVITERS, GUESTS = ("ada", "bob", "cat"), ("dan", "eve")
DAYS = 7


@dataclass
class Sent:
    """An invitation as it should be. ``tokens`` are all that were ever told, the newest last."""

    id: str
    who: str
    role: str
    by: str
    day: int
    state: str = "PENDING"
    tokens: list[str] = field(default_factory=list)


inviters, guests = st.sampled_from(INVITERS), st.sampled_from(GUESTS)
roles, some_roles = st.sampled_from(tuple(RANK)), st.sampled_from(("ADMIN", "MEMBER"))
fates = st.sampled_from(("ADMIN", "MEMBER", "-"))


class Invitations(RuleBasedStateMachine):
    make_database: Callable[[], TestDatabase]
    key_file: Path
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.context = running(make_settings(type(self).make_database(), self.key_file))
        self.service: Service = self.run(self.context.__aenter__())
        self.members: dict[str, str] = {"ada": "OWNER"}
        self.day = 0
        self.all: list[Sent] = []

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.context.__aexit__(None, None, None))
        self.loop.close()

    def call(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        async def go() -> httpx.Response:
            return await (await self.service.person(who)).request(method, path, json=body)

        answer: httpx.Response = self.run(go())
        return answer

    def set_role(self, who: str, role: str) -> None:
        """By the OWNER; ``-`` is none."""
        person = self.run(self.service.person(who))
        listed = self.call("ada", "GET", f"{self.path}/members").json()["items"]
        ids = {each["user_id"]: each["id"] for each in listed}
        if who not in self.members and role != "-":
            body = {"user_id": person.user_id, "role": role}
            assert self.call("ada", "POST", f"{self.path}/members", body).status_code == 201
        elif who in self.members and role == "-":
            path = f"{self.path}/members/{ids[person.user_id]}"
            assert self.call("ada", "DELETE", path).status_code == 204
        elif who in self.members:
            path = f"{self.path}/members/{ids[person.user_id]}"
            assert self.call("ada", "PATCH", path, {"role": role}).status_code == 200
        self.members.pop(who, None)
        if role != "-":
            self.members[who] = role

    @initialize()
    def begin(self) -> None:
        made = self.call("ada", "POST", "/workspaces", {"name": "Model"}).json()
        self.path = f"/workspaces/{made['id']}"
        for who in INVITERS[1:]:
            self.set_role(who, "ADMIN")

    def may_give(self, who: str, role: str) -> bool:
        mine = RANK[self.members.get(who, "VIEWER")]
        return mine >= RANK["ADMIN"] and mine >= RANK[role]

    def may_invite(self, who: str) -> bool:
        return RANK[self.members.get(who, "VIEWER")] >= RANK["ADMIN"]

    def state_of(self, sent: Sent) -> str:
        is_over = sent.state == "PENDING" and self.day >= sent.day + DAYS
        return "EXPIRED" if is_over else sent.state

    @rule(target=sent, by=inviters, who=guests, role=roles)
    def invite(self, by: str, who: str, role: str) -> Any:
        body = {"email": f"{who}@example.com", "role": role}
        answer = self.call(by, "POST", f"{self.path}/invitations", body)
        waits = any(each.who == who and self.state_of(each) == "PENDING" for each in self.all)
        if not self.may_invite(by) or not self.may_give(by, role):
            assert answer.status_code == 403
        elif waits:
            assert answer.json()["error_code"] == "INVITATION_EXISTS"
        else:
            assert answer.status_code == 201, answer.text
            made = Sent(answer.json()["id"], who, role, by, self.day, tokens=[answer.json()["token"]])
            for each in self.all:
                if each.who == who:
                    each.state = self.state_of(each)
            self.all.append(made)
            return made
        return multiple()

    def expect_change(self, answer: httpx.Response, by: str, sent: Sent, *, needs_role: bool) -> bool:
        if not self.may_invite(by) or (needs_role and not self.may_give(by, sent.role)):
            assert answer.status_code == 403
        elif self.state_of(sent) != "PENDING":
            assert answer.json()["details"] == {"state": self.state_of(sent)}
        else:
            assert answer.status_code < 300, answer.text
            return True
        return False

    @rule(sent=sent, by=inviters)
    def resend(self, sent: Sent, by: str) -> None:
        answer = self.call(by, "POST", f"{self.path}/invitations/{sent.id}/resend")
        if self.expect_change(answer, by, sent, needs_role=True):
            sent.by, sent.day = by, self.day
            sent.tokens.append(answer.json()["token"])

    @rule(sent=sent, by=inviters)
    def revoke(self, sent: Sent, by: str) -> None:
        answer = self.call(by, "DELETE", f"{self.path}/invitations/{sent.id}")
        if self.expect_change(answer, by, sent, needs_role=False):
            sent.state = "REVOKED"

    @rule(sent=sent)
    def accept(self, sent: Sent) -> None:
        self.expect_answer(sent, sent.who, sent.tokens[-1], accepts=True)

    @rule(by=inviters, who=guests, role=some_roles, becomes=fates)
    def invite_and_accept(self, by: str, who: str, role: str, becomes: str) -> None:
        """What was sent before may be in the way; and its sender may be another by then."""
        self.invite(by, who, role)
        if by != "ada":
            self.set_role(by, becomes)
        for sent in [each for each in self.all if each.who == who]:
            self.accept(sent)

    @rule(sent=sent, who=guests, is_newest=st.booleans(), accepts=st.booleans())
    def answer(self, sent: Sent, who: str, is_newest: bool, accepts: bool) -> None:
        self.expect_answer(sent, who, sent.tokens[-1 if is_newest else 0], accepts=accepts)

    def expect_answer(self, sent: Sent, who: str, token: str, *, accepts: bool) -> None:
        step = "accept" if accepts else "decline"
        answer = self.call(who, "POST", f"/invitations/{step}", {"token": token})
        if token != sent.tokens[-1]:
            expected = "INVITATION_NOT_FOUND"
        elif who != sent.who:
            expected = "INVITATION_FOR_ANOTHER"
        elif self.state_of(sent) != "PENDING":
            expected = "INVITATION_ENDED"
        elif accepts and not self.may_give(sent.by, sent.role):
            expected = "INVITER_MAY_NOT"
        else:
            sent.state = "ACCEPTED" if accepts else "DECLINED"
            expected = "MEMBER_EXISTS" if accepts and who in self.members else ""
            if accepts:
                self.members.setdefault(who, sent.role)
        assert answer.json()["error_code"] == expected if expected else answer.status_code < 300, answer.text

    @rule(who=st.sampled_from((*INVITERS[1:], *GUESTS)), role=fates)
    def become(self, who: str, role: str) -> None:
        self.set_role(who, role)

    @rule(days=st.sampled_from((1, 3, 7)))
    def wait(self, days: int) -> None:
        self.service.clock.advance(days=days)
        self.service.people.clear()
        self.day += days

    @invariant()
    def memberships_are_what_the_model_says(self) -> None:
        stored = self.service.rows("SELECT user_id, role FROM WorkspaceMember")
        known = {who: self.run(self.service.person(who)).user_id for who in (*INVITERS, *GUESTS)}
        assert sorted(stored) == sorted((known[who], role) for who, role in self.members.items())

    @invariant()
    def invitations_are_what_the_model_says(self) -> None:
        if not self.all:
            return
        listed = self.call("ada", "GET", f"{self.path}/invitations?limit=200").json()["items"]
        assert {each["id"]: each["state"] for each in listed} == {
            each.id: self.state_of(each) for each in self.all
        }


@pytest.mark.slow
@pytest.mark.no_cover
def test_invitations_do_what_the_model_says(
    make_database: Callable[[], TestDatabase], key_file: Path
) -> None:
    Invitations.make_database, Invitations.key_file = staticmethod(make_database), key_file
    run_machine(
        Invitations,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
