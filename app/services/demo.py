"""Production closes the accounts of the demo, where its database was seeded for development before."""

from __future__ import annotations

import logging

from app.core.caller import Origin, Tools
from app.core.demo_accounts import DEMO_PASSWORD, DEMO_PEOPLE
from app.core.text import email_key
from app.db.connection import Database, WriteTransaction
from app.db.handles import sign_in as db
from app.kernel import platform_audit
from app.kernel.sessions import end_sessions
from app.services.sign_in import Passwords

log = logging.getLogger(__name__)


async def close_demo(database: Database, tools: Tools, passwords: Passwords) -> None:
    """Takes the password of each demo account that still has the demo's, and ends its sessions: no refresh
    token, PMA token or access token that it was given goes on working. Whoever has the same address and a
    password of their own is left alone. Several processes may do this at once."""
    for email in DEMO_PEOPLE:
        async with database.read() as tx:
            row = await db.find_password(tx, email_key=email_key(email))
        if row is None or not await passwords.verify(row.password_hash, DEMO_PASSWORD):
            continue
        await _close(database, tools, row)


async def _close(database: Database, tools: Tools, row: db.PasswordRow) -> None:
    async def close(tx: WriteTransaction) -> bool:
        if not await db.delete_password(tx, user_id=row.user_id, password_hash=row.password_hash):
            return False
        now = tools.clock()
        end_sessions(tx, user_id=row.user_id, now=now)
        await platform_audit.record_for_user(
            tx,
            Origin(tools.new_id(), None),
            tools,
            user_id=row.user_id,
            actor_id="service:start-up",
            action="account.demo_closed",
            auth_method="service",
        )
        return True

    if await database.transact(close):
        log.warning("a demo account was closed: this is production", extra={"user_id": row.user_id})
