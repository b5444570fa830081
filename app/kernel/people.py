"""People as others come to write them down: in a workspace, in an organisation."""

from datetime import datetime

from app.core.caller import Caller
from app.core.errors import NotAuthorized, UserNotFound
from app.db.connection import WriteTransaction
from app.db.handles.accounts import expect_account, find_account


async def name_to_list(
    tx: WriteTransaction, caller: Caller, *, user_id: str, display_name: str | None, now: datetime
) -> str | None:
    """The name by which somebody is listed whom the caller adds. Whoever has not signed in yet gets an
    account that waits for the first sign-in with that id, which decides who it is; ``display_name`` is for as
    long as the directory has said none. The account is locked, so that the name is still theirs when it is
    written. Raises ``UserNotFound`` for one that was erased, and ``NotAuthorized``."""
    account = await find_account(tx, account_id=user_id)
    if account is None:
        if ":" in user_id:
            # Unlike an object id, which Entra ID gives to one person of all tenants, a subject is whatever
            # its issuer says it is.
            raise NotAuthorized("Somebody from another issuer signs in once before being added.")
        expect_account(
            tx,
            account_id=user_id,
            tid=caller.identity.tid,
            display_name=display_name,
            expected_by=caller.user_id,
            now=now,
        )
        return display_name
    if account.status == "ERASED":
        raise UserNotFound
    if account.verified_at is None:
        return display_name or account.display_name
    return account.display_name or display_name
