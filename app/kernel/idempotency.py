"""Answers of POSTs that carried an Idempotency-Key, written in the transaction of the effect.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

from datetime import timedelta

from app.core.caller import Caller, Tools
from app.core.errors import IdempotencyKeyReused
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import idempotency as db
from app.kernel.access import require_session

KEPT = timedelta(hours=24)
"""At least. A record counts as long as it is there, whatever the clock says: ``housekeeping`` deletes it."""


async def find_answer(tx: ReadTransaction, caller: Caller, *, key: str, request_hash: str) -> str | None:
    """What the caller was answered under this key, if anything. Raises ``IdempotencyKeyReused`` where that
    was another request, and as ``require_session`` does: a session that was ended is answered nothing."""
    row = await db.find_idempotency_record(tx, user_id=caller.user_id, idempotency_key=key)
    if row is None:
        return None
    await require_session(tx, caller)
    if row.request_hash != request_hash:
        raise IdempotencyKeyReused
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
        expires_at=tools.clock() + KEPT,
    )
