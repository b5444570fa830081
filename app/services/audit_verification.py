"""Recomputing an audit log, a page at a time: however long it is, nobody waits for it but who asked.

A page is read in a transaction of its own, which gives its connection back, and computed in a thread. One
page is under way at a time in a process, and all verifications take turns, so a short log is not behind a
long one. Entries are only ever appended and the numbers have no gap, so pages that are read one after the
other fit together; what is appended meanwhile is held to the head as it is then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from app.core.blocking import Blocking
from app.core.caller import Caller, Tools
from app.core.rsa_key import RsaKeys, UnknownKey
from app.core.slots import Slots
from app.db.connection import Database, ReadTransaction
from app.db.handles import audit as log
from app.db.handles.checkpoints import CheckpointRow, read_checkpoints
from app.db.paging import Page
from app.integrations.short_cache import ShortCache
from app.kernel.access import enter
from app.kernel.audit import scope_of
from app.kernel.audit_chain import ChainVerifier, Finding, Kind
from app.services import checkpoints

_PAGE = 500
_LAST = 2**62
_MAX_FINDINGS = 100
_PER_CALLER = 2
_IN_ALL = 20


class Verification(msgspec.Struct, frozen=True):
    """``valid``: every entry up to the head stands as it was written, and as the checkpoints say; all that
    were given could be checked."""

    valid: bool
    entries: int
    head_seq: int
    head_hash: str
    findings: list[Finding]


class Progress(msgspec.Struct, frozen=True):
    """How far one is that is under way."""

    entries: int
    head_seq: int


class Log(Protocol):
    """A log that can be recomputed. Two that are equal are the same one."""

    @property
    def scope(self) -> str:
        """What its chain's hashes begin with."""

    async def head(self, tx: ReadTransaction) -> log.ChainHeadRow | None:
        """Where it ends; None where it should have an end and has none."""

    async def entries(self, tx: ReadTransaction, *, after_seq: int, page_size: int) -> Page[log.ChainRow]:
        """The oldest first."""

    async def signed(self, tx: ReadTransaction, after: int, until: int) -> tuple[list[CheckpointRow], int]:
        """The checkpoints kept of entries after ``after`` up to ``until`` or, where they are more than a
        page, up to a number before it; and that number."""

    def is_told_by(self, claims: Mapping[str, Any]) -> bool:
        """Whether a checkpoint with these claims is of this log."""


@dataclass(frozen=True, slots=True)
class WorkspaceLog:
    workspace_id: str

    @property
    def scope(self) -> str:
        return scope_of(self.workspace_id)

    async def head(self, tx: ReadTransaction) -> log.ChainHeadRow | None:
        return await log.read_audit_head(tx, workspace_id=self.workspace_id)

    async def entries(self, tx: ReadTransaction, *, after_seq: int, page_size: int) -> Page[log.ChainRow]:
        return await log.read_chain(
            tx, workspace_id=self.workspace_id, after_seq=after_seq, page_size=page_size
        )

    async def signed(self, tx: ReadTransaction, after: int, until: int) -> tuple[list[CheckpointRow], int]:
        found = await read_checkpoints(
            tx, workspace_id=self.workspace_id, after_seq=after, until_seq=until, page_size=_PAGE + 1
        )
        rows, has_more = found.first(_PAGE)
        return rows, rows[-1].seq if has_more else until

    def is_told_by(self, claims: Mapping[str, Any]) -> bool:
        return claims.get("workspace_id") == self.workspace_id


