"""Who follows a link out of a mail wants no more of its kind; the link says who, and nobody is signed in."""

from __future__ import annotations

from app.core.caller import Origin, Tools
from app.core.mail_links import EVERYTHING, Unwanted
from app.db.connection import WriteTransaction
from app.db.handles.accounts import lock_account
from app.db.handles.outbound_mail import read_recipient
from app.kernel.platform_audit import record_for_user
from app.services.notification_preferences import want_no_mail
from app.services.outbound_mail import block


async def unsubscribe(tx: WriteTransaction, tools: Tools, origin: Origin, unwanted: Unwanted) -> None:
    """Nothing happens where it is so, or where nobody is left."""
    if unwanted.kind == "address":
        block(tx, tools, unwanted.whose, covers=unwanted.what, reason="unsubscribed")
        return
    lock_account(tx, account_id=unwanted.whose)
    who = await read_recipient(tx, account_id=unwanted.whose, of_workspace=None)
    if who is None or who.status == "ERASED":
        return
    what = None if unwanted.what == EVERYTHING else unwanted.what
    if await want_no_mail(tx, tools, account_id=unwanted.whose, what=what):
        await record_for_user(
            tx,
            origin,
            tools,
            user_id=unwanted.whose,
            action="profile.mail_left",
            auth_method="mail-link",
            details={"kind": unwanted.what},
        )
