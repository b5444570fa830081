"""The arithmetic of the audit chain: digests, links, and what verification finds. No database.

An entry's hash covers the hash before it, so nothing can be changed, taken out, put in or moved
without every later hash disagreeing. Details and address enter through a salted digest only:
they can be erased, salt and all, and the chain still verifies.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

import msgspec

from app.core.caller import Origin, Tools
from app.core.clock import utc_text
from app.db.handles.audit import ChainRow


class Kind(StrEnum):
    TAMPERING = "tampering"
    """Something is not as it was written."""
    UNKNOWN_KEY = "unknown_key"
    """What a checkpoint says cannot be checked: nothing is wrong with the log."""


class Finding(msgspec.Struct, frozen=True):
    """One thing wrong with the chain. ``seq`` and ``entry_id`` name the row."""

    seq: int
    entry_id: str | None
    problem: str
    kind: Kind = Kind.TAMPERING


def genesis(scope: str) -> str:
    """The hash that the first entry of a chain follows."""
    return _digest(["pma-audit-genesis-v1", scope])


def details_digest(salt: str, details: str | None, ip: str | None) -> str:
    """SHA-256 over salt, details and address. ``salt`` is hexadecimal, 128 bits of randomness."""
    return _digest(["pma-audit-details-v1", salt, details, ip])


def entry_digest(
    *,
    scope: str,
    prev_hash: str,
    seq: int,
    timestamp: datetime,
    entry_id: str,
    action: str,
    actor_id: str,
    target_type: str,
    target_id: str,
    outcome: str,
    request_id: str,
    auth_method: str,
    credential_id: str | None,
    details_hash: str,
) -> str:
    """SHA-256, hexadecimal, over the canonical JSON of everything an entry says."""
    return _digest(
        [
            "pma-audit-entry-v1", scope, prev_hash, seq, utc_text(timestamp), entry_id, action, actor_id,
            target_type, target_id, outcome, request_id, auth_method, credential_id, details_hash,
        ]
    )  # fmt: skip


class Entry(TypedDict):
    """A sealed entry, as it is stored."""

    entry_id: str
    timestamp: datetime
    seq: int
    prev_hash: str
    entry_hash: str
    action: str
    actor_id: str
    target_type: str
    target_id: str
    outcome: str
    details: str | None
    details_salt: str
    details_hash: str
    request_id: str
    ip: str | None
    auth_method: str
    credential_id: str | None


def seal(
    scope: str,
    origin: Origin,
    tools: Tools,
    *,
    seq: int,
    prev_hash: str,
    action: str,
    actor_id: str,
    target_type: str,
    target_id: str,
    outcome: str,
    details: Mapping[str, Any] | None,
    auth_method: str,
    credential_id: str | None,
) -> Entry:
    """The next entry of a chain, with its digests."""
    text = msgspec.json.encode(details).decode() if details is not None else None
    salt = tools.random_bytes(16).hex()
    digest = details_digest(salt, text, origin.address)
    entry_id, timestamp = tools.new_id(), tools.clock()
    return Entry(
        entry_id=entry_id,
        timestamp=timestamp,
        seq=seq,
        prev_hash=prev_hash,
        entry_hash=entry_digest(
            scope=scope,
            prev_hash=prev_hash,
            seq=seq,
            timestamp=timestamp,
            entry_id=entry_id,
            action=action,
            actor_id=actor_id,
            target_type=target_type,
            target_id=target_id,
            outcome=outcome,
            request_id=origin.request_id,
            auth_method=auth_method,
            credential_id=credential_id,
            details_hash=digest,
        ),
        action=action,
        actor_id=actor_id,
        target_type=target_type,
        target_id=target_id,
        outcome=outcome,
        details=text,
        details_salt=salt,
        details_hash=digest,
        request_id=origin.request_id,
        ip=origin.address,
        auth_method=auth_method,
        credential_id=credential_id,
    )


class ChainVerifier:
    """Follows one chain from its beginning. Feed it every row in order of ``seq``, then ``finish``.

    ``seq`` and ``hash`` are those of the last row seen, ``verified`` is how many were.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self._signed: dict[int, str] = {}
        self.hash = genesis(scope)
        self.seq = 0
        self.verified = 0

    @property
    def awaits_more(self) -> bool:
        """An entry was signed that has not been seen yet."""
        return bool(self._signed)

    def expect(self, seq: int, entry_hash: str) -> Iterator[Finding]:
        """The entry of that number, which is still to come, is known to have had this hash."""
        if self._signed.setdefault(seq, entry_hash) != entry_hash:
            yield Finding(seq, None, "two checkpoints of this entry disagree")

    def check(self, rows: Iterable[ChainRow]) -> Iterator[Finding]:
        for row in rows:
            yield from self._check(row)
            # Going on from what the row says keeps one fault from hiding or inventing others.
            self.seq, self.hash = row.seq, row.entry_hash
            self.verified += 1

    def _check(self, row: ChainRow) -> Iterator[Finding]:
        if self._signed.pop(row.seq, row.entry_hash) != row.entry_hash:
            yield Finding(row.seq, row.id, "is not the entry that was signed")
        missing = row.seq - self.seq - 1
        if missing > 0:
            yield Finding(
                self.seq + 1, None, f"{missing} entries are missing before {row.seq}" if missing > 1
                else f"entry {self.seq + 1} is missing",
            )  # fmt: skip
        elif row.prev_hash != self.hash:
            yield Finding(row.seq, row.id, "does not follow the entry before it")
        if row.entry_hash != entry_digest(
            scope=self._scope,
            prev_hash=row.prev_hash,
            seq=row.seq,
            timestamp=row.timestamp,
            entry_id=row.id,
            action=row.action,
            actor_id=row.actor_id,
            target_type=row.target_type,
            target_id=row.target_id,
            outcome=row.outcome,
            request_id=row.request_id,
            auth_method=row.auth_method,
            credential_id=row.credential_id,
            details_hash=row.details_hash,
        ):
            yield Finding(row.seq, row.id, "was changed: its contents do not match its hash")
        if not row.redacted and row.details_hash != details_digest(
            row.details_salt or "", row.details, row.ip
        ):
            yield Finding(row.seq, row.id, "was changed: its details do not match their digest")

    def finish(self, head_seq: int, head_hash: str) -> Iterator[Finding]:
        """Compares the end of the chain with the workspace's head, as it was before the last row was read or
        later: a cut tail shows here."""
        for seq in sorted(self._signed):
            if seq > self.seq:
                yield Finding(seq, None, "was signed and is not there: the log was cut before it")
        if self.seq < head_seq:
            yield Finding(self.seq + 1, None, f"the chain ends at {self.seq}, its head is at {head_seq}")
        elif self.seq > head_seq or self.hash != head_hash:
            yield Finding(self.seq, None, "the head does not match the last entry")


def _digest(parts: list[str | int | None]) -> str:
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
