"""Organisations, their members and statuses against a model, as ``test_model.py`` has workspaces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.kernel import usage
from tests.databases import TestDatabase
from tests.harness import Service, make_settings, running

PEOPLE = ("ada", "bob", "cat", "dan")
RANK = {"OWNER": 3, "ADMIN": 2, "MEMBER": 1}
STEPS = {
    "suspend": ("ACTIVE", "SUSPENDED"),
    "activate": ("SUSPENDED", "ACTIVE"),
    "archive": ("ACTIVE", "ARCHIVED"),
    "restore": ("ARCHIVED", "ACTIVE"),
}


@dataclass
class Modelled:
    """What an organisation should be. ``workspaces``: the people in each."""

    roles: dict[str, str]
    status: str = "ACTIVE"
    changes: int = 1
    denials: int = 0
    statuses: list[str] = field(default_factory=lambda: ["ACTIVE"])
    workspaces: dict[str, set[str]] = field(default_factory=dict)

    def seats(self) -> int:
        return len(set(self.roles).union(*self.workspaces.values()))


people = st.sampled_from(PEOPLE)


class Organizations(RuleBasedStateMachine):
    make_database: Callable[[], TestDatabase]
    key_file: Path
    organizations = Bundle("organizations")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.context = running(make_settings(type(self).make_database(), self.key_file))
        self.service: Service = self.run(self.context.__aenter__())
        self.ids = {name: self.run(self.service.person(name)).user_id for name in PEOPLE}
        self.model: dict[str, Modelled] = {}

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.context.__aexit__(None, None, None))
        self.loop.close()

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        response = self.run(self.service.people[who].request(method, path, json=body))
        if response.status_code == 403:
            # The window ends, so that the next refusal is an entry of its own again.
            self.run(self.service.edge.parts.audit.denials.flush())
        return response

    def refusal(self, org: Modelled, who: str, minimum: str, *, even_held: bool = False) -> int | None:
        """What access and status alone call for, if anything."""
        if who not in org.roles:
            return 404
        if RANK[org.roles[who]] < RANK[minimum]:
            org.denials += 1
            return 403
        return None if even_held or org.status == "ACTIVE" else 409

    @rule(target=organizations, who=people)
    def create(self, who: str) -> str:
        response = self.call(who, "POST", "/organizations", {"name": "Engines"})
        assert response.status_code == 201, response.text
        self.model[response.json()["id"]] = Modelled({who: "OWNER"})
        return str(response.json()["id"])

    @rule(org=organizations, who=people, step=st.sampled_from(tuple(STEPS)))
    def change_status(self, org: str, who: str, step: str) -> None:
        modelled, (start, end) = self.model[org], STEPS[step]
        response = self.call(who, "POST", f"/organizations/{org}/{step}", {})
        refusal = self.refusal(modelled, who, "ADMIN", even_held=True)
        if refusal is None and modelled.status != start:
            refusal = 400
        assert response.status_code == (refusal or 200), response.text
        if refusal is None:
            modelled.status = end
            modelled.statuses.append(end)
            modelled.changes += 1

    @rule(org=organizations, who=people, other=people)
    def add(self, org: str, who: str, other: str) -> None:
        modelled = self.model[org]
        response = self.call(who, "POST", f"/organizations/{org}/members", {"user_id": self.ids[other]})
        refusal = self.refusal(modelled, who, "ADMIN")
        if refusal is None and other in modelled.roles:
            refusal = 409
        assert response.status_code == (refusal or 201), response.text
        if refusal is None:
            modelled.roles[other] = "MEMBER"
            modelled.changes += 1

    @rule(org=organizations, who=people, other=people)
    def remove(self, org: str, who: str, other: str) -> None:
        modelled = self.model[org]
        response = self.call(who, "DELETE", f"/organizations/{org}/members/{self.ids[other]}")
        refusal = self.refusal(modelled, who, "ADMIN")
        if refusal is None and other not in modelled.roles:
            refusal = 404
        if refusal is None and modelled.roles[other] == "OWNER":
            refusal = 409
        if refusal is None and modelled.roles[other] == "ADMIN" and modelled.roles[who] != "OWNER":
            refusal = 403
            modelled.denials += 1
        assert response.status_code == (refusal or 204), response.text
        if refusal is None:
            del modelled.roles[other]
            modelled.changes += 1

    @rule(org=organizations, who=people)
    def leave(self, org: str, who: str) -> None:
        modelled = self.model[org]
        response = self.call(who, "POST", f"/organizations/{org}/members/leave")
        refusal = self.refusal(modelled, who, "MEMBER", even_held=True)
        if refusal is None and modelled.roles[who] == "OWNER":
            refusal = 409
        assert response.status_code == (refusal or 204), response.text
        if refusal is None:
            del modelled.roles[who]
            modelled.changes += 1

    @rule(org=organizations, who=people, other=people)
    def grant(self, org: str, who: str, other: str) -> None:
        modelled = self.model[org]
        response = self.call(who, "POST", f"/organizations/{org}/admins", {"user_id": self.ids[other]})
        refusal = self.refusal(modelled, who, "OWNER")
        if refusal is None and other not in modelled.roles:
            refusal = 404
        if refusal is None and other == who:
            refusal = 409
        assert response.status_code == (refusal or 200), response.text
        if refusal is None:
            modelled.changes += modelled.roles[other] != "ADMIN"
            modelled.roles[other] = "ADMIN"

    @rule(org=organizations, who=people, other=people)
    def revoke(self, org: str, who: str, other: str) -> None:
        modelled = self.model[org]
        response = self.call(who, "DELETE", f"/organizations/{org}/admins/{self.ids[other]}")
        refusal = self.refusal(modelled, who, "OWNER")
        if refusal is None:
            refusal = {None: 404, "MEMBER": 404, "OWNER": 409}.get(modelled.roles.get(other))
        assert response.status_code == (refusal or 204), response.text
        if refusal is None:
            modelled.roles[other] = "MEMBER"
            modelled.changes += 1

    @rule(org=organizations, who=people, other=people)
    def transfer(self, org: str, who: str, other: str) -> None:
        modelled = self.model[org]
        body = {"user_id": self.ids[other]}
        response = self.call(who, "POST", f"/organizations/{org}/transfer-ownership", body)
        refusal = self.refusal(modelled, who, "OWNER")
        if refusal is None and other not in modelled.roles:
            refusal = 404
        assert response.status_code == (refusal or 200), response.text
        if refusal is None and other != who:
            modelled.roles |= {who: "ADMIN", other: "OWNER"}
            modelled.changes += 1

    @rule(org=organizations, who=people, other=people)
    def take_a_workspace_in(self, org: str, who: str, other: str) -> None:
        """As an accepted move does it, with somebody in it who need not be in the organisation."""
        modelled = self.model[org]
        workspace = self.call(who, "POST", "/workspaces", {"name": "Notes"}).json()["id"]
        if other != who:
            body = {"user_id": self.ids[other], "role": "MEMBER"}
            assert self.call(who, "POST", f"/workspaces/{workspace}/members", body).status_code == 201

        async def move() -> None:
            async with self.service.edge.parts.database.write() as tx:
                values = {"workspace_id": workspace, "org_id": org, "now": self.service.clock()}
                await tx.execute(tx.registry["move_workspace"], values)
                await usage.take_workspace(tx, org, workspace)

        self.run(move())
        modelled.workspaces[workspace] = {who, other}

    @rule(org=organizations, who=people, name=st.sampled_from(("Other", "Again")))
    def change_a_workspace(self, org: str, who: str, name: str) -> None:
        modelled = self.model[org]
        for workspace, inside in modelled.workspaces.items():
            response = self.call(who, "PATCH", f"/workspaces/{workspace}", {"description": name})
            if who not in inside:
                assert response.status_code == 403
            elif response.status_code == 403:
                assert response.json()["details"]["role"] == "MEMBER"
            else:
                assert response.status_code == (200 if modelled.status == "ACTIVE" else 409), response.text

    @invariant()
    def lists_are_what_the_model_says(self) -> None:
        for who in PEOPLE:
            listed = self.call(who, "GET", "/organizations?archived=true&limit=200").json()["items"]
            expected = {
                (org, modelled.status, modelled.roles[who])
                for org, modelled in self.model.items()
                if who in modelled.roles
            }
            assert {(item["id"], item["status"], item["role"]) for item in listed} == expected

    @invariant()
    def every_organization_has_one_owner_and_counts_right(self) -> None:
        for org, modelled in self.model.items():
            (owner,) = [who for who, role in modelled.roles.items() if role == "OWNER"]
            path = f"/organizations/{org}"
            assert self.call(owner, "GET", f"{path}/owner").json()["user_id"] == self.ids[owner]
            used = self.call(owner, "GET", f"{path}/usage").json()
            assert used["seats"]["used"] == modelled.seats()
            assert used["workspaces"]["used"] == len(modelled.workspaces)
            history = self.call(owner, "GET", f"{path}/history?limit=200").json()["items"]
            assert ["ACTIVE", *reversed([each["to_status"] for each in history])] == modelled.statuses
            report = self.call(owner, "GET", f"{path}/audit/verify").json()
            assert (report["valid"], report["entries"]) == (True, modelled.changes + modelled.denials)


@pytest.mark.slow
@pytest.mark.no_cover
def test_organizations_do_what_the_model_says(
    make_database: Callable[[], TestDatabase], key_file: Path
) -> None:
    Organizations.make_database, Organizations.key_file = staticmethod(make_database), key_file
    run_state_machine_as_test(
        Organizations,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
