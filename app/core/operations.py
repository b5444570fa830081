"""What somebody may ask for in a workspace, and the role that it takes: the one list of it.

``app.kernel.access.enter`` refuses by it, and ``GET /workspaces/{workspace_id}/roles`` publishes it. What a
role alone does not decide is decided in ``app.core.policies``.
"""

from collections.abc import Mapping

import msgspec

from app.core.permissions import Role


class Operation(msgspec.Struct, frozen=True):
    """``minimum`` is the lowest role that may. Guests, who were let in for single projects, may where
    ``for_guests`` says so: what they get then is what they see."""

    name: str
    minimum: Role
    for_guests: bool


_OWNER = {
    "transfer": "cancel create",
    "workspace": "activate archive delete list_moves move move_accept move_cancel move_decline restore"
    " set_file_limits suspend",
}
_ADMIN = {
    "approval_flow": "set",
    "access": "check_of_other",
    "access_review": "read",
    "audit": "checkpoint export read verify",
    "caches": "invalidate",
    "connection": "read remove set",
    "connector": "create delete list list_selections preview read refresh test update",
    "file": "scan",
    "integration": "list",
    "invitation": "create list resend revoke",
    "job": "cancel list read retry",
    "join_link": "create list remove",
    "label": "delete",
    "link": "add check remove update",
    "member": "add change_role remove",
    "object_role": "grant list revoke",
    "objective": "trash",
    "okr_cycle": "activate clone close create delete update",
    "project": "archive delete restore trash",
    "task": "explain_of_other put_external trash",
    "task_type": "add delete update",
    "user_type": "add delete map unmap update",
    "webhook": "create delete disable enable list read replay resend rotate_secret test update",
    "workflow_instance": "migrate",
    "workflow_template": "add delete discard_draft publish retire save_draft update",
    "workspace": "update",
}
_MEMBER = {
    "approval": "decide delegate override submit withdraw",
    "approval_delegation": "create list remove",
    "board": "create delete restore trash update",
    "column": "create delete update",
    "comment": "add delete update",
    "connector": "list_values read_value",
    "file": "upload delete",
    "filter": "add delete share update",
    "label": "create update",
    "key_result": "check_in create delete set_source update",
    "objective": "align attach create delete detach finish reopen restore submit update",
    "objective_comment": "add delete update",
    "project": "create set_visibility update",
    "project_member": "add remove",
    "task": "assign bulk create delete depend label move pick restore transition unassign undepend unlabel"
    " update",
    "workflow_instance": "cancel create pause resume",
}
_VIEWER = {
    "access": "check",
    "analytics": "read",
    "approval": "list read",
    "approval_flow": "read",
    "auth": "validate",
    "board": "list read",
    "changes": "read",
    "column": "list list_tasks read",
    "comment": "list read",
    "file": "list read",
    "filter": "list read",
    "label": "list read",
    "link": "list read",
    "member": "leave list read",
    "key_result": "list list_check_ins read",
    "objective": "list list_files read",
    "objective_comment": "list read",
    "okr_cycle": "list read",
    "presence": "list",
    "project": "list read",
    "project_member": "list",
    "role": "list",
    "search": "",
    "task": "explain list list_viewers read watch",
    "task_type": "list read",
    "transfer": "accept decline list",
    "user": "list",
    "user_type": "list list_mappings read",
    "workflow_instance": "list read",
    "workflow_template": "list read validate",
    "workspace": "move_in mute read",
}
_FOR_GUESTS = {
    "access": "check",
    "auth": "validate",
    "board": "list read",
    "changes": "read",
    "column": "list list_tasks read",
    "comment": "add delete list read update",
    "label": "list read",
    "member": "leave list read",
    "project": "list read",
    "project_member": "list",
    "role": "list",
    "search": "",
    "task": "assign bulk create delete depend explain label list list_viewers move pick read restore"
    " transition unassign undepend unlabel update watch",
    "task_type": "list read",
    "workflow_instance": "list read",
    "workspace": "mute read",
}


def _names(table: Mapping[str, str]) -> list[str]:
    return [
        f"{subject}.{act}".removesuffix(".") for subject, acts in table.items() for act in acts.split(" ")
    ]


_BY_ROLE = {Role.OWNER: _OWNER, Role.ADMIN: _ADMIN, Role.MEMBER: _MEMBER, Role.VIEWER: _VIEWER}
_GUESTS = frozenset(_names(_FOR_GUESTS))
OPERATIONS: Mapping[str, Operation] = {
    name: Operation(name, role, name in _GUESTS) for role, table in _BY_ROLE.items() for name in _names(table)
}
"""By name: what it is done to, and what is done."""