async def enter_to_verify(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> None:
    await enter(tx, caller, workspace_id=workspace_id, operation="audit.verify")


class Verifications:
    """Those of one process. ``threads`` are where pages are computed. Belongs to one event loop; ``aclose``
    when done."""

    def __init__(self, database: Database, tools: Tools, threads: Blocking) -> None:
        self._database = database
        self._threads = threads
        self._turn = asyncio.Lock()
        self._slots = Slots("verifications", _PER_CALLER, _IN_ALL)
        self._flights: ShortCache[Verification] = ShortCache(timedelta(0), tools.monotonic)
        self._under_way: dict[tuple[object, ...], Progress] = {}

    async def verify(
        self, caller: Caller, keys: RsaKeys, chain: Log, given: Sequence[str] = ()
    ) -> Verification:
        """Recomputes the whole chain, and holds it to what was signed: the checkpoints kept here, and those
        that the caller has ``given``. Answers the first 100 findings. Whoever asks the same while it is under
        way gets the same answer. Raises ``RateLimited`` and ``Busy``."""

        async def run() -> Verification:
            with self._slots.take(caller.user_id):
                try:
                    return await self._run(keys, chain, given)
                finally:
                    self._under_way.pop((chain, *given), None)

        return await self._flights.get((chain, *given), run)

    def progress(self, chain: Log, given: Sequence[str] = ()) -> Progress | None:
        """Of the verification of the same that is under way in this process; None before its first page."""
        return self._under_way.get((chain, *given))

    async def aclose(self) -> None:
        await self._flights.aclose()

    async def _run(self, keys: RsaKeys, chain: Log, given: Sequence[str]) -> Verification:
        async with self._database.read() as tx:
            head = await chain.head(tx)
        if head is None:
            return Verification(False, 0, 0, "", [Finding(0, None, "the log has no head")])
        check = _Check(keys, chain)
        if given:
            await self._threads.run(check.given, given)
        after, has_all_signed = 0, False
        while True:
            async with self._turn:
                async with self._database.read() as tx:
                    found = await chain.entries(tx, after_seq=after, page_size=_PAGE + 1)
                    rows, has_more = found.first(_PAGE)
                    if not rows and has_all_signed:
                        break
                    until = rows[-1].seq if has_more else _LAST
                    signed, until = await chain.signed(tx, after, until)
                await self._threads.run(check.page, [row for row in rows if row.seq <= until], signed)
            self._under_way[(chain, *given)] = Progress(check.chain.verified, head.audit_seq)
            # What is signed beyond the last entry may have been appended since the entries were read.
            has_all_signed = until == _LAST
            if has_all_signed and not check.chain.awaits_more:
                break
            after = check.chain.seq if has_all_signed else until
        if check.chain.seq > head.audit_seq:
            async with self._database.read() as tx:
                now = await chain.head(tx) or head
            # Where the log has grown again, its new head says nothing of the entry that was read last.
            head = check.end if now.audit_seq > check.end.audit_seq else now
        return check.finish(head)


class _Check:
    """What one verification has found so far. Its methods compute, and run in a thread, one at a time."""

    def __init__(self, keys: RsaKeys, chain: Log) -> None:
        self._keys = keys
        self._log = chain
        self._findings: list[Finding] = []
        self._is_valid = True
        self._unknown: Counter[str] = Counter()
        self.chain = ChainVerifier(chain.scope)

    def given(self, tokens: Iterable[str]) -> None:
        """Of these the caller wants to know: one that cannot be checked is no pass."""
        for token in tokens:
            try:
                self._expect(token, None)
            except UnknownKey as unknown:
                problem = f"a checkpoint that was sent along: its key {unknown.kid} is not here"
                self._add([Finding(0, None, problem, Kind.UNKNOWN_KEY)])

    def page(self, rows: Sequence[log.ChainRow], signed: Sequence[CheckpointRow]) -> None:
        for each in signed:
            try:
                self._expect(each.jws, each.seq)
            except UnknownKey as unknown:
                known = unknown.kid in self._unknown or len(self._unknown) < _MAX_FINDINGS
                self._unknown[unknown.kid if known else "…"] += 1
        self._add(self.chain.check(rows))

    @property
    def end(self) -> log.ChainHeadRow:
        """The last entry that was read."""
        return log.ChainHeadRow(self.chain.seq, self.chain.hash)

    def finish(self, head: log.ChainHeadRow) -> Verification:
        self._add(self.chain.finish(head.audit_seq, head.audit_hash))
        unknown = [
            Finding(0, None, f"{count} kept checkpoints: their key {kid} is not here", Kind.UNKNOWN_KEY)
            for kid, count in self._unknown.items()
        ]
        return Verification(
            self._is_valid,
            self.chain.verified,
            head.audit_seq,
            head.audit_hash,
            [*self._findings, *unknown][:_MAX_FINDINGS],
        )

    def _expect(self, token: str, kept_as: int | None) -> None:
        """Raises ``UnknownKey``."""
        claims = self._keys.verified(token, typ=checkpoints.TYPE)
        if claims is None or not self._is_of_this_log(claims, kept_as):
            self._add([Finding(0, None, "a checkpoint was not signed here, or not for this workspace")])
        else:
            self._add(self.chain.expect(int(claims["seq"]), str(claims["entry_hash"])))

    def _is_of_this_log(self, claims: Mapping[str, Any], kept_as: int | None) -> bool:
        return self._log.is_told_by(claims) and kept_as in (None, claims["seq"])

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._is_valid = False
            if len(self._findings) < _MAX_FINDINGS:
                self._findings.append(finding)
