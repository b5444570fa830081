"""Handles of sql/queries/invitations.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class InvitationRow(Row):
    id: Uuid
    email: str
    role: str
    state: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class FoundInvitationRow(Row):
    id: Uuid
    workspace_id: Uuid | None
    org_id: Uuid | None
    email_key: str
    role: str
    state: str
    invited_by: str
    expires_at: datetime


class MyInvitationRow(Row):
    id: Uuid
    workspace_id: Uuid | None
    org_id: Uuid | None
    name: str
    role: str
    created_at: datetime
    expires_at: datetime


@queued
def insert_workspace_invitation(
    tx: WriteTransaction,
    *,
    invitation_id: str,
    workspace_id: str,
    email: str,
    email_key: str,
    role: str,
    token_hash: str,
    invited_by: str,
    now: datetime,
    expires_at: datetime,
    list_key: str,
) -> None: ...


@queued
def insert_org_invitation(
    tx: WriteTransaction,
    *,
    invitation_id: str,
    org_id: str,
    email: str,
    email_key: str,
    role: str,
    token_hash: str,
    invited_by: str,
    now: datetime,
    expires_at: datetime,
    list_key: str,
) -> None: ...


@query
async def get_workspace_invitation(
    tx: ReadTransaction, *, workspace_id: str, invitation_id: str, now: datetime
) -> InvitationRow | None: ...


@query
async def get_org_invitation(
    tx: ReadTransaction, *, org_id: str, invitation_id: str, now: datetime
) -> InvitationRow | None: ...


@query
async def list_workspace_invitations(
    tx: ReadTransaction, *, workspace_id: str, pending: bool, now: datetime, after_key: str, page_size: int
) -> list[InvitationRow]: ...


@query
async def list_org_invitations(
    tx: ReadTransaction, *, org_id: str, pending: bool, now: datetime, after_key: str, page_size: int
) -> list[InvitationRow]: ...


@queued
def expire_workspace_invitation(
    tx: WriteTransaction, *, workspace_id: str, email_key: str, now: datetime
) -> None: ...


@queued
def expire_org_invitation(tx: WriteTransaction, *, org_id: str, email_key: str, now: datetime) -> None: ...


@query
async def renew_invitation(
    tx: WriteTransaction,
    *,
    invitation_id: str,
    token_hash: str,
    invited_by: str,
    now: datetime,
    expires_at: datetime,
) -> int: ...


@query
async def end_invitation(
    tx: WriteTransaction, *, invitation_id: str, state: str, ended_by: str, now: datetime
) -> int: ...


@query
async def find_invitation_by_token(
    tx: ReadTransaction, *, token_hash: str, now: datetime
) -> FoundInvitationRow | None: ...


@query
async def find_invitation(
    tx: ReadTransaction, *, invitation_id: str, now: datetime
) -> FoundInvitationRow | None: ...


@query
async def list_invitations_of_address(
    tx: ReadTransaction, *, email_key: str, now: datetime, after_key: str, page_size: int
) -> list[MyInvitationRow]: ...
