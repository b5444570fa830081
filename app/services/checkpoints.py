"""Signed heads of the audit log.

The chain shows what was changed inside it. Whoever can write the database can also cut its tail, or
recompute all of it; a head that was signed before and is kept elsewhere shows that too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Role
from app.core.rsa_key import RsaKey
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import audit as log
from app.db.handles import checkpoints as db
from app.services.access import enter, enter_to_change
from app.services.audit_chain import Finding

TYPE = "pma-audit-checkpoint+jwt"
_LAST = 2**62
_PAGE = 500


class Checkpoint(msgspec.Struct, frozen=True):
    seq: int
    entry_hash: str
    signed_at: datetime
    jws: str


async def make_checkpoint(
    tx: WriteTransaction, caller: Caller, tools: Tools, key: RsaKey, *, workspace_id: str
) -> Checkpoint:
    """Signs the log's head as it is. The same head is signed once."""
    await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="audit.checkpoint", minimum=Role.ADMIN
    )
    return await sign_head(tx, tools, key, workspace_id)


async def sign_head(tx: WriteTransaction, tools: Tools, key: RsaKey, workspace_id: str) -> Checkpoint:
    """As ``make_checkpoint``, for a caller who was let in and holds the workspace's guard row."""
    head = await log.read_audit_head(tx, workspace_id=workspace_id)
    seq, entry_hash = (head.audit_seq, head.audit_hash) if head else (0, "")
    known = await db.find_checkpoint(tx, workspace_id=workspace_id, seq=seq)
    if known is not None:
        return _view(known)
    now = tools.clock()
    claims = {
        "workspace_id": workspace_id,
        "seq": seq,
        "entry_hash": entry_hash,
        "iat": int(now.timestamp()),
    }
    made = Checkpoint(seq, entry_hash, now, key.sign(claims, typ=TYPE))
    db.insert_checkpoint(tx, workspace_id=workspace_id, seq=seq, entry_hash=entry_hash, jws=made.jws, now=now)
    return made


async def list_checkpoints(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, before_seq: int, limit: int
) -> tuple[list[Checkpoint], int | None]:
    """The newest first. Answers the page and, when there are more, the number to go on from."""
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.read", minimum=Role.ADMIN)
    found = await db.list_checkpoints(
        tx, workspace_id=workspace_id, before_seq=before_seq or _LAST, page_size=limit + 1
    )
    rows, has_more = found.first(limit)
    return [_view(row) for row in rows], rows[-1].seq if has_more else None


async def signed_heads(
    tx: ReadTransaction, key: RsaKey, workspace_id: str, given: Iterable[str]
) -> tuple[Mapping[int, str], list[Finding]]:
    """What the log must hold, by number: the hashes of checkpoints that are kept here and of those that the
    caller has ``given``; and what is wrong with these themselves."""
    heads: dict[int, str] = {}
    findings: list[Finding] = []
    kept: list[str] = []
    before = _LAST
    while True:
        rows = await db.list_checkpoints(tx, workspace_id=workspace_id, before_seq=before, page_size=_PAGE)
        kept += [row.jws for row in rows]
        if len(rows) < _PAGE:
            break
        before = rows[-1].seq
    for jws in [*given, *kept]:
        claims = key.verified(jws, typ=TYPE)
        if claims is None or claims.get("workspace_id") != workspace_id:
            findings.append(Finding(0, None, "a checkpoint was not signed here, or not for this workspace"))
            continue
        seq, entry_hash = int(claims["seq"]), str(claims["entry_hash"])
        if heads.setdefault(seq, entry_hash) != entry_hash:
            findings.append(Finding(seq, None, "two checkpoints of this entry disagree"))
    return heads, findings


def _view(row: db.CheckpointRow) -> Checkpoint:
    return Checkpoint(row.seq, row.entry_hash, row.signed_at, row.jws)
