"""The sessions of browsers, as their person sees and ends them, and as the directory ends them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.core.browser_errors import BrowserSessionNotFound, BrowserSessionRequired
from app.core.caller import Caller, Origin, Tools
from app.core.id_tokens import Named
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import browser_sessions as db
from app.db.handles.accounts import lock_account
from app.kernel.access import require_session
from app.kernel.platform_audit import record_for_account, record_for_user

MOST = 50
"""Of one person: whoever signs in once more ends the oldest."""
_BROWSERS = (
    ("Edge", re.compile(r"\bEdgA?/|\bEdgiOS/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\bFirefox/|\bFxiOS/")),
    ("Chrome", re.compile(r"\bChrome/|\bCriOS/|\bChromium/")),
    ("Safari", re.compile(r"\bSafari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"\bAndroid\b")),
    ("iOS", re.compile(r"\biPhone\b|\biPad\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


class SessionView(msgspec.Struct, frozen=True):
    """``is_current``: of the cookie that asks."""

    id: str
    provider: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


class CurrentSession(msgspec.Struct, frozen=True):
    id: str
    provider: str
    user_id: str
    display_name: str | None
    email: str | None
    created_at: datetime
    expires_at: datetime
    idle_minutes: int


def family(user_agent: str) -> str:
    """Which browser on which system, for a person to know it by; nothing finer is kept."""

    def named(kinds: Sequence[tuple[str, re.Pattern[str]]]) -> str | None:
        return next((name for name, pattern in kinds if pattern.search(user_agent)), None)

    browser, system = named(_BROWSERS), named(_SYSTEMS)
    if browser is None:
        return "unknown"
    return f"{browser} on {system}" if system else browser


async def current(tx: ReadTransaction, caller: Caller, *, idle_minutes: int) -> CurrentSession:
    """Raises ``BrowserSessionRequired`` where the caller came with tokens."""
    account = await require_session(tx, caller)
    if caller.browser_session_id is None:
        raise BrowserSessionRequired
    row = await db.get_browser_session(tx, session_id=caller.browser_session_id, user_id=caller.user_id)
    if row is None:
        raise BrowserSessionRequired
    return CurrentSession(
        row.id,
        row.provider,
        caller.user_id,
        account.display_name,
        caller.identity.email,
        row.created_at,
        row.expires_at,
        idle_minutes,
    )


async def list_mine(tx: ReadTransaction, caller: Caller) -> list[SessionView]:
    """The newest first; there are no more than ``MOST``."""
    await require_session(tx, caller)
    rows = await db.list_browser_sessions(tx, user_id=caller.user_id, page_size=MOST)
    mine = caller.browser_session_id
    return [SessionView(**msgspec.structs.asdict(row), is_current=row.id == mine) for row in rows]


async def end_one(tx: WriteTransaction, caller: Caller, tools: Tools, *, session_id: str) -> None:
    """Raises ``BrowserSessionNotFound``, for somebody else's too."""
    lock_account(tx, account_id=caller.user_id)
    await require_session(tx, caller)
    if not await db.end_browser_session(tx, session_id=session_id, user_id=caller.user_id):
        raise BrowserSessionNotFound
    await record_for_account(
        tx, caller, tools, action="browser_session.ended", details={"session_id": session_id}
    )


async def end_all(tx: WriteTransaction, caller: Caller, tools: Tools) -> None:
    """Those of browsers alone; ``POST /auth/revoke-all`` ends everything."""
    lock_account(tx, account_id=caller.user_id)
    await require_session(tx, caller)
    ended = await db.end_browser_sessions(tx, user_id=caller.user_id)
    await record_for_account(tx, caller, tools, action="browser_session.all_ended", details={"ended": ended})


async def end_of_directory(
    database: Database, tools: Tools, origin: Origin, *, provider: str, named: Named
) -> None:
    """Ends what came of a session at the directory, or all of a person's there, where it names no session."""

    async def end(tx: WriteTransaction) -> bool:
        rows = (
            await db.list_sessions_of_sid(tx, provider=provider, sid=named.sid, page_size=MOST)
            if named.sid is not None
            else await db.list_sessions_of_subject(
                tx, provider=provider, subject=named.subject or "", page_size=MOST
            )
        )
        for row in rows:  # by account
            if named.subject in (None, row.subject) and await db.end_browser_session(
                tx, session_id=row.id, user_id=row.user_id
            ):
                await record_for_user(
                    tx,
                    origin,
                    tools,
                    user_id=row.user_id,
                    action="browser_session.ended",
                    auth_method=provider,
                    details={"session_id": row.id, "reason": "the directory's sign-out"},
                )
        return len(rows) == MOST and named.subject is None

    while await database.transact(end):
        pass
