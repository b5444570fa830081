"""Changing one's own password, with the local issuer.

What belongs to a session is not written down as such: there is one number an account, which PMA tokens and
access tokens of the local issuer carry. So this session is kept by giving it new tokens, and all others end
by counting that number on: no list of exceptions, in no process. A browser is given no tokens, so its session
ends with the others, and its person signs in with the new password.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from app.core.blocking import Busy, Overdue
from app.core.caller import Caller
from app.core.errors import BusinessRule, InvalidInput, InvalidPmaToken, WrongPassword
from app.core.local_issuer import LocalUser
from app.core.token_service import TokenService
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import sign_in as db
from app.db.handles.accounts import lock_account
from app.db.handles.sign_in import OwnPasswordRow
from app.kernel.access import require_session
from app.kernel.platform_audit import record_for_account
from app.kernel.sessions import end_sessions
from app.services.accounts import renew
from app.services.sign_in import SignIn, attempt_keys
from app.services.users import find_own


class Renewed(msgspec.Struct, frozen=True):
    """New tokens for the session that goes on; ``expires_in`` is seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    scope: str
    pma_token: str
    pma_token_expires_at: datetime


async def require_own(tx: ReadTransaction, caller: Caller, *, user_id: str) -> OwnPasswordRow:
    """Raises ``UserNotFound``, ``AccessDenied`` for another's account, and ``BusinessRule`` where the account
    has no password here."""
    session = await require_session(tx, caller)
    await find_own(tx, caller, session, user_id=user_id, operation="user.change_password")
    row = await db.get_password(tx, user_id=user_id)
    if row is None:
        raise BusinessRule("This account has no password here: whoever signs it in keeps it.")
    return row


async def prove_password(sign_in: SignIn, caller: Caller, row: OwnPasswordRow, password: str) -> None:
    """Counted as a sign-in is, under the same keys. Raises ``WrongPassword`` and ``TooManyAttempts``."""
    keys = account_key, address_key = attempt_keys(row.email_key, caller.origin)
    await sign_in.take_attempt({account_key: sign_in.limits.account, address_key: sign_in.limits.address})
    try:
        is_right = await sign_in.passwords.verify(row.password_hash, password)
    except (Busy, Overdue):
        await sign_in.give_back(*keys)
        raise
    if not is_right:
        await sign_in.database.transact(
            lambda tx: record_for_account(
                tx, caller, sign_in.tools, action="password.refused", outcome="FAILED"
            )
        )
        raise WrongPassword
    await sign_in.give_back(*keys)


async def change_password(
    sign_in: SignIn,
    caller: Caller,
    tokens: TokenService,
    row: OwnPasswordRow,
    *,
    current: str,
    new: str,
    max_workspaces: int,
) -> Renewed | None:
    """``row`` is what ``require_own`` has answered. Answers new tokens, and None to a browser. Raises as
    ``prove_password`` does, also where another change came first, and ``InvalidInput`` for a password that is
    refused."""
    if new in sign_in.refused_passwords:
        raise InvalidInput("Everybody can know this password. Choose another.")
    await prove_password(sign_in, caller, row, current)
    password_hash = await sign_in.passwords.hash(new)
    now = sign_in.tools.clock()

    async def change(tx: WriteTransaction) -> Renewed | None:
        lock_account(tx, account_id=caller.user_id)
        await require_session(tx, caller)
        if not await db.set_password(
            tx,
            user_id=caller.user_id,
            password_hash=password_hash,
            proved_hash=row.password_hash,
            now=now,
        ):
            raise WrongPassword
        end_sessions(tx, user_id=caller.user_id, now=now)
        if caller.browser_session_id is not None:
            await record_for_account(tx, caller, sign_in.tools, action="password.changed")
            return None
        refresh_token = sign_in.new_refresh_token(tx, caller.user_id, family_id=sign_in.tools.new_id())
        account = await db.get_password(tx, user_id=caller.user_id)
        if account is None or caller.claims is None:
            raise InvalidPmaToken
        version = account.session_version
        mine = LocalUser(caller.user_id, account.directory_name, account.email, version)
        minted = sign_in.mint(mine, refresh_token)
        renewed = Caller(
            replace(caller.identity, expires_at=now + sign_in.issuer.lifetime, session_version=version),
            replace(caller.claims, session_version=version),
            caller.origin,
        )
        pma_token, pma_token_expires_at = await renew(tx, renewed, tokens, max_workspaces=max_workspaces)
        await record_for_account(tx, caller, sign_in.tools, action="password.changed")
        return Renewed(
            **msgspec.structs.asdict(minted), pma_token=pma_token, pma_token_expires_at=pma_token_expires_at
        )

    return await sign_in.database.transact(change)
