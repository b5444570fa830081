"""As ``access``, for organisations: may this caller do this here, now?"""

from datetime import datetime

import msgspec

from app.core.caller import Caller, Passage
from app.core.errors import (
    InvalidPmaToken,
    NotAuthorized,
    OrganizationNotFound,
)
from app.core.permissions import Holder, OrgRole, Status
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.organizations import lock_organization, read_org_access
from app.kernel.access import OTHER_ORGANIZATION, AccessDenied, Denial, require_in_work, require_live


class OrgAccess(msgspec.Struct, frozen=True):
    """The organisation and the caller's place in it, as of this transaction."""

    operation: str
    org_id: str
    name: str
    slug: str | None
    status: Status
    held_by: Holder | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    role: OrgRole

    def deny(self, required: str, message: str) -> AccessDenied:
        return AccessDenied(Denial("org", self.org_id, self.operation, required, self.role), message)


async def enter_organization(
    tx: ReadTransaction,
    caller: Caller,
    *,
    org_id: str,
    operation: str,
    minimum: OrgRole = OrgRole.MEMBER,
    even_held: bool = False,
) -> OrgAccess:
    """Reads the session, the organisation and the role in force.

    Raises ``OrganizationNotFound`` where there is none, and for whoever is not in it; ``Uncounted`` and
    ``RateLimited`` by its plan; ``AccessDenied`` where the role is too low, and in a write transaction
    ``Held`` unless it is in work or ``even_held``.
    """
    row = await read_org_access(tx, user_id=caller.user_id, jti=caller.jti, org_id=org_id)
    if row is None:
        raise InvalidPmaToken
    require_live(
        caller,
        account_status=row.account_status,
        session_version=row.session_version,
        is_revoked=row.is_revoked,
    )
    if (
        row.role is None
        or row.name is None
        or row.status is None
        or row.created_by is None
        or row.created_at is None
        or row.updated_at is None
        or row.version is None
    ):
        raise OrganizationNotFound
    if caller.counts is not None:
        caller.counts.require_room(org_id, org_id, row.max_requests_per_minute)
    if caller.org_id not in (None, org_id):
        raise NotAuthorized(OTHER_ORGANIZATION)
    role = OrgRole(row.role)
    if not role.reaches(minimum):
        raise AccessDenied(
            Denial("org", org_id, operation, minimum, role),
            f"This needs the role {minimum} in this organisation.",
        )
    access = OrgAccess(
        operation=operation,
        org_id=org_id,
        name=row.name,
        slug=row.slug,
        status=Status(row.status),
        held_by=Holder(row.held_by) if row.held_by else None,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        role=role,
    )
    if isinstance(tx, WriteTransaction) and not even_held:
        require_in_work(Status.ACTIVE, access.status)
    caller.passages.note(Passage("org", org_id, operation, minimum))
    return access


async def enter_organization_to_change(
    tx: WriteTransaction,
    caller: Caller,
    *,
    org_id: str,
    operation: str,
    minimum: OrgRole,
    even_held: bool = False,
) -> OrgAccess:
    """As ``enter_organization``, holding the organisation's guard row: what it answers stays true to the
    commit. In the order of locks it comes before any workspace's."""
    lock_organization(tx, org_id=org_id)
    return await enter_organization(
        tx, caller, org_id=org_id, operation=operation, minimum=minimum, even_held=even_held
    )
