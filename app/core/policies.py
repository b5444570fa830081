"""Who may do what, where a role alone does not decide: pure, and one table.

``decide`` is asked by the routes and by ``POST …/access/check`` alike. A rule that denies beats every rule
that allows; what no rule allows is denied. A role or an object role more never takes a right away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from app.core.operations import OPERATIONS
from app.core.permissions import Permission, Role


class ObjectRole(StrEnum):
    """What somebody may be to one object, beside their role in the workspace."""

    MANAGER = "MANAGER"
    """Of a project: may to it and what is in it what whoever made it may; of an objective, what its owner
    may."""
    OVERRIDE = "OVERRIDE"
    """Of a project: as MANAGER; of what is approved: decides a stage in place of all who are asked. Each time
    with a reason, which is recorded."""
    LEAD = "LEAD"
    """Of a user type: may to what its people made what they may themselves take away."""
    APPROVER = "APPROVER"
    """Of what is approved (``app.core.approvals``): is asked at the stages that ask for it."""


OBJECT_ROLES: Mapping[str, tuple[ObjectRole, ...]] = {
    "project": (ObjectRole.MANAGER, ObjectRole.OVERRIDE),
    "user_type": (ObjectRole.LEAD,),
    "objective": (ObjectRole.MANAGER, ObjectRole.APPROVER, ObjectRole.OVERRIDE),
    "workflow_template": (ObjectRole.APPROVER, ObjectRole.OVERRIDE),
}
"""The object roles that there are of each type of object."""


class Grant(msgspec.Struct, frozen=True):
    """An object role that somebody was given. From ``expires_at`` on it is none."""

    object_type: str
    object_id: str
    role: ObjectRole
    expires_at: datetime | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    role: Role | None
    """In the workspace; None for who is not in it."""
    is_guest: bool = False
    is_read_only: bool = False
    """Of a type of people that only looks on."""
    permissions: frozenset[Permission] = frozenset(Permission)
    """On tasks of this one's project, type and state."""
    grants: frozenset[Grant] = frozenset()


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What it is done to; without any, the workspace itself. ``owner_id`` is who made it; of an
    objective, and of what it is measured by, whose it is."""

    owner_id: str | None = None
    project_id: str | None = None
    objective_id: str | None = None
    unit_id: str | None = None
    """The user type of its owner."""
    is_archived: bool = False
    """Its project is."""


class Context(msgspec.Struct, frozen=True):
    now: datetime
    override_reason: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """``rule`` is the name of the rule that decided, ``reason`` what it says, ``required`` what would be
    needed."""

    is_allowed: bool
    rule: str
    reason: str
    required: str | None = None


Condition = Callable[[str, Actor, Resource, Context], bool]


class Rule(msgspec.Struct, frozen=True):
    """``required`` is what would be needed where it denies; None for the role that the operation takes."""

    name: str
    reason: str
    holds: Condition
    required: str | None = None


def _holds_grant(
    role: ObjectRole, object_type: str, object_of: Callable[[Resource], str | None]
) -> Condition:
    def condition(operation: str, actor: Actor, resource: Resource, context: Context) -> bool:
        object_id = object_of(resource)
        return object_id is not None and any(
            (grant.role, grant.object_type, grant.object_id) == (role, object_type, object_id)
            and (grant.expires_at is None or context.now < grant.expires_at)
            for grant in actor.grants
        )

    return condition


def _administers(operation: str, actor: Actor, resource: Resource, context: Context) -> bool:
    return actor.role is not None and actor.role.reaches(Role.ADMIN)


def is_for_writers(role: Role | None, operation: str) -> bool:
    """Whether somebody of this role is kept from it by a type that looks on. Roles above MEMBER are narrowed
    by none."""
    return (
        operation.partition(".")[0] in _WRITTEN
        and OPERATIONS[operation].minimum is not Role.VIEWER
        and not (role is not None and role.reaches(Role.ADMIN))
    )


_manages = _holds_grant(ObjectRole.MANAGER, "project", lambda resource: resource.project_id)
_overrides = _holds_grant(ObjectRole.OVERRIDE, "project", lambda resource: resource.project_id)
_manages_objective = _holds_grant(ObjectRole.MANAGER, "objective", lambda resource: resource.objective_id)

TASK_PERMISSIONS: Mapping[str, Permission] = {
    "task.assign": Permission.ASSIGN,
    "task.delete": Permission.MOVE_STATE,
    "task.depend": Permission.MOVE_STATE,
    "task.label": Permission.MOVE_STATE,
    "task.move": Permission.MOVE_STATE,
    "task.pick": Permission.TAKE,
    "task.restore": Permission.MOVE_STATE,
    "task.transition": Permission.MOVE_STATE,
    "task.undepend": Permission.MOVE_STATE,
    "task.unlabel": Permission.MOVE_STATE,
    "task.update": Permission.MOVE_STATE,
}
"""What is needed on the task, beside what ``OPERATIONS`` asks for."""
_CHANGES_OF_WORK = frozenset(TASK_PERMISSIONS) | {
    "comment.add",
    "comment.delete",
    "comment.update",
    "project.update",
    "project.set_visibility",
    "project_member.add",
    "project_member.remove",
}
_WRITTEN = ("comment", "key_result", "objective", "objective_comment")

LOOKS_ON = Rule(
    "looks_on",
    "People of this type look on and write nothing.",
    lambda operation, actor, resource, context: actor.is_read_only and is_for_writers(actor.role, operation),
    "a type that is not read-only",
)
DENIALS = (
    Rule(
        "no_member",
        "Who is not in the workspace may nothing there.",
        lambda operation, actor, resource, context: actor.role is None,
    ),
    Rule(
        "role_too_low",
        "This needs a higher role in the workspace.",
        lambda operation, actor, resource, context: (
            actor.role is not None and not actor.role.reaches(OPERATIONS[operation].minimum)
        ),
    ),
    Rule(
        "guest",
        "This is not for guests.",
        lambda operation, actor, resource, context: actor.is_guest and not OPERATIONS[operation].for_guests,
    ),
    Rule(
        "archived",
        "Its project is archived: it can be read and not changed.",
        lambda operation, actor, resource, context: resource.is_archived and operation in _CHANGES_OF_WORK,
    ),
    LOOKS_ON,
    Rule(
        "permission",
        "This needs a permission on the task that the type of people does not have.",
        lambda operation, actor, resource, context: (
            operation in TASK_PERMISSIONS and TASK_PERMISSIONS[operation] not in actor.permissions
        ),
    ),
)
"""In the order in which they are told."""

_ADMINISTRATOR = Rule("administrator", "An ADMIN or OWNER of the workspace may.", _administers)
_OWNER = Rule(
    "owner",
    "Whoever made it may.",
    lambda operation, actor, resource, context: resource.owner_id == actor.user_id,
)
_MANAGER = Rule("object_manager", "A MANAGER of the project may.", _manages)
_LEAD = Rule(
    "unit_lead",
    "The LEAD of its owner's user type may.",
    _holds_grant(ObjectRole.LEAD, "user_type", lambda resource: resource.unit_id),
)
_OVERRIDE = Rule(
    "override",
    "Somebody with OVERRIDE on the project may, and says why.",
    lambda operation, actor, resource, context: (
        bool(context.override_reason) and _overrides(operation, actor, resource, context)
    ),
)
_ROLE = Rule("role", "The role in the workspace is enough.", lambda *_: True)

_OBJECTIVE_OWNER = Rule(
    "owner",
    "Whoever owns the objective may.",
    lambda operation, actor, resource, context: resource.owner_id == actor.user_id,
)
_OBJECTIVE_MANAGER = Rule("object_manager", "A MANAGER of the objective may.", _manages_objective)

_OF_AN_OBJECTIVE = (_ADMINISTRATOR, _OBJECTIVE_OWNER, _OBJECTIVE_MANAGER)
_OF_WORK = (_ADMINISTRATOR, _OWNER, _MANAGER, _LEAD, _OVERRIDE)
_OF_A_PROJECT = (_ADMINISTRATOR, _OWNER, _MANAGER, _OVERRIDE)
ALLOWANCES: Mapping[str, tuple[Rule, ...]] = {
    "project.set_visibility": _OF_A_PROJECT,
    "project_member.add": _OF_A_PROJECT,
    "project_member.remove": _OF_A_PROJECT,
    "task.delete": _OF_WORK,
    "task.restore": _OF_WORK,
    "comment.update": (_OWNER,),
    "comment.delete": _OF_WORK,
    "file.delete": (_ADMINISTRATOR, _OWNER, _LEAD),
    "objective_comment.update": (_OWNER,),
    "objective_comment.delete": (_ADMINISTRATOR, _OWNER, _OBJECTIVE_MANAGER, _LEAD),
    **{
        f"objective.{act}": _OF_AN_OBJECTIVE
        for act in ("align", "attach", "delete", "detach", "finish", "reopen", "restore", "submit", "update")
    },
    **{f"key_result.{act}": _OF_AN_OBJECTIVE for act in ("check_in", "create", "delete", "update")},
    "filter.update": (_ADMINISTRATOR, _OWNER),
    "filter.share": (_OWNER,),
    "filter.delete": (_ADMINISTRATOR, _OWNER),
}
"""Of the operations where the role is not enough: who may. Of all others, whoever nothing denies."""
_BY_ROLE = (_ROLE,)


def decide(actor: Actor, operation: str, resource: Resource, context: Context) -> Decision:
    """Whether ``actor`` may do ``operation`` to ``resource``, and by which rule. Raises ``KeyError`` for an
    operation that is not in ``OPERATIONS``."""
    for rule in DENIALS:
        if rule.holds(operation, actor, resource, context):
            minimum = OPERATIONS[operation].minimum
            needed = TASK_PERMISSIONS[operation] if rule.name == "permission" else minimum
            return Decision(False, rule.name, rule.reason, rule.required or str(needed))
    rules = ALLOWANCES.get(operation, _BY_ROLE)
    for rule in rules:
        if rule.holds(operation, actor, resource, context):
            return Decision(True, rule.name, rule.reason)
    required = str(Role.ADMIN) if _ADMINISTRATOR in rules else "owner"
    return Decision(False, NOBODY_ELSE, " ".join(rule.reason for rule in rules), required)


NOBODY_ELSE = "nobody_else"
"""The rule by which what no rule allows is denied."""
