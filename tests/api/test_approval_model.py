"""Approvals against a model of them: whatever is done, in whatever order, by whom ever, nothing is approved by
the hand of an author or of whom one gave the right, without a stage's number, after an edit, or twice by one person.

The model knows people and paths between them, not the service's rules: it walks every chain of delegations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.approvals import Office, make_office, stage
from tests.databases import TestDatabase, execute
from tests.harness import make_settings, running

AUTHORS, OTHERS = ("eve", "abe"), ("ada", "bob", "cat", "dan")
ADMINS = (*AUTHORS, "ada")
PEOPLE = (*AUTHORS, *OTHERS)
ROLES = {"ada": "OWNER", "eve": "ADMIN", "abe": "ADMIN", "bob": "MEMBER", "cat": "MEMBER", "dan": "MEMBER"}
authors, people = st.sampled_from(AUTHORS), st.sampled_from(PEOPLE)
admins = st.sampled_from(ADMINS)
groups = st.sets(people, min_size=1, max_size=3)
stages = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(("roles", "people", "group", "group and people")),
        st.sets(st.sampled_from(("OWNER", "ADMIN", "MEMBER")), min_size=1),
        st.sets(people, min_size=3),
    ),
    min_size=1,
    max_size=2,
)


class Approvals(RuleBasedStateMachine):
    office: Office
    loop: asyncio.AbstractEventLoop
    number = 0

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def put(self, *statements: str) -> None:
        """Past the service, which may be at writing something down meanwhile."""
        self.run(asyncio.to_thread(execute, self.office.service.settings, *statements))

    @initialize(author=authors, submitter=authors, flow=stages, group=groups)
    def begin(self, author: str, submitter: str, flow: list[Any], group: set[str]) -> None:
        office, cls = self.office, type(self)
        cls.number += 1
        self.submitter, self.group, self.edits, self.editors = submitter, group, 0, {author}
        self.flow = [
            (
                required,
                set(roles) if kind == "roles" else set(),
                named if "people" in kind else set(),
                "group" in kind,
            )
            for required, kind, roles, named in flow
        ]
        # Roles that runs before this one gave would come to be as many as anybody may have.
        self.put("UPDATE WorkspaceMember SET user_type_id = NULL", "DELETE FROM ObjectRole")
        self.overriders: dict[str, str] = {}
        """With who let them."""
        some = [office[who] for who in sorted(group)]
        type_id = self.run(asyncio.to_thread(office.place.user_type, cls.number, *some))
        sent = [
            stage(
                f"s{place}",
                required,
                roles=sorted(roles),
                user_ids=[office.id_of(who) for who in sorted(named)],
                user_type_ids=[type_id] if by_group else [],
            )
            for place, (required, roles, named, by_group) in enumerate(self.flow)
        ]
        self.run(office.change_flow(*sent))
        self.template = self.run(office.template(author))
        self.ids = {office.id_of(who): who for who in PEOPLE}
        self.submit()

    def submit(self) -> None:
        answer = self.run(self.office.submit(self.template, self.submitter))
        assert answer.status_code == 201, answer.text
        self.request = answer.json()
        self.state, self.at = "PENDING", 0
        self.given: list[tuple[str, str]] = []
        self.delegated: set[tuple[str, str]] = set()
        self.was_of_group = bool(self.editors & self.group)

    def is_own(self, who: str) -> bool:
        return who in self.editors or who == self.submitter

    def is_asked(self, who: str) -> bool:
        _, roles, named, by_group = self.flow[self.at]
        is_authors = self.was_of_group or bool(self.editors & self.group)
        as_one_of = by_group and who in self.group and not is_authors
        return ROLES[who] in roles or who in named or as_one_of

    def chains(self, chain: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Every way, without a circle, by which somebody's right might come to the first of the chain."""
        yield chain
        for giver, taker in self.delegated:
            if taker == chain[-1] and giver not in chain:
                yield from self.chains((*chain, giver))

    def rights(self, who: str) -> set[str]:
        """For whom they might decide now: none of the chain, nor they, made or submitted it."""
        used = {person for pair in self.given for person in pair}
        ways = [chain for chain in self.chains((who,)) if not any(self.is_own(each) for each in chain)]
        if who in used:
            return set()
        return {chain[-1] for chain in ways if self.is_asked(chain[-1]) and chain[-1] not in used}

    def passed(self, *, by_override: bool = False) -> None:
        if by_override or len(self.given) >= self.flow[self.at][0]:
            self.given = []
            if self.at + 1 == len(self.flow):
                self.state = "APPROVED"
            else:
                self.at += 1

    @precondition(lambda self: self.state == "PENDING")
    @rule(who=people)
    def approve(self, who: str) -> None:
        rights = self.rights(who)
        answer = self.run(self.office.act(who, "approve", self.request))
        assert (answer.status_code == 200) == bool(rights), (who, rights, answer.text)
        if rights:
            decision = self.run(self.office.read("ada", self.request))["decisions"][-1]
            counts_for = self.ids[decision["on_behalf_of"] or decision["actor_id"]]
            assert self.ids[decision["actor_id"]] == who and counts_for in rights
            self.given.append((who, counts_for))
            self.passed()
            assert (answer.json()["state"], answer.json()["stage_number"]) == (self.state, self.at + 1)

    @precondition(lambda self: self.state == "PENDING")
    @rule(pair=st.lists(people, min_size=2, max_size=2, unique=True))
    def delegate(self, pair: list[str]) -> None:
        """By whoever might; what the author passes on comes of a period, and of no single request."""
        giver, taker = pair
        if self.rights(giver) and not self.is_own(taker):
            answer = self.run(self.office.delegate(giver, taker, self.request))
            assert answer.status_code == 201, answer.text
            self.delegated.add((giver, taker))
        else:
            answer = self.run(self.office.delegate(giver, taker, self.request))
            assert answer.status_code in (400, 403, 409), answer.text
            self.put(
                "INSERT INTO ApprovalDelegation (id, workspace_id, from_user, to_user, request_id, starts_at,"
                f" created_at) SELECT '{self.office.service.edge.tools.new_id()}', workspace_id,"
                f" '{self.office.id_of(giver)}', '{self.office.id_of(taker)}', id, created_at, created_at"
                f" FROM ApprovalRequest WHERE id = '{self.request['id']}'",
            )
            self.delegated.add((giver, taker))

    @precondition(lambda self: self.state == "PENDING")
    @rule(who=people, giver=st.one_of(st.none(), admins))
    def override(self, who: str, giver: str | None) -> None:
        if giver is not None and giver != who and who not in self.overriders:
            self.run(self.office.grant(who, "OVERRIDE", self.template, giver=giver))
            self.overriders[who] = giver
        used = {person for pair in self.given for person in pair}
        is_let = who in self.overriders and not self.is_own(self.overriders[who])
        may = is_let and not self.is_own(who) and who not in used
        answer = self.run(self.office.act(who, "override", self.request, "Needs must."))
        assert (answer.status_code == 200) == may, answer.text
        if may:
            self.passed(by_override=True)
            assert answer.json()["state"] == self.state

    @precondition(lambda self: self.state == "PENDING")
    @rule(who=authors)
    def leave_the_group(self, who: str) -> None:
        """Past the service: an author was of the group when it was submitted, and is not any more."""
        self.put(f"UPDATE WorkspaceMember SET user_type_id = NULL WHERE user_id = '{self.office.id_of(who)}'")
        self.group = self.group - {who}

    @precondition(lambda self: self.state == "PENDING")
    @rule(is_seen=st.booleans(), who=admins)
    def edit(self, is_seen: bool, who: str) -> None:
        """By its service, or past it: then the next decision finds out."""
        self.edits += 1
        if is_seen:
            assert self.run(self.office.edit(self.template, who)).status_code == 200
            self.editors = self.editors | {who}
        else:
            self.put(
                f"UPDATE WorkflowTemplateVersion SET graph_hash = '{self.edits:064}'"
                f" WHERE template_id = '{self.template}'"
            )
            answer = self.run(self.office.act("bob", "approve", self.request))
            assert answer.status_code == 409, answer.text
        assert self.run(self.office.read("ada", self.request))["state"] == "VOIDED"
        self.state = "VOIDED"

    @precondition(lambda self: self.state == "VOIDED")
    @rule()
    def submit_again(self) -> None:
        self.submit()

    @precondition(lambda self: self.state == "APPROVED")
    @rule(who=people)
    def decide_what_is_decided(self, who: str) -> None:
        assert self.run(self.office.act(who, "approve", self.request)).status_code == 409

    @invariant()
    def nothing_is_published_that_was_not_approved(self) -> None:
        if not hasattr(self, "template"):
            return
        published = self.office.service.rows(
            f"SELECT graph_hash FROM WorkflowTemplateVersion WHERE template_id = '{self.template}'"
            " AND status = 'PUBLISHED'"
        )
        assert published == ([(self.request["content_hash"],)] if self.state == "APPROVED" else [])


@pytest.mark.slow
@pytest.mark.no_cover
def test_approvals_against_a_model(make_database: Callable[[], TestDatabase], key_file: Path) -> None:
    loop = asyncio.new_event_loop()
    context = running(make_settings(make_database(), key_file))
    service = loop.run_until_complete(context.__aenter__())
    try:
        Approvals.office = loop.run_until_complete(make_office(service))
        Approvals.loop = loop
        run_machine(
            Approvals,
            settings=settings(
                max_examples=12,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
        stored = service.rows(
            "SELECT COUNT(*) FROM ApprovalDecision AS d JOIN ApprovalRequest AS r ON r.id = d.request_id"
            " WHERE r.author_id IN (d.actor_id, d.counts_for) OR r.submitted_by IN (d.actor_id, d.counts_for)"
            " OR EXISTS (SELECT 1 FROM ApprovalAuthor AS a WHERE a.request_id = r.id"
            " AND a.user_id IN (d.actor_id, d.counts_for))"
        )
        assert stored == [(0,)]
    finally:
        loop.run_until_complete(context.__aexit__(None, None, None))
        loop.close()
