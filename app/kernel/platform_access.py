"""As ``access``, for the platform: may this caller administer it, now?

Two things make somebody an administrator, and either will do: the account's own mark, which a script of
``sql/admin`` gives and takes, and the setting ``PLATFORM_ADMINS``, for as long as it names their user id. An
administrator has no rights in a workspace or an organisation by that.
"""

import msgspec

from app.core.caller import Caller, Passage
from app.db.connection import ReadTransaction
from app.db.handles.accounts import SessionRow
from app.kernel.access import AccessDenied, Denial, require_session
from app.kernel.platform_audit import PLATFORM_ID


class PlatformAccess(msgspec.Struct, frozen=True):
    """That the caller administers the platform, as of this transaction."""

    operation: str
    user_id: str


async def enter_platform(tx: ReadTransaction, caller: Caller, *, operation: str) -> PlatformAccess:
    """Reads the session and the mark, in one round trip. Raises ``AccessDenied``, audited on the platform's
    chain, for whoever is no administrator."""
    if not is_platform_admin(caller, await require_session(tx, caller)):
        raise AccessDenied(
            Denial("platform", PLATFORM_ID, operation, "platform administrator", None),
            "This is for the platform's administrators.",
        )
    caller.passages.note(Passage("platform", PLATFORM_ID, operation))
    return PlatformAccess(operation, caller.user_id)


def is_platform_admin(caller: Caller, session: SessionRow) -> bool:
    """Of a session that was found live in this transaction."""
    return session.is_platform_admin or caller.is_appointed
