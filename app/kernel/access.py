"""May this caller do this here, now? The database has the last word, in the transaction of the call."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from app.core.caller import Caller, Passage
from app.core.errors import (
    InvalidAzureToken,
    InvalidPmaToken,
    NotAuthorized,
    OrganizationArchived,
    OrganizationSuspended,
    WorkspaceArchived,
    WorkspaceNotFound,
    WorkspaceSuspended,
)
from app.core.operations import OPERATIONS
from app.core.permissions import Holder, Role, Status
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import UnexpectedResult
from app.db.handles.accounts import SessionRow, read_session
from app.db.handles.workspaces import AccessRow, lock_workspace, read_access

T = TypeVar("T")
NO_GUEST = "no guest"
"""What is required of whoever asks for what is not for guests."""
OTHER_ORGANIZATION = "This PMA token was given for an organisation, and this is not of it."


@dataclass(frozen=True, slots=True)
class Denial:
    """What was refused, for the audit log of the workspace, organisation or account that was protected, or
    the platform's."""

    scope: Literal["workspace", "org", "user", "platform"]
    scope_id: str
    operation: str
    required: str
    role: str | None


class AccessDenied(NotAuthorized):
    """A refusal that belongs in a workspace's audit log. It is written in a transaction of its own,
    because the refused one is rolled back."""

    def __init__(self, denial: Denial, message: str | None = None) -> None:
        super().__init__(message, details={"required": denial.required, "role": denial.role})
        self.denial = denial


class Access(msgspec.Struct, frozen=True):
    """The workspace and the caller's place in it, as of this transaction."""

    operation: str
    workspace_id: str
    name: str
    description: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    org_id: str | None
    status: Status
    held_by: Holder | None
    org_status: Status | None
    blob_path: str | None
    blob_state: str
    deleted_at: datetime | None
    version: int
    reference_generation: int
    member_id: str
    role: Role
    is_guest: bool

    def require_in_work(self) -> None:
        """Before something is asked of another system for a change to come. Raises ``Held``."""
        require_in_work(self.status, self.org_status)

    def deny(self, required: str, message: str) -> AccessDenied:
        return AccessDenied(
            Denial("workspace", self.workspace_id, self.operation, required, self.role), message
        )


async def require_session(tx: ReadTransaction, caller: Caller) -> SessionRow:
    """For routes outside a workspace. Raises ``InvalidPmaToken`` or ``InvalidAzureToken`` for a session
    that was ended, ``NotAuthorized`` for an account that may not act."""
    row = await read_session(tx, user_id=caller.user_id, jti=caller.jti)
    if row is None:
        raise InvalidPmaToken
    _require_live_row(caller, row)
    return row


def require_live(
    caller: Caller, *, account_status: str, session_version: int, is_revoked: bool = False
) -> None:
    """The account is active and neither token was ended."""
    if account_status != "ACTIVE":
        raise NotAuthorized("This account is not active.")
    if caller.identity.session_version not in (None, session_version):
        raise InvalidAzureToken("This access token was ended. Sign in again.", details={"reason": "revoked"})
    if caller.claims and (is_revoked or caller.claims.session_version != session_version):
        raise InvalidPmaToken(
            "This PMA token was ended. Get a new one from POST /auth/validate.", details={"reason": "revoked"}
        )


def _require_live_row(caller: Caller, row: SessionRow | AccessRow) -> None:
    require_live(
        caller,
        account_status=row.account_status,
        session_version=row.session_version,
        is_revoked=row.is_revoked,
    )


async def enter(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    operation: str,
    deleted: bool = False,
    even_held: bool = False,
) -> Access:
    """Reads the session, the workspace and the role in force, which has to be what ``OPERATIONS`` asks for.

    Raises ``WorkspaceNotFound`` when there is no such workspace (or when its being deleted is not
    what ``deleted`` asks for), ``AccessDenied`` when the caller is not in it or the role is too low,
    ``Uncounted`` and ``RateLimited`` for a caller who is in it, by the plan of its organisation, and in a
    write transaction ``Held`` unless workspace and organisation are in work, or ``even_held`` says that this
    is no change of what they hold.
    """
    row = await read_access(tx, user_id=caller.user_id, jti=caller.jti, workspace_id=workspace_id)
    if row is None:
        raise InvalidPmaToken
    _require_live_row(caller, row)
    role = Role(row.role) if row.role else None
    is_gone = row.id is None or (not row.is_active and (not deleted or role is not Role.OWNER))
    if is_gone:
        raise WorkspaceNotFound
    if role is not None and caller.counts is not None:
        caller.counts.require_room(workspace_id, row.org_id, row.max_requests_per_minute)
    asked = OPERATIONS[operation]
    if role is None or not role.reaches(asked.minimum):
        raise AccessDenied(
            Denial("workspace", workspace_id, operation, asked.minimum, role),
            f"This needs the role {asked.minimum} in this workspace." if role else None,
        )
    if row.is_guest and not asked.for_guests:
        raise AccessDenied(
            Denial("workspace", workspace_id, operation, NO_GUEST, role), "This is not for guests."
        )
    if caller.org_id not in (None, row.org_id):
        raise NotAuthorized(OTHER_ORGANIZATION)
    status = Status(_present(row.status))
    org_status = Status(row.org_status) if row.org_status else None
    if isinstance(tx, WriteTransaction) and not even_held:
        require_in_work(status, org_status)
    caller.passages.note(Passage("workspace", workspace_id, operation))
    return Access(
        operation=operation,
        workspace_id=workspace_id,
        name=_present(row.name),
        description=row.description,
        created_by=_present(row.created_by),
        created_at=_present(row.created_at),
        updated_at=_present(row.updated_at),
        org_id=row.org_id,
        status=status,
        held_by=Holder(row.held_by) if row.held_by else None,
        org_status=org_status,
        blob_path=row.blob_path,
        blob_state=_present(row.blob_state),
        deleted_at=row.deleted_at,
        version=_present(row.version),
        reference_generation=_present(row.reference_generation),
        member_id=_present(row.member_id),
        role=role,
        is_guest=_present(row.is_guest),
    )


async def enter_to_change(
    tx: WriteTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    operation: str,
    deleted: bool = False,
    even_held: bool = False,
) -> Access:
    """As ``enter``, holding the workspace's guard row: what it answers stays true to the commit."""
    lock_workspace(tx, workspace_id=workspace_id)
    return await enter(
        tx,
        caller,
        workspace_id=workspace_id,
        operation=operation,
        deleted=deleted,
        even_held=even_held,
    )


def require_in_work(status: Status, org_status: Status | None) -> None:
    """Raises ``Held`` unless both are ACTIVE. The organisation's error is the one that its people can mend
    last, so it is told first."""
    if org_status is Status.SUSPENDED:
        raise OrganizationSuspended
    if org_status is Status.ARCHIVED:
        raise OrganizationArchived
    if status is Status.SUSPENDED:
        raise WorkspaceSuspended
    if status is Status.ARCHIVED:
        raise WorkspaceArchived


def _present(value: T | None) -> T:
    """A column that is NULL only where there is no workspace or no member, which was ruled out before."""
    if value is None:
        raise UnexpectedResult("a column of an existing workspace is NULL", query="read_access")
    return value
