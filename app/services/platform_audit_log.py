"""The logs that lie outside every workspace, as they are read and recomputed: one an account, one an
organisation, and the platform's. Who may is decided by whoever calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.db.connection import ReadTransaction
from app.db.handles import platform_audit as db
from app.db.handles.audit import AuditRow, ChainHeadRow, ChainRow
from app.db.handles.checkpoints import CheckpointRow
from app.db.paging import Asked, Found, Page
from app.kernel.audit_chain import genesis
from app.kernel.platform_audit import PLATFORM_ID, Chain

_LAST = 2**62


class LogFilter(msgspec.Struct, frozen=True):
    actor_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlatformLog:
    """One of them, to be verified as ``audit_verification.Log``. Of these no heads are signed."""

    chain: Chain
    chain_id: str = PLATFORM_ID

    @property
    def scope(self) -> str:
        return f"{self.chain}:{self.chain_id}"

    @property
    def place(self) -> dict[str, str]:
        return {"scope_type": str(self.chain), "scope_id": self.chain_id}

    async def head(self, tx: ReadTransaction) -> ChainHeadRow | None:
        """An account or an organisation begins its chain as it is made; the platform's begins with its first
        entry, and is empty before."""
        head = await db.read_platform_head(tx, **self.place)
        return head or (ChainHeadRow(0, genesis(self.scope)) if self.chain is Chain.PLATFORM else None)

    async def entries(self, tx: ReadTransaction, *, after_seq: int, page_size: int) -> Page[ChainRow]:
        return await db.read_platform_chain(tx, after_seq=after_seq, page_size=page_size, **self.place)

    async def signed(self, tx: ReadTransaction, after: int, until: int) -> tuple[list[CheckpointRow], int]:
        return [], until

    def is_told_by(self, claims: Mapping[str, Any]) -> bool:
        return False


async def list_entries(
    tx: ReadTransaction, asked: Asked[int], log: PlatformLog, filters: LogFilter
) -> Found[int]:
    """The newest first; a place of 0 is before them all."""
    rows = await _query(tx, log, filters, asked.place or _LAST, asked.page_size)
    return asked.found(rows, lambda row: row.seq)


async def _query(
    tx: ReadTransaction, log: PlatformLog, filters: LogFilter, before_seq: int, page_size: int
) -> Page[AuditRow]:
    common: dict[str, Any] = {
        **log.place,
        "since": filters.since,
        "until": filters.until,
        "before_seq": before_seq,
        "page_size": page_size,
    }
    if filters.actor_id is not None:
        return await db.list_platform_audit_by_actor(
            tx, actor_id=filters.actor_id, action=filters.action, **common
        )
    if filters.action is not None:
        return await db.list_platform_audit_by_action(tx, action=filters.action, **common)
    return await db.list_platform_audit(tx, **common)
