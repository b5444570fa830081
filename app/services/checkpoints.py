"""Signed heads of the audit log.

The chain shows what was changed inside it. Whoever can write the database can also cut its tail, or
recompute all of it; a head that was signed before and is kept elsewhere shows that too.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.core.caller import Caller
from app.core.rsa_key import RsaKeys
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import audit as log
from app.db.handles import checkpoints as db
from app.db.handles.checkpoints import CheckpointRow
from app.db.paging import Asked, Found
from app.kernel.access import enter, enter_to_change

TYPE = "pma-audit-checkpoint+jwt"
_LAST = 2**62


class Head(msgspec.Struct, frozen=True):
    """The last entry of a log."""

    workspace_id: str
    seq: int
    entry_hash: str


async def read_head(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> Head:
    """What is to be signed, for whoever may have it signed."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.checkpoint")
    return await head_of(tx, workspace_id)


async def head_of(tx: ReadTransaction, workspace_id: str) -> Head:
    head = await log.read_audit_head(tx, workspace_id=workspace_id)
    return Head(workspace_id, head.audit_seq, head.audit_hash) if head else Head(workspace_id, 0, "")


def sign(keys: RsaKeys, head: Head, now: datetime) -> CheckpointRow:
    """Takes a millisecond or two: in a thread, and in no transaction."""
    claims = {
        "workspace_id": head.workspace_id,
        "seq": head.seq,
        "entry_hash": head.entry_hash,
        "iat": int(now.timestamp()),
    }
    return CheckpointRow(head.seq, head.entry_hash, now, keys.sign(claims, typ=TYPE))


async def keep(
    tx: WriteTransaction, caller: Caller, *, workspace_id: str, signed: CheckpointRow
) -> CheckpointRow:
    """Keeps a head that was signed; answers the one that was kept before, if the same was. It goes on being
    true when the log has grown meanwhile."""
    await enter_to_change(
        tx,
        caller,
        workspace_id=workspace_id,
        operation="audit.checkpoint",
        even_held=True,
    )
    known = await db.find_checkpoint(tx, workspace_id=workspace_id, seq=signed.seq)
    if known is not None:
        return known
    db.insert_checkpoint(
        tx,
        workspace_id=workspace_id,
        seq=signed.seq,
        entry_hash=signed.entry_hash,
        jws=signed.jws,
        now=signed.signed_at,
    )
    return signed


async def list_checkpoints(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str
) -> Found[int]:
    """The newest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.read")
    rows = await db.list_checkpoints(
        tx, workspace_id=workspace_id, before_seq=asked.place or _LAST, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: row.seq)
