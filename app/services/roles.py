"""What the roles of a workspace may, for who offers them to choose from."""

import msgspec

from app.core.caller import Caller
from app.core.operations import OPERATIONS, Operation
from app.core.permissions import Permission, Role
from app.core.policies import ALLOWANCES, DENIALS, OBJECT_ROLES, TASK_PERMISSIONS, ObjectRole, Rule
from app.db.connection import ReadTransaction
from app.db.handles.roles import list_role_permissions
from app.kernel.access import enter


class RoleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """``permissions`` is the ceiling on tasks, which a user type lowers where ``is_narrowed``."""

    role: Role
    grants: list[Role]
    manages: list[Role]
    permissions: list[Permission]
    is_narrowed: bool
    may_be_guest: bool


class RuleFacts(msgspec.Struct, frozen=True):
    rule: str
    reason: str


class OperationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """``allowed_by``: the rules of which one has to hold where the role is not enough; empty where it is."""

    name: str
    minimum: Role
    for_guests: bool
    permission: Permission | None
    allowed_by: list[RuleFacts]


class Roles(msgspec.Struct, frozen=True):
    own: Role
    is_guest: bool
    roles: list[RoleFacts]
    permissions: list[Permission]
    operations: list[OperationFacts]
    denials: list[RuleFacts]
    object_roles: dict[str, tuple[ObjectRole, ...]]


async def get_roles(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> Roles:
    """All of them, from the most to the least, and which one the caller has."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="role.list")
    allowed = {(row.role, row.permission) for row in await list_role_permissions(tx)}
    return Roles(
        own=access.role,
        is_guest=access.is_guest,
        roles=[
            RoleFacts(
                role=role,
                grants=[each for each in Role if role.may_grant(each)],
                manages=[each for each in Role if role.may_manage(each)],
                permissions=[each for each in Permission if (role, each) in allowed],
                # As the views of migration 0025 and CK_WorkspaceMember_is_guest have it.
                is_narrowed=not role.reaches(Role.ADMIN),
                may_be_guest=not role.reaches(Role.ADMIN),
            )
            for role in Role
        ],
        permissions=list(Permission),
        operations=[_facts(each) for each in sorted(OPERATIONS.values(), key=lambda each: each.name)],
        denials=_rules(DENIALS),
        object_roles=dict(OBJECT_ROLES),
    )


def _facts(operation: Operation) -> OperationFacts:
    return OperationFacts(
        name=operation.name,
        minimum=operation.minimum,
        for_guests=operation.for_guests,
        permission=TASK_PERMISSIONS.get(operation.name),
        allowed_by=_rules(ALLOWANCES.get(operation.name, ())),
    )


def _rules(rules: tuple[Rule, ...]) -> list[RuleFacts]:
    return [RuleFacts(rule.name, rule.reason) for rule in rules]
