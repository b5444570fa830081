"""Object roles: what somebody is to one object, or to the people of one user type, beside their role."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule, MemberNotFound
from app.core.okr_errors import ObjectiveNotFound
from app.core.policies import ObjectRole
from app.core.work_errors import ObjectRoleNotFound, TooManyObjectRoles, UserTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import object_roles as db
from app.db.handles.object_roles import ObjectRoleRow
from app.db.handles.objectives import get_objective
from app.db.handles.user_types import get_user_type
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.policy_access import MOST_OF_ONE
from app.kernel.project_access import find_project
from app.kernel.template_access import find_template

_record = partial(audit.record, target_type="object_role")
_BEFORE_ALL = "00000000-0000-0000-0000-000000000000"


async def grant_object_role(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
    user_id: str,
    role: ObjectRole,
    expires_at: datetime | None,
) -> ObjectRoleRow:
    """For an ADMIN, to a member. Raises ``ProjectNotFound``, ``ObjectiveNotFound``, ``UserTypeNotFound``,
    ``WorkflowTemplateNotFound``, ``MemberNotFound``, ``TooManyObjectRoles``, ``BusinessRule`` for an end that
    has passed, and ``ObjectRoleExists`` through UQ_ObjectRole."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="object_role.grant")
    now = tools.clock()
    if expires_at is not None and expires_at <= now:
        raise BusinessRule("An object role ends in the future, or has no end.")
    if user_id == caller.user_id and role in (ObjectRole.APPROVER, ObjectRole.OVERRIDE):
        raise BusinessRule("Nobody lets themselves decide: somebody else gives this role.")
    if object_type == "project":
        await find_project(tx, caller, workspace_id, object_id)
    elif object_type == "objective":
        if await get_objective(tx, workspace_id=workspace_id, objective_id=object_id) is None:
            raise ObjectiveNotFound
    elif object_type == "workflow_template":
        await find_template(tx, workspace_id, object_id)
    elif await get_user_type(tx, workspace_id=workspace_id, user_type_id=object_id) is None:
        raise UserTypeNotFound
    if await db.read_policy_facts(tx, workspace_id=workspace_id, account_id=user_id) is None:
        raise MemberNotFound
    held = await db.list_object_roles_of_person(
        tx, workspace_id=workspace_id, account_id=user_id, page_size=MOST_OF_ONE
    )
    if len(held) == MOST_OF_ONE:
        raise TooManyObjectRoles(details={"max": MOST_OF_ONE})
    row = ObjectRoleRow(
        id=tools.new_id(),
        object_type=object_type,
        object_id=object_id,
        user_id=user_id,
        role=role,
        granted_by=caller.user_id,
        granted_at=now,
        expires_at=expires_at,
    )
    db.insert_object_role(
        tx,
        role_id=row.id,
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        account_id=user_id,
        role=role,
        granted_by=caller.user_id,
        now=now,
        expires_at=expires_at,
    )
    await _tell(tx, caller, tools, workspace_id, row, "object_role.granted")
    return row


async def list_object_roles(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    object_type: str | None,
    object_id: str | None,
    user_id: str | None,
) -> Found[str]:
    """For an ADMIN; of one object, of one person, of both or all, expired ones too. Raises ``BusinessRule``
    for half an object."""
    await enter(tx, caller, workspace_id=workspace_id, operation="object_role.list")
    if (object_type is None) != (object_id is None):
        raise BusinessRule("An object is named by its type and its id.")
    if user_id is not None:
        rows = await db.list_object_roles_of_person(
            tx, workspace_id=workspace_id, account_id=user_id, page_size=MOST_OF_ONE
        )
        if object_type is not None:
            rows = [row for row in rows if (row.object_type, row.object_id) == (object_type, object_id)]
        ids = [row.id for row in rows]
        after = ids.index(asked.place) + 1 if asked.place in ids else 0
        return asked.found(rows[after : after + asked.page_size], lambda row: row.id)
    place = {"workspace_id": workspace_id, "after_id": asked.place or _BEFORE_ALL}
    if object_type is not None and object_id is not None:
        rows = await db.list_object_roles_of_object(
            tx, object_type=object_type, object_id=object_id, page_size=asked.page_size, **place
        )
    else:
        rows = await db.list_object_roles(tx, page_size=asked.page_size, **place)
    return asked.found(rows, lambda row: row.id)


async def revoke_object_role(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, role_id: str
) -> None:
    """For an ADMIN. Raises ``ObjectRoleNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="object_role.revoke")
    row = await db.get_object_role(tx, workspace_id=workspace_id, role_id=role_id)
    if row is None:
        raise ObjectRoleNotFound
    db.delete_object_role(tx, workspace_id=workspace_id, role_id=role_id)
    await _tell(tx, caller, tools, workspace_id, row, "object_role.revoked")


async def _tell(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, row: ObjectRoleRow, action: str
) -> None:
    details = {
        "object_type": row.object_type,
        "object_id": row.object_id,
        "user_id": row.user_id,
        "role": row.role,
        "expires_at": row.expires_at and row.expires_at.isoformat(),
    }
    await _record(
        tx, caller, tools, workspace_id=workspace_id, action=action, target_id=row.id, details=details
    )
