"""Handles of sql/queries/erasure.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class TracesRow(Row):
    email: str | None
    display_name: str | None
    directory_name: str | None
    name: str | None
    email_key: str | None
    version: int


class MembershipRow(Row):
    place_id: Uuid
    member_id: Uuid
    list_key: str


class ActedRow(Row):
    id: Uuid
    has_more: bool


class ErasedInvitationRow(Row):
    id: Uuid
    of_workspace: Uuid | None


class AnsweredRow(Row):
    user_id: str


class AnswerRow(Row):
    idempotency_key: str
    body: LongText


@queued
def erase_account(tx: WriteTransaction, *, account_id: str, now: datetime) -> None: ...


@queued
def forget_expected(tx: WriteTransaction, *, account_id: str, now: datetime) -> None: ...


class ConnectionAccountRow(Row):
    workspace_id: Uuid
    provider: str
    account: str | None


@query
async def list_connection_accounts(
    tx: ReadTransaction, *, after_id: str, page_size: int
) -> list[ConnectionAccountRow]: ...


@query
async def read_traces(tx: ReadTransaction, *, account_id: str) -> TracesRow | None: ...


@queued
def erase_profile(tx: WriteTransaction, *, account_id: str) -> None: ...


@queued
def erase_password(tx: WriteTransaction, *, account_id: str) -> None: ...


@queued
def erase_reasons(tx: WriteTransaction, *, account_id: str) -> None: ...


@query
async def erase_refresh_tokens(tx: WriteTransaction, *, account_id: str, batch: int) -> int: ...


@query
async def list_memberships(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[MembershipRow]: ...


@query
async def list_org_memberships(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> list[MembershipRow]: ...


@queued
def erase_member_name(
    tx: WriteTransaction, *, workspace_id: str, member_id: str, member_key: str, now: datetime
) -> None: ...


@queued
def erase_org_member_name(
    tx: WriteTransaction, *, org_id: str, member_id: str, member_key: str, now: datetime
) -> None: ...


@query
async def list_workspaces_acted_in(
    tx: ReadTransaction, *, account_id: str, after_id: str, page_size: int
) -> list[ActedRow]: ...


@query
async def redact_by_actor(tx: WriteTransaction, *, workspace_id: str, account_id: str, batch: int) -> int: ...


@queued
def redact_by_target(
    tx: WriteTransaction, *, workspace_id: str, target_type: str, target_id: str
) -> None: ...


@query
async def redact_platform_by_actor(tx: WriteTransaction, *, account_id: str, batch: int) -> int: ...


@query
async def redact_platform_by_target(tx: WriteTransaction, *, target_id: str, batch: int) -> int: ...


@query
async def list_invitations_to_erase(
    tx: ReadTransaction, *, email_key: str, page_size: int
) -> list[ErasedInvitationRow]: ...


@queued
def erase_invitation(tx: WriteTransaction, *, invitation_id: str) -> None: ...


@query
async def erase_own_answers(tx: WriteTransaction, *, account_id: str, batch: int) -> int: ...


@query
async def find_next_answered(tx: ReadTransaction, *, after_user: str) -> AnsweredRow | None: ...


@query
async def list_answers(
    tx: ReadTransaction, *, account_id: str, after_key: str, page_size: int
) -> Page[AnswerRow]: ...


@queued
def set_answer(tx: WriteTransaction, *, account_id: str, idempotency_key: str, body: str) -> None: ...
