"""Policies: the whole table, and what holds of every one of its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.operations import OPERATIONS
from app.core.permissions import Permission, Role
from app.core.policies import (
    ALLOWANCES,
    OBJECT_ROLES,
    TASK_PERMISSIONS,
    Actor,
    Context,
    Grant,
    ObjectRole,
    Resource,
    decide,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MANAGER = Grant("project", "p", ObjectRole.MANAGER)
OVERRIDE = Grant("project", "p", ObjectRole.OVERRIDE)
OBJECTIVE_MANAGER = Grant("objective", "o", ObjectRole.MANAGER)
LEAD = Grant("user_type", "u", ObjectRole.LEAD)
ELSEWHERE = (
    Grant("project", "q", ObjectRole.MANAGER),
    Grant("objective", "n", ObjectRole.MANAGER),
    Grant("objective", "p", ObjectRole.MANAGER),
    Grant("objective", "o", ObjectRole.OVERRIDE),
    Grant("user_type", "v", ObjectRole.LEAD),
    Grant("user_type", "p", ObjectRole.LEAD),
    Grant("project", "p", ObjectRole.MANAGER, NOW),
    Grant("project", "p", ObjectRole.OVERRIDE, NOW - timedelta(days=1)),
)
THINGS = Resource(owner_id="owner", project_id="p", objective_id="o", unit_id="u")

WORK = ("task.delete", "task.restore", "comment.delete")
PROJECT = ("project.set_visibility", "project_member.add", "project_member.remove")
OKR = (
    *(
        f"objective.{act}"
        for act in ("align", "attach", "delete", "detach", "finish", "reopen", "restore", "submit", "update")
    ),
    *(f"key_result.{act}" for act in ("check_in", "create", "delete", "update")),
)
SAID = ("objective_comment.update", "objective_comment.delete")
WHO = {
    # Of a MEMBER: by whom each may be done, apart from what everybody may.
    "owner": (
        *WORK,
        *PROJECT,
        *OKR,
        *SAID,
        "comment.update",
        "file.delete",
        "filter.update",
        "filter.share",
        "filter.delete",
    ),
    "manager": (*WORK, *PROJECT),
    "override": (*WORK, *PROJECT),
    "override without a reason": (),
    "objective manager": (*OKR, "objective_comment.delete"),
    "lead": (*WORK, "file.delete", "objective_comment.delete"),
    "admin": (
        *WORK,
        *PROJECT,
        *OKR,
        "file.delete",
        "filter.update",
        "filter.delete",
        "objective_comment.delete",
    ),
    "elsewhere": (),
    "nobody": (),
}


def somebody(who: str) -> tuple[Actor, Context]:
    grants = {
        "manager": [MANAGER],
        "objective manager": [OBJECTIVE_MANAGER],
        "override": [OVERRIDE],
        "override without a reason": [OVERRIDE],
        "lead": [LEAD],
        "elsewhere": ELSEWHERE,
    }
    actor = Actor(
        user_id="owner" if who == "owner" else "other",
        role=Role.ADMIN if who == "admin" else Role.MEMBER,
        grants=frozenset(grants.get(who, ())),
    )
    return actor, Context(NOW, "because" if who in ("override", "elsewhere") else None)


@pytest.mark.parametrize("operation", ALLOWANCES)
@pytest.mark.parametrize("who", WHO)
def test_the_table_of_whom_a_role_is_not_enough(who: str, operation: str) -> None:
    actor, context = somebody(who)
    assert decide(actor, operation, THINGS, context).is_allowed is (operation in WHO[who])


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - set(ALLOWANCES)))
def test_of_all_others_the_role_decides(operation: str) -> None:
    for role, is_guest in product([None, *Role], [False, True]):
        decision = decide(
            Actor(user_id="a", role=role, is_guest=is_guest), operation, Resource(), Context(NOW)
        )
        asked = OPERATIONS[operation]
        may = role is not None and role.reaches(asked.minimum) and (asked.for_guests or not is_guest)
        assert decision.is_allowed is may, (role, is_guest)
        assert decision.rule == "role" if may else decision.rule in ("no_member", "role_too_low", "guest")


DENIED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "archived": ({}, {"is_archived": True}),
    "looks_on": ({"is_read_only": True}, {}),
    "permission": ({"permissions": frozenset({Permission.VIEW})}, {}),
    "guest": ({"is_guest": True}, {}),
    "role_too_low": ({"role": Role.VIEWER}, {}),
    "no_member": ({"role": None}, {}),
}
"""What each denial follows from, of the actor and of the resource."""
HITS = {
    "archived": (*WORK, *PROJECT, "comment.update"),
    "looks_on": ("comment.delete", "comment.update", *OKR, *SAID),
    "permission": ("task.delete", "task.restore"),
    "guest": (
        *PROJECT,
        *OKR,
        *SAID,
        "file.delete",
        "filter.update",
        "filter.share",
        "filter.delete",
    ),
    "role_too_low": tuple(ALLOWANCES),
    "no_member": tuple(ALLOWANCES),
}


@pytest.mark.parametrize("operation", ALLOWANCES)
@pytest.mark.parametrize("rule", DENIED)
def test_denial_beats_authorship_and_every_object_role(rule: str, operation: str) -> None:
    of_actor, of_resource = DENIED[rule]
    actor = Actor(user_id="owner", role=Role.MEMBER, grants=frozenset({MANAGER, OVERRIDE, LEAD}))
    decision = decide(
        msgspec.structs.replace(actor, **of_actor),
        operation,
        msgspec.structs.replace(THINGS, **of_resource),
        Context(NOW, "because"),
    )
    assert (decision.rule == rule) is (operation in HITS[rule])
    assert decision.is_allowed is (operation not in HITS[rule])
    if rule == "permission" and not decision.is_allowed:
        assert decision.required == TASK_PERMISSIONS[operation]


def test_types_that_look_on_narrow_no_admin() -> None:
    actor = Actor(user_id="a", role=Role.ADMIN, is_read_only=True)
    assert decide(actor, "comment.delete", THINGS, Context(NOW)).is_allowed


GRANTS = st.builds(
    Grant,
    st.sampled_from(["project", "user_type"]),
    st.sampled_from("pquv"),
    st.sampled_from(ObjectRole),
    st.sampled_from([None, NOW, NOW + timedelta(seconds=1)]),
)
ACTORS = st.builds(
    Actor,
    user_id=st.sampled_from(["owner", "other"]),
    role=st.sampled_from([None, *Role]),
    is_guest=st.booleans(),
    is_read_only=st.booleans(),
    permissions=st.frozensets(st.sampled_from(Permission)),
    grants=st.frozensets(GRANTS, max_size=4),
)
RESOURCES = st.builds(
    Resource,
    owner_id=st.sampled_from([None, "owner"]),
    project_id=st.sampled_from([None, "p"]),
    unit_id=st.sampled_from([None, "u"]),
    is_archived=st.booleans(),
)
CONTEXTS = st.builds(Context, st.just(NOW), st.sampled_from([None, "because"]))
ASKED = st.sampled_from(sorted(OPERATIONS))


@settings(max_examples=300)
@given(ACTORS, ASKED, RESOURCES, CONTEXTS, GRANTS, st.sampled_from(Role), st.sampled_from(Permission))
def test_a_role_more_never_takes_a_right_away(
    actor: Actor,
    operation: str,
    resource: Resource,
    context: Context,
    grant: Grant,
    role: Role,
    permission: Permission,
) -> None:
    if not decide(actor, operation, resource, context).is_allowed:
        return
    is_higher = actor.role is not None and role.reaches(actor.role)
    for more in (
        msgspec.structs.replace(actor, grants=actor.grants | {grant}),
        msgspec.structs.replace(actor, permissions=actor.permissions | {permission}),
        msgspec.structs.replace(actor, role=role if is_higher else actor.role),
    ):
        assert decide(more, operation, resource, context).is_allowed, more


@settings(max_examples=300)
@given(ACTORS, ASKED, RESOURCES, CONTEXTS)
def test_what_is_allowed_is_denied_by_nothing_and_says_by_what(
    actor: Actor, operation: str, resource: Resource, context: Context
) -> None:
    decision = decide(actor, operation, resource, context)
    allowed_by = {rule.name for rule in ALLOWANCES.get(operation, ())} or {"role"}
    if decision.is_allowed:
        assert decision.rule in allowed_by
        assert decision.required is None
        assert actor.role is not None
        assert actor.role.reaches(OPERATIONS[operation].minimum)
        assert not (actor.is_guest and not OPERATIONS[operation].for_guests)
    else:
        assert decision.rule not in allowed_by
        assert decision.required
    assert decision.reason


def test_what_may_be_granted_is_what_rules_ask_for() -> None:
    assert {role for roles in OBJECT_ROLES.values() for role in roles} == set(ObjectRole)
