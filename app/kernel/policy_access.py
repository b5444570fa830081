"""``app.core.policies`` asked by services: of the caller, as of this transaction."""

from __future__ import annotations

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Role
from app.core.policies import (
    LOOKS_ON,
    NOBODY_ELSE,
    Actor,
    Context,
    Decision,
    Grant,
    ObjectRole,
    Resource,
    decide,
    is_for_writers,
)
from app.db.connection import ReadTransaction
from app.db.handles import object_roles as db
from app.db.handles.comments import is_read_only
from app.kernel.access import Access

MOST_OF_ONE = 100
"""Object roles that somebody has in one workspace at most, expired ones too."""


async def require(
    tx: ReadTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    resource: Resource,
    *,
    operation: str | None = None,
    override_reason: str | None = None,
) -> Decision:
    """Where the role that ``enter`` asked for is not enough: may the caller do this, by default what they
    entered for? Permissions on tasks and types that look on are asked for by whoever finds the object.

    What somebody was given on single objects is read only where nothing else lets them. Raises
    ``AccessDenied``, which names what would be needed.
    """
    operation = operation or access.operation
    actor = Actor(user_id=caller.user_id, role=access.role, is_guest=access.is_guest)
    context = Context(tools.clock(), override_reason)
    decision = decide(actor, operation, resource, context)
    if decision.rule == NOBODY_ELSE:
        grants = await grants_of(tx, access.workspace_id, caller.user_id)
        if grants:
            resource = await with_unit(tx, access.workspace_id, resource)
            decision = decide(msgspec.structs.replace(actor, grants=grants), operation, resource, context)
    if not decision.is_allowed:
        raise access.deny(str(decision.required), decision.reason)
    return decision


async def require_writer(tx: ReadTransaction, caller: Caller, access: Access) -> None:
    """For what the caller entered for, as the rule ``LOOKS_ON`` says; the type is read where it matters.
    Raises ``AccessDenied``."""
    if is_for_writers(access.role, access.operation) and await is_read_only(
        tx, workspace_id=access.workspace_id, user_id=caller.user_id
    ):
        raise access.deny(str(LOOKS_ON.required), LOOKS_ON.reason)


async def grants_of(tx: ReadTransaction, workspace_id: str, user_id: str) -> frozenset[Grant]:
    rows = await db.list_object_roles_of_person(
        tx, workspace_id=workspace_id, account_id=user_id, page_size=MOST_OF_ONE
    )
    return frozenset(
        Grant(row.object_type, row.object_id, ObjectRole(row.role), row.expires_at) for row in rows
    )


async def with_unit(tx: ReadTransaction, workspace_id: str, resource: Resource) -> Resource:
    """The user type of whoever made it, if they are still a member."""
    if resource.owner_id is None:
        return resource
    owner = await db.read_policy_facts(tx, workspace_id=workspace_id, account_id=resource.owner_id)
    # Nobody leads those whom a type does not narrow.
    if owner is None or Role(owner.role).reaches(Role.ADMIN):
        return resource
    return msgspec.structs.replace(resource, unit_id=owner.user_type_id)


def told(decision: Decision, override_reason: str | None) -> dict[str, str]:
    """What the audit log says of a decision that something else than role and authorship made."""
    if decision.rule in ("role", "administrator", "owner"):
        return {}
    reason = {"override_reason": override_reason} if decision.rule == "override" and override_reason else {}
    return {"allowed_by": decision.rule, **reason}
