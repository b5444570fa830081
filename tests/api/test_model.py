"""The API against a model of it: Hypothesis makes up sequences of calls, and every answer must be what a few
dictionaries say it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.core.text import clean_line
from tests.databases import TestDatabase
from tests.harness import Service, make_settings, running

PEOPLE = ("ada", "bob", "cat", "dan")
RANK = {"OWNER": 4, "ADMIN": 3, "MEMBER": 2, "VIEWER": 1}


@dataclass
class Modelled:
    """What a workspace should be."""

    name: str
    deleted: bool = False
    members: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    changes: int = 1
    denials: int = 0

    def owners(self) -> int:
        return sum(role == "OWNER" for role in self.members.values())


people = st.sampled_from(PEOPLE)
roles = st.sampled_from(tuple(RANK))
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\uffff"), min_size=1, max_size=20
)


def is_a_name(text: str) -> bool:
    """tests/core/test_text.py says which texts are."""
    try:
        clean_line(text, limit=255)
    except ValueError:
        return False
    return True


class Workspaces(RuleBasedStateMachine):
    make_database: Callable[[], TestDatabase]
    key_file: Path
    workspaces = Bundle("workspaces")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.context = running(make_settings(type(self).make_database(), self.key_file))
        self.service: Service = self.run(self.context.__aenter__())
        self.model: dict[str, Modelled] = {}

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.run(self.context.__aexit__(None, None, None))
        self.loop.close()

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        async def go() -> Any:
            person = await self.service.person(who)
            return await person.request(method, path, json=body)

        response = self.run(go())
        if response.status_code == 403:
            # The window ends, so that the next refusal is an entry of its own again.
            self.run(self.service.edge.parts.audit.denials.flush())
        return response

    def expect(self, modelled: Modelled, who: str, minimum: str) -> int | None:
        """The refusal that access alone calls for, if any."""
        if modelled.deleted:
            return 404
        role = modelled.members.get(who)
        if role is None or RANK[role] < RANK[minimum]:
            modelled.denials += 1
            return 403
        return None

    @rule(target=workspaces, who=people, name=names)
    def create(self, who: str, name: str) -> Any:
        response = self.call(who, "POST", "/workspaces", {"name": name})
        if not is_a_name(name):
            assert response.status_code == 422
            return multiple()
        assert response.status_code == 201, response.text
        created = response.json()
        modelled = Modelled(created["name"], members={who: "OWNER"})
        members = self.call(who, "GET", f"/workspaces/{created['id']}/members").json()["items"]
        modelled.ids[who] = members[0]["id"]
        self.model[created["id"]] = modelled
        return created["id"]

    @rule(workspace=workspaces, who=people, name=names)
    def rename(self, workspace: str, who: str, name: str) -> None:
        modelled = self.model[workspace]
        response = self.call(who, "PATCH", f"/workspaces/{workspace}", {"name": name})
        if not is_a_name(name):
            assert response.status_code == 422
            return
        refusal = self.expect(modelled, who, "ADMIN")
        assert response.status_code == (refusal or 200), response.text
        if refusal is None:
            modelled.changes += response.json()["name"] != modelled.name
            modelled.name = response.json()["name"]

    @rule(workspace=workspaces, who=people)
    def delete(self, workspace: str, who: str) -> None:
        modelled = self.model[workspace]
        response = self.call(who, "DELETE", f"/workspaces/{workspace}")
        refusal = self.expect(modelled, who, "OWNER")
        assert response.status_code == (refusal or 204), response.text
        if refusal is None:
            modelled.deleted = True
            modelled.changes += 1

    @rule(workspace=workspaces, who=people)
    def restore(self, workspace: str, who: str) -> None:
        modelled = self.model[workspace]
        response = self.call(who, "POST", f"/workspaces/{workspace}/restore")
        if modelled.deleted:
            allowed = modelled.members.get(who) == "OWNER"
            assert response.status_code == (200 if allowed else 404)
            if allowed:
                modelled.deleted = False
                modelled.changes += 1
        else:
            assert response.status_code == (self.expect(modelled, who, "OWNER") or 409)

    @rule(workspace=workspaces, who=people, other=people, role=roles)
    def add(self, workspace: str, who: str, other: str, role: str) -> None:
        modelled = self.model[workspace]
        user_id = self.run(self.service.person(other)).user_id
        body = {"user_id": user_id, "role": role}
        response = self.call(who, "POST", f"/workspaces/{workspace}/members", body)
        refusal = self.expect(modelled, who, "ADMIN")
        if refusal is None and RANK[role] > RANK[modelled.members[who]]:
            refusal = 403
            modelled.denials += 1
        if refusal is None and other in modelled.members:
            refusal = 409
        assert response.status_code == (refusal or 201), response.text
        if refusal is None:
            modelled.members[other] = role
            modelled.ids[other] = response.json()["id"]
            modelled.changes += 1

    @rule(workspace=workspaces, who=people, other=people, role=roles)
    def change_role(self, workspace: str, who: str, other: str, role: str) -> None:
        modelled = self.model[workspace]
        member = modelled.ids.get(other, "00000000-0000-7000-8000-000000000000")
        response = self.call(who, "PATCH", f"/workspaces/{workspace}/members/{member}", {"role": role})
        refusal = self._refusal_to_manage(modelled, who, other, role)
        if refusal is None and other in modelled.members and role != modelled.members[other]:
            if modelled.members[other] == "OWNER" and modelled.owners() == 1:
                refusal = 409
            else:
                modelled.members[other] = role
                modelled.changes += 1
        assert response.status_code == (refusal or 200), response.text

    @rule(workspace=workspaces, who=people, other=people)
    def remove(self, workspace: str, who: str, other: str) -> None:
        modelled = self.model[workspace]
        member = modelled.ids.get(other, "00000000-0000-7000-8000-000000000000")
        response = self.call(who, "DELETE", f"/workspaces/{workspace}/members/{member}")
        refusal = self._refusal_to_manage(modelled, who, other, None)
        if refusal is None:
            refusal = self._take_out(modelled, other)
        assert response.status_code == (refusal or 204), response.text

    @rule(workspace=workspaces, who=people)
    def leave(self, workspace: str, who: str) -> None:
        modelled = self.model[workspace]
        response = self.call(who, "POST", f"/workspaces/{workspace}/members/leave")
        refusal = self.expect(modelled, who, "VIEWER")
        if refusal is None:
            refusal = self._take_out(modelled, who)
        assert response.status_code == (refusal or 204), response.text

    def _refusal_to_manage(self, modelled: Modelled, who: str, other: str, role: str | None) -> int | None:
        refusal = self.expect(modelled, who, "ADMIN")
        if refusal is not None:
            return refusal
        if other not in modelled.members:
            return 404
        highest = max(RANK[modelled.members[other]], RANK[role] if role else 0)
        if highest > RANK[modelled.members[who]]:
            modelled.denials += 1
            return 403
        return None

    def _take_out(self, modelled: Modelled, other: str) -> int | None:
        if modelled.members[other] == "OWNER" and modelled.owners() == 1:
            return 409
        del modelled.members[other], modelled.ids[other]
        modelled.changes += 1
        return None

    @invariant()
    def lists_are_what_the_model_says(self) -> None:
        for who in PEOPLE:
            listed = self.call(who, "GET", "/workspaces?limit=200").json()["items"]
            expected = {
                (workspace, modelled.name, modelled.members[who])
                for workspace, modelled in self.model.items()
                if not modelled.deleted and who in modelled.members
            }
            assert {(item["id"], item["name"], item["role"]) for item in listed} == expected

    @invariant()
    def every_workspace_has_an_owner_and_a_whole_audit_log(self) -> None:
        for workspace, modelled in self.model.items():
            assert modelled.owners() >= 1
            if not modelled.deleted:
                owner = next(who for who, role in modelled.members.items() if role == "OWNER")
                report = self.call(owner, "GET", f"/workspaces/{workspace}/audit/verify").json()
                assert (report["valid"], report["entries"]) == (True, modelled.changes + modelled.denials)


@pytest.mark.slow
@pytest.mark.no_cover
def test_the_api_does_what_the_model_says(make_database: Callable[[], TestDatabase], key_file: Path) -> None:
    Workspaces.make_database, Workspaces.key_file = staticmethod(make_database), key_file
    run_state_machine_as_test(
        Workspaces,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
