"""Who may decide about requests for approval, asked of the database: the facts that ``app.core.approvals``
judges by, as they are in this transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from app.core.approvals import Act, Case, Person, Stages, State
from app.core.json_text import as_json
from app.core.permissions import Role
from app.core.policies import ObjectRole
from app.db.connection import ReadTransaction
from app.db.handles import approvals as db
from app.db.handles.approval_authors import list_authors
from app.db.handles.approval_delegations import list_delegations_in_force
from app.db.handles.approvals import DecisionRow, PersonRow, RequestRow, RoleOnObjectRow
from app.kernel.approvals import stages_of

MOST_DELEGATIONS = 2000
"""In force in a workspace at once: who is told by others beyond them may not decide."""
MOST_STANDING = 1000
"""Of those for all requests, which come first; so there is room for those for single ones."""


class Docket(msgspec.Struct, frozen=True):
    """Requests with what is known of each."""

    cases: Mapping[str, Case]
    """By the id of the request."""
    decisions: Mapping[str, Sequence[DecisionRow]]
    """By the id of the request, of all its stages, the oldest first."""

    def approvals(self, request: RequestRow) -> int:
        """At the stage where it stands."""
        return sum(
            each.stage == request.stage and each.decision == Act.APPROVE
            for each in self.decisions.get(request.id, ())
        )


async def flows_of(tx: ReadTransaction, requests: Sequence[RequestRow]) -> Mapping[str, Stages]:
    """By the id of the request; one statement for each version of a flow that is among them."""
    known: dict[tuple[str, int], Stages] = {}
    for each in requests:
        key = (each.object_type, each.flow_version)
        if key not in known:
            known[key] = await stages_of(tx, each)
    return {each.id: known[each.object_type, each.flow_version] for each in requests}


async def docket(
    tx: ReadTransaction,
    now: datetime,
    workspace_id: str,
    requests: Sequence[RequestRow],
    flows: Mapping[str, Stages],
    about: Collection[str],
    *,
    authors_now: Collection[str] = (),
) -> Docket:
    """What decides whether those it is ``about`` may decide. ``authors_now``: where it is known that the
    object has other authors than at its submission."""
    here = {"workspace_id": workspace_id}
    ids = as_json([each.id for each in requests])
    delegations = await list_delegations_in_force(tx, requests=ids, now=now, most=MOST_DELEGATIONS, **here)
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for row in await db.list_decisions(tx, requests=ids, **here):
        decisions[row.request_id].append(row)
    pairs = [(each.from_user, each.to_user) for each in delegations]
    concerned = {*about, *upstream(pairs, about)}
    people = await db.list_people(tx, people=as_json(sorted(concerned)), **here)
    roles: dict[tuple[str, str, str], list[RoleOnObjectRow]] = defaultdict(list)
    objects = as_json(sorted({each.object_id for each in requests}))
    for held in await db.list_roles_on_objects(tx, objects=objects, now=now, **here):
        roles[held.object_type, held.object_id, held.user_id].append(held)
    authors = {each.id: {each.author_id, *authors_now} for each in requests}
    authors_types: dict[str, set[str]] = defaultdict(set)
    for author in await list_authors(tx, requests=ids, **here):
        authors[author.request_id].add(author.user_id)
        if author.user_type_id is not None:
            authors_types[author.request_id].add(author.user_type_id)
    everybody = as_json(sorted(set().union(*authors.values())))
    types: dict[str, str] = {
        row.user_id: row.user_type_id for row in await db.list_types_of_people(tx, people=everybody, **here)
    }
    cases = {}
    for each in requests:
        own_authors = frozenset(authors[each.id])
        excluded = own_authors | {each.submitted_by}
        at_stage = [row for row in decisions[each.id] if row.stage == each.stage]
        cases[each.id] = Case(
            stage=flows[each.id][each.stage],
            is_escalated=each.escalated_at is not None,
            authors=own_authors,
            submitted_by=each.submitted_by,
            authors_types=frozenset(
                authors_types[each.id] | {types[author] for author in own_authors if author in types}
            ),
            done=frozenset(user for row in at_stage for user in (row.actor_id, row.counts_for)),
            people={
                person.user_id: _person(
                    person, roles[each.object_type, each.object_id, person.user_id], excluded
                )
                for person in people
            },
            delegations=[
                (row.from_user, row.to_user) for row in delegations if row.request_id in (None, each.id)
            ],
        )
    for rows in decisions.values():
        rows.sort(key=lambda row: (row.stage, row.at, row.id))
    return Docket(cases, decisions)


def _person(row: PersonRow, held: Sequence[RoleOnObjectRow], excluded: Collection[str]) -> Person:
    gifts = {ObjectRole(each.role) for each in held if each.granted_by in excluded}
    counting = {ObjectRole(each.role) for each in held if each.granted_by not in excluded}
    return Person(
        row.user_id, Role(row.role), row.user_type_id, frozenset(counting), frozenset(gifts - counting)
    )


async def asked_now(
    tx: ReadTransaction, now: datetime, workspace_id: str, request_id: str, most: int
) -> tuple[int, list[str]]:
    """The stage at which a request stands now, and who is to decide there: at most so many whom it asks, and
    whom they have decide for them. Nobody where it has ended."""
    row = await db.get_request(tx, workspace_id=workspace_id, request_id=request_id)
    if row is None or row.state != State.PENDING:
        return 0, []
    asked = await db.list_asked(tx, workspace_id=workspace_id, request_id=request_id, now=now, page_size=most)
    ids = [each.user_id for each in asked]
    case = (await docket(tx, now, workspace_id, [row], await flows_of(tx, [row]), ids)).cases[row.id]
    left = case.left(ids)
    delegates = {to_user for from_user, to_user in case.delegations if from_user in left}
    return row.stage, [*left, *sorted(delegates - set(left) - case.excluded - case.done)]


def upstream(pairs: Sequence[tuple[str, str]], about: Collection[str]) -> set[str]:
    """Who may have somebody of these decide for them, directly or through others."""
    found: set[str] = set()
    new = set(about)
    while new:
        new = {from_user for from_user, to_user in pairs if to_user in new} - found - set(about)
        found |= new
    return found
