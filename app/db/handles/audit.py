"""Handles of sql/queries/audit.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, LongText, Row, Uuid, query, queued


class ChainHeadRow(Row):
    audit_seq: int
    audit_hash: str


class TakenRow(Row):
    audit_seq: int
    audit_hash: str
    event_seq: int


class AuditRow(Row):
    id: Uuid
    seq: int
    timestamp: datetime
    action: str
    actor_id: str
    target_type: str
    target_id: str
    outcome: str
    details: Json | None
    request_id: str
    ip: str | None
    auth_method: str
    redacted: bool
    prev_hash: str
    entry_hash: str


class ChainRow(Row):
    id: Uuid
    seq: int
    timestamp: datetime
    action: str
    actor_id: str
    target_type: str
    target_id: str
    outcome: str
    details: LongText | None
    request_id: str
    ip: str | None
    auth_method: str
    credential_id: Uuid | None
    redacted: bool
    prev_hash: str
    entry_hash: str
    details_salt: str | None
    details_hash: str


@queued
def insert_head(tx: WriteTransaction, *, workspace_id: str, audit_hash: str) -> None: ...


@queued
def take_seqs(tx: WriteTransaction, *, workspace_id: str, events: int) -> None: ...


@query
async def read_taken_seqs(tx: ReadTransaction, *, workspace_id: str) -> TakenRow: ...


@queued
def set_audit_head(tx: WriteTransaction, *, workspace_id: str, entry_hash: str) -> None: ...


@query
async def read_audit_head(tx: ReadTransaction, *, workspace_id: str) -> ChainHeadRow | None: ...


@queued
def insert_audit(
    tx: WriteTransaction,
    *,
    entry_id: str,
    workspace_id: str,
    action: str,
    actor_id: str,
    details: str | None,
    timestamp: datetime,
    seq: int,
    prev_hash: str,
    entry_hash: str,
    details_salt: str,
    details_hash: str,
    target_type: str,
    target_id: str,
    outcome: str,
    request_id: str,
    ip: str | None,
    auth_method: str,
    credential_id: str | None,
) -> None: ...


@query
async def read_chain(
    tx: ReadTransaction, *, workspace_id: str, after_seq: int, page_size: int
) -> Page[ChainRow]: ...


@query
async def list_audit(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    since: datetime | None,
    until: datetime | None,
    outcome: str | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...


@query
async def list_audit_by_actor(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    actor_id: str,
    action: str | None,
    target_type: str | None,
    target_id: str | None,
    since: datetime | None,
    until: datetime | None,
    outcome: str | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...


@query
async def list_audit_by_target(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    target_type: str,
    target_id: str,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    outcome: str | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...


@query
async def list_audit_by_action(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    action: str,
    target_type: str | None,
    since: datetime | None,
    until: datetime | None,
    outcome: str | None,
    before_seq: int,
    page_size: int,
) -> Page[AuditRow]: ...
