"""People as others come to write them down, in a workspace, in an organisation, and as they are found."""

from datetime import datetime, timedelta

from app.core.caller import Caller
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import NotAuthorized, UserNotFound
from app.core.text import email_key, member_key
from app.db.connection import WriteTransaction
from app.db.handles.accounts import expect_account, find_account, index_account, lock_account, mark_seen

_VISIT = timedelta(hours=1)


def hold_accounts(tx: WriteTransaction, *user_ids: str) -> None:
    """Their guard rows, before any of an organisation or a workspace. Whoever will write a row that refers to
    an account needs it: SQL Server checks a foreign key against the account's row, and would wait for whoever
    holds that and waits for the workspace."""
    for user_id in sorted(set(user_ids)):
        lock_account(tx, account_id=user_id)


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
        index_person(tx, user_id=user_id, display_name=display_name, email=None)
        return display_name
    if account.status == "ERASED":
        raise UserNotFound
    if account.verified_at is None:
        return display_name or account.display_name
    return account.display_name or display_name


def index_person(tx: WriteTransaction, *, user_id: str, display_name: str | None, email: str | None) -> None:
    """By what the platform's administrators find an account. Whoever has written its name or its address
    calls it after that, in the same transaction."""
    index_account(
        tx,
        account_id=user_id,
        list_key=member_key(display_name, user_id),
        email_key=email_key(email) if email else None,
    )


def is_visit_due(last_seen_at: datetime | None, now: datetime) -> bool:
    """Whether it is worth writing down that somebody is here now: it is kept to the hour. A time to come was
    told by a clock that was wrong."""
    return last_seen_at is None or not now - _VISIT <= last_seen_at <= now + CLOCKS_DIFFER


def note_visit(tx: WriteTransaction, *, user_id: str, now: datetime) -> None:
    """Unless it was noted within the hour."""
    mark_seen(tx, user_id=user_id, before=now - _VISIT, after=now + CLOCKS_DIFFER, now=now)
