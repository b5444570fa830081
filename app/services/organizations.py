"""Organisations, which group workspaces. Every change holds the organisation's guard row."""

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import InvalidStatus, NotAuthorized
from app.core.permissions import Holder, OrgRole, Status
from app.core.preconditions import Expected, require_version
from app.core.tenants import Tenants
from app.core.text import member_key, name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import organizations as db
from app.db.handles.org_members import insert_org_member
from app.db.handles.organizations import OrganizationRow
from app.db.handles.usage import insert_usage
from app.db.paging import Asked, Found
from app.kernel import usage
from app.kernel.access import require_session
from app.kernel.org_access import OrgAccess, enter_organization, enter_organization_to_change
from app.kernel.platform_audit import record_for_organization as record

_LAST = 2**31 - 1
_STEPS = {
    "suspend": (Status.ACTIVE, Status.SUSPENDED, "organization.suspended"),
    "activate": (Status.SUSPENDED, Status.ACTIVE, "organization.activated"),
    "archive": (Status.ACTIVE, Status.ARCHIVED, "organization.archived"),
    "restore": (Status.ARCHIVED, Status.ACTIVE, "organization.restored"),
}
"""What may be done to a status: from which, to which, and what the log calls it."""


async def create_organization(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, founders: Tenants, name: str, slug: str | None
) -> OrganizationRow:
    """Makes an organisation with the caller as its OWNER. Raises ``NotAuthorized`` for who is none of the
    ``founders``, and ``SlugTaken`` through UQ_Organization_slug."""
    session = await require_session(tx, caller)
    require_founder(founders.obstacle(caller.identity))
    if caller.org_id is not None:
        raise NotAuthorized("This PMA token was given for an organisation. Get another for making one.")
    org_id, now = tools.new_id(), tools.clock()
    await insert_founded(
        tx,
        tools,
        org_id=org_id,
        name=name,
        slug=slug,
        user_id=caller.user_id,
        display_name=session.display_name,
    )
    caller.passages.note(Passage("org", org_id, "organization.read", OrgRole.MEMBER))
    await record(
        tx, caller, tools, org_id=org_id, action="organization.created", details={"name": name, "slug": slug}
    )
    return OrganizationRow(
        id=org_id,
        name=name,
        slug=slug,
        status=Status.ACTIVE,
        held_by=None,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        version=1,
        role=OrgRole.OWNER,
    )


def require_founder(setting: str | None) -> None:
    """Raises ``NotAuthorized`` where a ``setting`` keeps somebody from making organisations."""
    if setting:
        raise NotAuthorized(
            f"You may not create organisations here, by the setting {setting}.", details={"required": setting}
        )


async def insert_founded(
    tx: WriteTransaction,
    tools: Tools,
    *,
    org_id: str,
    name: str,
    slug: str | None,
    user_id: str,
    display_name: str | None,
) -> None:
    """The rows of an organisation and its OWNER; whoever calls records it."""
    now, list_key = tools.clock(), name_key(name, org_id)
    db.insert_organization(
        tx, org_id=org_id, name=name, slug=slug, created_by=user_id, now=now, list_key=list_key
    )
    insert_usage(tx, org_id=org_id)
    insert_org_member(
        tx,
        member_id=tools.new_id(),
        org_id=org_id,
        user_id=user_id,
        display_name=display_name,
        role=OrgRole.OWNER,
        source="manual",
        added_by=user_id,
        now=now,
        list_key=list_key,
        member_key=member_key(display_name, user_id),
    )
    await usage.take_seat(tx, org_id, user_id)


