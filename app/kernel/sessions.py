"""The end of everything that a person is signed in with."""

from datetime import datetime

from app.db.connection import WriteTransaction
from app.db.handles.accounts import bump_session_version
from app.db.handles.push_subscriptions import delete_subscriptions_of_account
from app.db.handles.sign_in import revoke_refresh_tokens


def end_sessions(tx: WriteTransaction, *, user_id: str, now: datetime) -> None:
    """Every PMA token, every access token of the local issuer, every session of a browser, and what is pushed
    to any. The account's row, which is held from here to the commit, is the guard: whoever subscribes a
    browser at once holds it too, and is before this or is refused."""
    bump_session_version(tx, user_id=user_id, now=now)
    end_what_sessions_hold(tx, user_id=user_id, now=now)


def end_what_sessions_hold(tx: WriteTransaction, *, user_id: str, now: datetime) -> None:
    """For an account whose ``session_version`` was just raised."""
    revoke_refresh_tokens(tx, user_id=user_id, now=now)
    delete_subscriptions_of_account(tx, account_id=user_id)
