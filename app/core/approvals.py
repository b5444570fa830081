"""Approvals: the stages that a submission passes, and who may decide at one of them. Pure.

Nobody approves of their own: not its authors (whose it is, and all who made or changed it since it was
approved last), not who submitted it, and nobody whose right comes from them: by a delegation however long its
chain is, by a type of people that an author is or was of, or by an object role that one of them gave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.core.json_text import as_json
from app.core.permissions import Role
from app.core.policies import ObjectRole

MOST_STAGES = 10
MOST_REQUIRED = 20
MOST_NAMED = 50
"""People, or types of people, that a stage names."""
LONGEST_DEADLINE = 24 * 365
"""In hours."""


class State(StrEnum):
    """Of a request. All but PENDING are the end."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"
    """What was submitted was changed since."""


class Act(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    OVERRIDE = "OVERRIDE"
    """In place of all who would still have to approve at this stage."""


class Deciders(msgspec.Struct, frozen=True):
    """Whoever is one of these may decide."""

    roles: tuple[Role, ...] = ()
    user_ids: tuple[str, ...] = ()
    user_type_ids: tuple[str, ...] = ()
    object_roles: tuple[ObjectRole, ...] = ()


class Stage(msgspec.Struct, frozen=True):
    """``required`` of its deciders have to approve. ``deadline_hours`` after it was reached, ``escalate_to``
    may decide too."""

    key: str
    name: str
    deciders: Deciders
    required: int = 1
    deadline_hours: int | None = None
    escalate_to: Deciders | None = None

    def due_at(self, since: datetime) -> datetime | None:
        return None if self.deadline_hours is None else since + timedelta(hours=self.deadline_hours)

    def asks(self, *, is_escalated: bool) -> tuple[Deciders, ...]:
        if is_escalated and self.escalate_to is not None:
            return self.deciders, self.escalate_to
        return (self.deciders,)


Stages = tuple[Stage, ...]

DEFAULT_FLOWS: Mapping[str, Stages] = {
    "objective": (
        Stage(
            "team_review",
            "Team review",
            Deciders((Role.MEMBER, Role.ADMIN), object_roles=(ObjectRole.APPROVER,)),
            deadline_hours=72,
            escalate_to=Deciders((Role.OWNER,)),
        ),
        Stage(
            "alignment_review",
            "Alignment review",
            Deciders((Role.ADMIN,), object_roles=(ObjectRole.APPROVER,)),
            deadline_hours=72,
            escalate_to=Deciders((Role.OWNER,)),
        ),
        Stage(
            "executive_approval",
            "Executive approval",
            Deciders((Role.OWNER,)),
            deadline_hours=120,
            escalate_to=Deciders((Role.ADMIN,)),
        ),
    ),
    "workflow_template": (),
}
"""By type of object, where a workspace has defined none; without stages, nothing has to be approved. Requests
refer to these as version 0, so what is changed here is changed for those that are under way."""


class Person(msgspec.Struct, frozen=True):
    """A member who may decide at all, and what they are to the object."""

    user_id: str
    role: Role
    user_type_id: str | None = None
    object_roles: frozenset[ObjectRole] = frozenset()
    """Those that count: given by nobody whose own it is."""
    authors_gifts: frozenset[ObjectRole] = frozenset()
    """Those that an author gave them, or whoever submitted it."""


class Ground(StrEnum):
    """Why the stage asks somebody."""

    USER = "user"
    ROLE = "role"
    USER_TYPE = "user_type"
    OBJECT_ROLE = "object_role"


class Refusal(StrEnum):
    """Why somebody may not decide."""

    AUTHOR = "author"
    SUBMITTER = "submitter"
    NO_MEMBER = "no_member"
    """Or a guest, one who only looks on, or whose account is not active."""
    DECIDED = "decided"
    """They, or all that they might decide for, have decided at this stage."""
    AUTHORS_GROUP = "authors_group"
    """They are asked only as of a type of people that an author is of, or was at the submission."""
    AUTHORS_GRANT = "authors_grant"
    """They are asked only by an object role that an author gave them, or whoever submitted it."""
    AUTHORS_DELEGATE = "authors_delegate"
    """They could decide only for the author, or whoever submitted it."""
    NOT_ASKED = "not_asked"


class Seat(msgspec.Struct, frozen=True):
    """Somebody's right to decide at a stage; of ``on_behalf_of``, where it is not their own."""

    user_id: str
    on_behalf_of: str | None
    grounds: tuple[Ground, ...]

    @property
    def counts_for(self) -> str:
        return self.on_behalf_of or self.user_id


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a request, with what decides who may decide there."""

    stage: Stage
    is_escalated: bool
    authors: frozenset[str]
    """Whoever was an author at the submission, and whoever is now."""
    submitted_by: str
    authors_types: frozenset[str]
    done: frozenset[str]
    """Those who have decided here, and those for whom somebody has."""
    people: Mapping[str, Person]
    """The members who may decide at all, of those whom it is asked about and those who delegate to them."""
    delegations: Collection[tuple[str, str]]
    """From whom, to whom: all that are in force for this request."""

    @property
    def excluded(self) -> frozenset[str]:
        return self.authors | {self.submitted_by}

    def grounds(
        self, person: Person, *, even_authors_types: bool = False, even_gifts: bool = False
    ) -> tuple[Ground, ...]:
        """Why the stage asks this person."""
        asked = self.stage.asks(is_escalated=self.is_escalated)
        of_type = person.user_type_id
        is_open = even_authors_types or of_type not in self.authors_types
        object_roles = person.object_roles | (person.authors_gifts if even_gifts else frozenset())
        found = {
            Ground.USER: any(person.user_id in each.user_ids for each in asked),
            Ground.ROLE: any(person.role in each.roles for each in asked),
            Ground.USER_TYPE: is_open and any(of_type in each.user_type_ids for each in asked),
            Ground.OBJECT_ROLE: any(not object_roles.isdisjoint(each.object_roles) for each in asked),
        }
        return tuple(ground for ground, holds in found.items() if holds)

    def seat(self, user_id: str) -> Seat | Refusal:
        """Their own, or else that of the nearest of those whose right was delegated to them."""
        if user_id in self.authors:
            return Refusal.AUTHOR
        if user_id == self.submitted_by:
            return Refusal.SUBMITTER
        person = self.people.get(user_id)
        if person is None:
            return Refusal.NO_MEMBER
        if user_id in self.done:
            return Refusal.DECIDED
        if grounds := self.grounds(person):
            return Seat(user_id, None, grounds)
        upstream = list(self._upstream(user_id, without=self.excluded))
        for other in upstream:
            if other not in self.done and (grounds := self.grounds(self.people[other])):
                return Seat(user_id, other, grounds)
        return self._refusal(user_id, upstream)

    def _refusal(self, user_id: str, upstream: Sequence[str]) -> Refusal:
        """Of who has no seat: the nearest reason."""
        if any(self.grounds(self.people[other]) for other in upstream):
            return Refusal.DECIDED
        own = (user_id, *upstream)
        if any(self.grounds(self.people[other], even_authors_types=True) for other in own):
            return Refusal.AUTHORS_GROUP
        if any(self.grounds(self.people[other], even_gifts=True) for other in own):
            return Refusal.AUTHORS_GRANT
        beyond = self._upstream(user_id, without=frozenset())
        if any(other in self.excluded or self.grounds(self.people[other]) for other in beyond):
            return Refusal.AUTHORS_DELEGATE
        return Refusal.NOT_ASKED

    def _upstream(self, user_id: str, *, without: Collection[str]) -> Iterator[str]:
        """Those who delegate to somebody, directly or through others, the nearest first. Who may not decide
        passes nothing on."""
        seen, rank = {user_id}, [user_id]
        while rank:
            nearer, rank = frozenset(rank), []
            for from_user in sorted({each for each, to_user in self.delegations if to_user in nearer}):
                if from_user in self.people and from_user not in seen and from_user not in without:
                    seen.add(from_user)
                    rank.append(from_user)
                    yield from_user

    def left(self, user_ids: Collection[str]) -> list[str]:
        """Of these, those who are asked themselves, may decide and have not: each is one approval that the
        stage may still get, by whoever's hand."""
        seats = (self.seat(user_id) for user_id in user_ids)
        return [seat.user_id for seat in seats if isinstance(seat, Seat) and seat.on_behalf_of is None]


def after(stages: Stages, stage: int, act: Act, approvals: int) -> tuple[State, int]:
    """What becomes of a pending request at a stage, and the stage that it stands at then. ``approvals``: how
    many that stage has, this one among them."""
    if act is Act.REJECT:
        return State.REJECTED, stage
    if act is Act.REQUEST_CHANGES:
        return State.CHANGES_REQUESTED, stage
    if act is Act.APPROVE and approvals < stages[stage].required:
        return State.PENDING, stage
    if stage + 1 == len(stages):
        return State.APPROVED, stage
    return State.PENDING, stage + 1


def needs_reason(act: Act) -> bool:
    return act is not Act.APPROVE


def encoded(stages: Stages) -> str:
    return as_json(stages)


def decoded(text: str) -> Stages:
    return msgspec.json.decode(text, type=Stages)