async def list_organizations(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, archived: bool
) -> Found[str]:
    """The caller's organisations, by name; archived ones with ``archived``."""
    await require_session(tx, caller)
    rows = await db.list_organizations(
        tx, user_id=caller.user_id, archived=archived, after_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def get_organization(tx: ReadTransaction, caller: Caller, *, org_id: str) -> OrganizationRow:
    return _view(await enter_organization(tx, caller, org_id=org_id, operation="organization.read"))


async def update_organization(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    name: str | None,
    slug: str | msgspec.UnsetType | None,
    expected: Expected = None,
) -> OrganizationRow:
    """Changes what is given: ``name`` unless None, ``slug`` unless UNSET (None takes it away). A call that
    changes nothing writes nothing. Raises ``SlugTaken`` through UQ_Organization_slug."""
    operation = "organization.update"
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN
    )
    require_version(access.version, expected)
    before: dict[str, str | None] = {"name": access.name, "slug": access.slug}
    after: dict[str, str | None] = {
        "name": name or access.name,
        "slug": access.slug if slug is msgspec.UNSET else slug,
    }
    if after == before:
        return _view(access)
    new_name = name or access.name
    list_key = name_key(new_name, org_id)
    db.update_organization(
        tx, org_id=org_id, name=new_name, slug=after["slug"], list_key=list_key, now=tools.clock()
    )
    if list_key != name_key(access.name, org_id):
        db.update_org_list_keys(tx, org_id=org_id, list_key=list_key)
    changes = {field: [before[field], after[field]] for field in after if after[field] != before[field]}
    changed = await enter_organization(tx, caller, org_id=org_id, operation=operation)
    await record(
        tx, caller, tools, org_id=org_id, action="organization.updated", details={"changes": changes}
    )
    return _view(changed)


async def change_status(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, step: str, reason: str | None
) -> OrganizationRow:
    """``step`` is one of ``suspend``, ``activate``, ``archive`` (ADMIN) and ``restore`` (ADMIN). Raises
    ``InvalidStatus`` from another status than the step begins at, and ``AccessDenied`` for what the platform
    holds."""
    start, end, action = _STEPS[step]
    operation = f"organization.{step}"
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN, even_held=True
    )
    if access.status is not start:
        raise InvalidStatus(details={"status": access.status, "allowed": [start]})
    if access.held_by is not None and not access.held_by.yields_to(Holder.ORGANIZATION):
        raise access.deny("platform", "The platform's administrators hold this organisation.")
    set_status(
        tx,
        tools,
        org_id=org_id,
        version=access.version,
        start=start,
        end=end,
        holder=Holder.ORGANIZATION,
        actor_id=caller.user_id,
        reason=reason,
    )
    changed = await enter_organization(tx, caller, org_id=org_id, operation=operation, even_held=True)
    await record(tx, caller, tools, org_id=org_id, action=action, details={"reason": reason})
    return _view(changed)


def set_status(
    tx: WriteTransaction,
    tools: Tools,
    *,
    org_id: str,
    version: int,
    start: Status,
    end: Status,
    holder: Holder,
    actor_id: str,
    reason: str | None,
) -> None:
    """The change and its line in the history, for whoever holds the guard row and records it. ``version`` is
    the organisation's before."""
    now = tools.clock()
    held_by = None if end is Status.ACTIVE else holder
    db.set_org_status(tx, org_id=org_id, status=end, held_by=held_by, now=now)
    db.insert_org_status_event(
        tx,
        org_id=org_id,
        seq=version + 1,
        from_status=start,
        to_status=end,
        reason=reason,
        actor_id=actor_id,
        now=now,
    )


async def was_archived(tx: ReadTransaction, org_id: str) -> bool:
    """Whether the last change of its status was from ARCHIVED to SUSPENDED, as its history tells."""
    events = await db.list_org_status_events(tx, org_id=org_id, before_seq=_LAST, page_size=1)
    return [(event.from_status, event.to_status) for event in events] == [(Status.ARCHIVED, Status.SUSPENDED)]


async def list_history(tx: ReadTransaction, caller: Caller, asked: Asked[int], *, org_id: str) -> Found[int]:
    """The changes of its status, the newest first; a place of 0 is before them all."""
    await enter_organization(tx, caller, org_id=org_id, operation="organization.read")
    rows = await db.list_org_status_events(
        tx, org_id=org_id, before_seq=asked.place or _LAST, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: row.seq)


def _view(access: OrgAccess) -> OrganizationRow:
    return OrganizationRow(
        id=access.org_id,
        name=access.name,
        slug=access.slug,
        status=access.status,
        held_by=access.held_by,
        created_by=access.created_by,
        created_at=access.created_at,
        updated_at=access.updated_at,
        version=access.version,
        role=access.role,
    )
