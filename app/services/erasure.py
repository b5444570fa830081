"""Erasing a person: the account is closed at once and for good, what it told of them goes with it, and a job
takes the rest out of every table (``erasure_steps``).

The id stays as a pseudonym: logs, lists and files refer to it. It can never sign in again. An account that
nobody has signed in to is forgotten and stays open: nobody closes it for somebody who has not been asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import InvalidStatus, NotAuthorized
from app.core.tenants import Tenants
from app.core.text import email_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import erasure as db
from app.db.handles.browser_sessions import get_browser_session
from app.db.handles.sign_in import OwnPasswordRow, delete_throttle, get_password
from app.db.handles.user_status import insert_user_status_event
from app.kernel.access import AccessDenied, Denial, require_session
from app.kernel.people import hold_accounts, index_person
from app.kernel.platform_access import is_platform_admin
from app.kernel.platform_audit import PLATFORM_ID, record_for_account, record_for_platform
from app.services.account_closing import close_account
from app.services.avatars import forget_avatar
from app.services.sign_in import account_key
from app.services.users import find_visible

FRESH = timedelta(minutes=5)
"""So long an access token, or the sign-in of a browser, proves that its person is here, where there is no
password to prove it with."""
_SETTLING = timedelta(minutes=1)
"""What was under way when the account was closed has ended by then, and writes of the person no more."""
_OPERATION = "user.erase"


class Erased(msgspec.Struct, frozen=True):
    id: str
    status: str
    erased_at: datetime


async def require_proof(
    tx: ReadTransaction, caller: Caller, now: datetime, *, user_id: str
) -> OwnPasswordRow | None:
    """Whose password is to be proved before ``erase``, if there is one. Raises ``UserNotFound``,
    ``AccessDenied`` for whoever is neither the person nor an administrator of the platform, and
    ``NotAuthorized`` for an access token that is not fresh where it has to be."""
    session = await require_session(tx, caller)
    await find_visible(tx, caller, session, user_id=user_id)
    if user_id != caller.user_id:
        if not is_platform_admin(caller, session):
            raise AccessDenied(
                Denial("user", user_id, _OPERATION, "the person", None),
                "This is for the person, and for the platform's administrators.",
            )
        caller.passages.note(Passage("platform", PLATFORM_ID, _OPERATION))
        return None
    row = await get_password(tx, user_id=user_id)
    if row is None and now - await _signed_in_at(tx, caller) > FRESH:
        raise NotAuthorized(
            "Sign in anew, or get a new access token, and send this within five minutes.",
            details={"required": "fresh sign-in"},
        )
    return row


async def _signed_in_at(tx: ReadTransaction, caller: Caller) -> datetime:
    """When the person was last known to be there. The tokens of a browser are renewed without them, so of a
    browser it is when its session began."""
    if caller.browser_session_id is None:
        return caller.identity.issued_at
    session = await get_browser_session(tx, session_id=caller.browser_session_id, user_id=caller.user_id)
    return session.created_at if session is not None else datetime.min.replace(tzinfo=UTC)


async def erase(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str, vouching: Tenants
) -> Erased:
    """After ``require_proof``, and the proof. ``vouching``: whose directories stand behind the addresses that
    they tell. Raises as that does, and ``InvalidStatus`` for what was erased
    already."""
    hold_accounts(tx, caller.user_id, user_id)
    now = tools.clock()
    await require_proof(tx, caller, now, user_id=user_id)
    session = await require_session(tx, caller)
    row = await find_visible(tx, caller, session, user_id=user_id)
    traces = await db.read_traces(tx, account_id=user_id)
    if row.status == "ERASED" or traces is None:
        raise InvalidStatus(details={"status": row.status, "allowed": ["ACTIVE", "DEACTIVATED", "SUSPENDED"]})
    status = "ACTIVE" if row.is_expected else "ERASED"
    if row.is_expected:
        db.forget_expected(tx, account_id=user_id, now=now)
    else:
        db.erase_account(tx, account_id=user_id, now=now)
        insert_user_status_event(
            tx,
            account_id=user_id,
            seq=row.version + 1,
            from_status=row.status,
            to_status=status,
            reason=None,
            actor_id=caller.user_id,
            now=now,
        )
    index_person(tx, user_id=user_id, display_name=None, email=None)
    await forget_avatar(tx, tools, user_id=user_id)
    db.erase_profile(tx, account_id=user_id)
    db.erase_password(tx, account_id=user_id)
    db.erase_reasons(tx, account_id=user_id)
    if traces.email_key is not None:
        delete_throttle(tx, throttle_key=account_key(traces.email_key))
    await close_account(
        tx,
        tools,
        user_id=user_id,
        traces=_texts(traces),
        addresses=_addresses(traces, caller, vouching) if user_id == caller.user_id else _shown(traces),
        delay=_SETTLING,
    )
    await record_for_account(tx, caller, tools, user_id=user_id, action="account.erased")
    if user_id != caller.user_id:
        await record_for_platform(
            tx, caller, tools, action="account.erased", target_type="user", target_id=user_id
        )
    return Erased(user_id, status, now)


def _addresses(row: db.TracesRow, caller: Caller, vouching: Tenants) -> list[str]:
    """Of whoever erases themselves: what a directory has written down of them may be somebody else's address
    (https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization), and by it
    invitations and credentials of others would go."""
    identity = caller.identity
    if not identity.has_verified_email and vouching.obstacle(identity):
        return []
    return [each for each in _shown(row) if identity.email and email_key(each) == email_key(identity.email)]


def _shown(row: db.TracesRow) -> list[str]:
    """For an administrator of the platform, who vouches for the address of whom they erase."""
    return sorted({each for each in (row.email, row.email_key) if each})


def _texts(row: db.TracesRow) -> list[str]:
    found = {row.email, row.email_key, row.display_name, row.directory_name, row.name}
    return sorted(text for text in found if text)
