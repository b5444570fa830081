"""Stopping accounts, and putting them back.

That ends every session of the account in the transaction that does it: every request asks the database for
the account's status and the number of its sessions, so it counts in every process on the next one; a stream
asks with each heart-beat.

Who may: an administrator of the platform, and whoever administers all organisations of the person; nobody
else can know what the account is for. An organisation counts only if the person came into it by themselves
(an invitation that they accepted): anybody can be added to an organisation without
being asked, and whoever adds a stranger must not thereby be able to lock them out. A directory adds people
likewise: whom it stops is stopped in its organisation.
"""

from collections.abc import Container

from app.core.caller import Caller, Passage, Tools
from app.core.errors import InvalidStatus
from app.core.permissions import Holder, OrgRole
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import user_status as db
from app.db.handles.accounts import SessionRow
from app.db.handles.users import UserRow
from app.db.paging import Asked, Found
from app.kernel.access import AccessDenied, Denial, require_session
from app.kernel.people import hold_accounts
from app.kernel.platform_access import is_platform_admin
from app.kernel.platform_audit import (
    PLATFORM_ID,
    record_for_account,
    record_for_organization,
    record_for_platform,
)
from app.kernel.sessions import end_what_sessions_hold
from app.services.account_closing import close_account
from app.services.users import find_visible

_LAST = 2**31 - 1
_MOST_ORGANIZATIONS = 50
"""Of somebody in more than these, only the platform decides."""
_STEPS = {
    "activate": (("DEACTIVATED", "SUSPENDED"), "ACTIVE", "account.activated"),
    "deactivate": (("ACTIVE",), "DEACTIVATED", "account.deactivated"),
    "suspend": (("ACTIVE", "DEACTIVATED"), "SUSPENDED", "account.suspended"),
}
"""What may be done to a status: from which, to which, and what the log calls it."""


async def change_status(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    user_id: str,
    step: str,
    reason: str | None,
    appointed: Container[str],
) -> UserRow:
    """``step`` is one of ``activate``, ``deactivate`` and ``suspend``; ``appointed`` are administrators of
    the platform by setting. Raises ``UserNotFound``, ``AccessDenied``, and ``InvalidStatus`` from another
    status than the step begins at, or where nobody has signed in yet: there is nothing to stop, and a
    stranger would be locked out. The platform also suspends whom an organisation has suspended: then only the
    platform puts them back."""
    starts, end, action = _STEPS[step]
    # Both, so that of two who stop each other at once one comes too late.
    hold_accounts(tx, caller.user_id, user_id)
    session = await require_session(tx, caller)
    row = await find_visible(tx, caller, session, user_id=user_id)
    holder, org_ids = await _require_power(tx, caller, session, row, appointed, f"user.{step}")
    if row.is_expected or (row.status not in starts and not _is_taken_over(row, end, holder)):
        status = "EXPECTED" if row.is_expected else row.status
        raise InvalidStatus(details={"status": status, "allowed": list(starts)})
    if row.held_by is not None and not Holder(row.held_by).yields_to(holder):
        raise _denied(row, f"user.{step}", "The platform's administrators hold this account.")
    now = tools.clock()
    held_by = None if end == "ACTIVE" else holder
    db.set_account_status(tx, account_id=user_id, status=end, held_by=held_by, now=now)
    end_what_sessions_hold(tx, user_id=user_id, now=now)
    db.insert_user_status_event(
        tx,
        account_id=user_id,
        seq=row.version + 1,
        from_status=row.status,
        to_status=end,
        reason=reason,
        actor_id=caller.user_id,
        now=now,
    )
    if end != "ACTIVE":
        await close_account(tx, tools, user_id=user_id)
    changed = await find_visible(tx, caller, session, user_id=user_id)
    await record_for_account(tx, caller, tools, user_id=user_id, action=action)
    for org_id in sorted(org_ids):
        await record_for_organization(
            tx, caller, tools, org_id=org_id, action=action, target_type="user", target_id=user_id
        )
    if holder is Holder.PLATFORM:
        await record_for_platform(tx, caller, tools, action=action, target_type="user", target_id=user_id)
    return changed


async def list_history(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, user_id: str, appointed: Container[str]
) -> Found[int]:
    """The changes of an account's status, the newest first, for whoever may change it and the person."""
    session = await require_session(tx, caller)
    row = await find_visible(tx, caller, session, user_id=user_id)
    if user_id != caller.user_id:
        await _require_power(tx, caller, session, row, appointed, "user.read_history")
    rows = await db.list_user_status_events(
        tx, account_id=user_id, before_seq=asked.place or _LAST, page_size=asked.page_size
    )
    return asked.found(rows, lambda event: event.seq)


def _is_taken_over(row: UserRow, end: str, holder: Holder) -> bool:
    """What the platform suspends after an organisation has, no organisation puts back."""
    return row.status == end == "SUSPENDED" and row.held_by != holder and holder is Holder.PLATFORM


async def _require_power(
    tx: ReadTransaction,
    caller: Caller,
    session: SessionRow,
    row: UserRow,
    appointed: Container[str],
    operation: str,
) -> tuple[Holder, list[str]]:
    """As what the caller may decide about this account, and by which organisations. Raises
    ``AccessDenied``."""
    if row.id == caller.user_id:
        raise _denied(row, operation, "Nobody does this to their own account.")
    if is_platform_admin(caller, session):
        caller.passages.note(Passage("platform", PLATFORM_ID, operation))
        return Holder.PLATFORM, []
    places = await db.list_standing(
        tx, user_id=caller.user_id, account_id=row.id, page_size=_MOST_ORGANIZATIONS + 1
    )
    if (
        not places
        or len(places) > _MOST_ORGANIZATIONS
        or row.id in appointed
        or await db.is_administrator(tx, account_id=row.id)
        or any(
            place.own_role is None
            or not OrgRole(place.own_role).reaches(OrgRole.ADMIN)
            or place.role == OrgRole.OWNER
            or place.source != "invitation"
            for place in places
        )
    ):
        raise _denied(
            row,
            operation,
            "This is for the platform's administrators, and for whoever administers every organisation of "
            "this person. OWNERs, the platform's administrators, and whoever was added to an organisation "
            "without being asked are for the platform to decide about.",
        )
    for place in places:
        caller.passages.note(Passage("org", place.org_id, operation, OrgRole.ADMIN))
    return Holder.ORGANIZATION, [place.org_id for place in places]


def _denied(row: UserRow, operation: str, message: str) -> AccessDenied:
    return AccessDenied(Denial("user", row.id, operation, "administrator", None), message)
