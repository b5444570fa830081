"""Answers of POSTs that carried an Idempotency-Key, written in the transaction of the effect.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

An answer is kept with where its caller was let in for it (``Caller.passages``), and given again to whoever
would be let in there now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import IdempotencyKeyReused, NotAuthorized
from app.core.operations import OPERATIONS
from app.core.permissions import OrgRole
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import idempotency as db
from app.kernel.access import enter, require_session
from app.kernel.org_access import enter_organization
from app.kernel.platform_access import enter_platform
from app.kernel.project_access import find_project

KEPT = timedelta(hours=24)
"""At least. A record counts as long as it is there, whatever the clock says: ``housekeeping`` deletes it."""
NOTHING = "null"
"""The answer that tells nothing but that it was done."""


async def find_answer(
    tx: ReadTransaction, caller: Caller, *, key: str, is_same: Callable[[str], bool]
) -> str | None:
    """What the caller was answered under this key, if anything. Raises ``IdempotencyKeyReused`` where
    ``is_same`` does not recognise the request's mark, and whatever the request itself would be refused with
    by whom it is of: a session that was ended, a membership that was, a role that is too low now, a project
    that they see no more."""
    row = await db.find_idempotency_record(tx, user_id=caller.user_id, idempotency_key=key)
    if row is None:
        return None
    await require_session(tx, caller)
    if not is_same(row.request_hash):
        raise IdempotencyKeyReused
    # Whoever has left, and asks again whether they have, is told so.
    if row.body != NOTHING:
        for passage in msgspec.json.decode(row.passages, type=list[Passage]):
            await _pass(tx, caller, passage)
    return row.body


async def store_answer(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, key: str, request_hash: str, body: str
) -> None:
    """Raises ``IdempotencyKeyInUse`` through PK_IdempotencyRecord where another transaction was first."""
    db.insert_idempotency_record(
        tx,
        user_id=caller.user_id,
        idempotency_key=key,
        request_hash=request_hash,
        body=body,
        passages=msgspec.json.encode(caller.passages.made()).decode(),
        expires_at=tools.clock() + KEPT,
    )


async def _pass(tx: ReadTransaction, caller: Caller, passage: Passage) -> None:
    """What is not in work any more changes nothing by telling what was done when it was."""
    if passage.kind == "org":
        await enter_organization(
            tx,
            caller,
            org_id=passage.place_id,
            operation=passage.operation,
            minimum=OrgRole(passage.minimum or OrgRole.MEMBER),
            even_held=True,
        )
    elif passage.kind == "project":
        await find_project(tx, caller, passage.place_id, passage.project_id or "")
    elif passage.kind == "platform":
        await enter_platform(tx, caller, operation=passage.operation)
    elif passage.operation in OPERATIONS:
        await enter(tx, caller, workspace_id=passage.place_id, operation=passage.operation, even_held=True)
    else:
        raise NotAuthorized("Nobody may do this any more.")
