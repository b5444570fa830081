"""People, as those see them who share a workspace or an organisation with them; to others there is nobody.

Two may say what somebody is called: their directory, at each sign-in, and they themselves, in their profile.
The name that a person chose counts until they take it away. It is written into every list that shows them, in
the transaction that changes it.
"""

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import InvalidInput, UserNotFound
from app.core.preconditions import Expected, require_version
from app.core.text import key_range, member_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import users as db
from app.db.handles.accounts import SessionRow, lock_account
from app.db.handles.users import UserRow
from app.db.paging import Asked, Found
from app.kernel.access import AccessDenied, Denial, enter, require_session
from app.kernel.org_access import enter_organization
from app.kernel.people import index_person
from app.kernel.platform_access import is_platform_admin
from app.kernel.platform_audit import record_for_account
from app.services.accounts import list_under


async def list_users(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str | None,
    org_id: str | None,
    name_prefix: str | None,
) -> Found[str]:
    """The people of one workspace or organisation of the caller's, by display name; optionally those whose
    name begins with ``name_prefix`` (case does not matter). Raises ``InvalidInput`` unless it is one of the
    two: a list of everybody in all of somebody's workspaces has no index to follow, and no bound."""
    if (workspace_id is None) == (org_id is None):
        raise InvalidInput("Send one of workspace_id and org_id.")
    first, last = key_range(name_prefix, asked.place)
    if workspace_id is not None:
        await enter(tx, caller, workspace_id=workspace_id, operation="user.list")
        rows = await db.list_users_of_workspace(
            tx,
            user_id=caller.user_id,
            workspace_id=workspace_id,
            after_key=first,
            before_key=last,
            page_size=asked.page_size,
        )
    elif org_id is not None:
        await enter_organization(tx, caller, org_id=org_id, operation="user.list")
        rows = await db.list_users_of_organization(
            tx,
            user_id=caller.user_id,
            org_id=org_id,
            after_key=first,
            before_key=last,
            page_size=asked.page_size,
        )
    return asked.found(rows, lambda row: member_key(row.display_name, row.id))


async def get_user(tx: ReadTransaction, caller: Caller, *, user_id: str) -> UserRow:
    """Raises ``UserNotFound`` for whoever the caller shares nothing with."""
    session = await require_session(tx, caller)
    return await find_visible(tx, caller, session, user_id=user_id)


async def update_profile(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    user_id: str,
    name: str | msgspec.UnsetType | None,
    bio: str | msgspec.UnsetType | None,
    expected: Expected = None,
) -> UserRow:
    """Changes what is given of the caller's own profile; None takes it away. A call that changes nothing
    writes nothing."""
    lock_account(tx, account_id=caller.user_id)
    session = await require_session(tx, caller)
    row = await find_own(tx, caller, session, user_id=user_id, operation="user.update_profile")
    require_version(row.version, expected)
    new_name = row.name if name is msgspec.UNSET else name
    new_bio = row.bio if bio is msgspec.UNSET else bio
    if (new_name, new_bio) == (row.name, row.bio):
        return row
    now = tools.clock()
    if not await db.set_profile(tx, user_id=user_id, name=new_name, bio=new_bio, now=now):
        db.insert_profile(tx, user_id=user_id, name=new_name, bio=new_bio, now=now)
    db.show_name(tx, user_id=user_id, name=new_name, now=now)
    changed = await find_visible(tx, caller, session, user_id=user_id)
    index_person(tx, user_id=user_id, display_name=changed.display_name, email=changed.email)
    if changed.display_name != row.display_name:
        list_under(tx, user_id=user_id, name=changed.display_name, now=now)
    await record_for_account(
        tx,
        caller,
        tools,
        action="profile.updated",
        details={"changed": [key for key in ("name", "bio") if getattr(row, key) != getattr(changed, key)]},
    )
    return changed


async def find_visible(tx: ReadTransaction, caller: Caller, session: SessionRow, *, user_id: str) -> UserRow:
    """For a caller whose session was found live; the platform's administrators see everybody. Raises
    ``UserNotFound``."""
    row = await db.find_user(
        tx, user_id=caller.user_id, account_id=user_id, sees_all=is_platform_admin(caller, session)
    )
    if row is None:
        raise UserNotFound
    return row


async def find_own(
    tx: ReadTransaction, caller: Caller, session: SessionRow, *, user_id: str, operation: str
) -> UserRow:
    """As ``find_visible``, for what is the person's alone. Raises ``AccessDenied`` for another."""
    row = await find_visible(tx, caller, session, user_id=user_id)
    if user_id != caller.user_id:
        raise AccessDenied(
            Denial("user", user_id, operation, "the person", None), "This is for the person alone."
        )
    return row
