"""Handles of sql/queries/notifications.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class NotificationRow(Row):
    id: Uuid
    workspace_id: Uuid
    workspace_name: str
    type: str
    reason: str
    actor_id: str | None
    actor_name: str | None
    object_type: str
    object_id: str
    project_id: Uuid | None
    project_key: str | None
    project_name: str | None
    task_id: Uuid | None
    task_number: int | None
    task_title: str | None
    due_at: datetime | None
    invitation_id: Uuid | None
    state: str
    created_at: datetime


class MadeRow(Row):
    id: Uuid
    account_id: str


class WatchedRow(Row):
    task_id: Uuid
    account_id: str


class ProjectHearerRow(Row):
    project_id: Uuid
    account_id: str


class MentionedRow(Row):
    comment_id: Uuid
    account_id: str


class MemberIdRow(Row):
    id: Uuid
    account_id: str


class TransferSidesRow(Row):
    id: Uuid
    from_user: str
    to_user: str


class InvitedRow(Row):
    id: Uuid
    account_id: str


class ApprovalSidesRow(Row):
    id: Uuid
    author_id: str
    submitted_by: str


class AdminRow(Row):
    account_id: str


class UploaderRow(Row):
    id: Uuid
    account_id: str


class WishRow(Row):
    account_id: str
    channels: str | None
    digest: str | None
    is_muted: bool


class DueSoonRow(Row):
    workspace_id: Uuid
    task_id: Uuid
    project_id: Uuid
    assignee_id: str
    due_key: str


@query
async def list_notifications(
    tx: ReadTransaction,
    *,
    user_id: str,
    channel: str,
    of_workspace: str | None,
    of_org: str | None,
    state: str | None,
    email_key: str | None,
    now: datetime,
    after_key: str,
    before_key: str,
    page_size: int,
) -> list[NotificationRow]: ...


@query
async def get_notification(
    tx: ReadTransaction,
    *,
    user_id: str,
    notification_id: str,
    of_org: str | None,
    email_key: str | None,
    now: datetime,
) -> NotificationRow | None: ...


@query
async def count_unread(
    tx: ReadTransaction,
    *,
    user_id: str,
    of_workspace: str | None,
    of_org: str | None,
    email_key: str | None,
    now: datetime,
    most: int,
) -> int: ...


@query
async def set_notification_state(
    tx: WriteTransaction, *, user_id: str, notification_id: str, state: str
) -> int: ...


@query
async def read_notifications(
    tx: WriteTransaction, *, user_id: str, of_workspace: str | None, of_org: str | None, until_key: str
) -> int: ...


@queued
def insert_notifications(tx: WriteTransaction, *, workspace_id: str, told: str, now: datetime) -> None: ...


@query
async def list_inserted(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[MadeRow]: ...


@query
async def list_watchers_of_tasks(
    tx: ReadTransaction, *, workspace_id: str, tasks: str
) -> list[WatchedRow]: ...


@query
async def list_members_of_projects(
    tx: ReadTransaction, *, workspace_id: str, projects: str
) -> list[ProjectHearerRow]: ...


@query
async def list_mentioned(tx: ReadTransaction, *, workspace_id: str, comments: str) -> list[MentionedRow]: ...


@query
async def list_members_by_id(
    tx: ReadTransaction, *, workspace_id: str, members: str
) -> list[MemberIdRow]: ...


@query
async def list_transfer_sides(
    tx: ReadTransaction, *, workspace_id: str, transfers: str
) -> list[TransferSidesRow]: ...


@query
async def list_invited_accounts(
    tx: ReadTransaction, *, workspace_id: str, invitations: str
) -> list[InvitedRow]: ...


@query
async def list_uploaders(tx: ReadTransaction, *, workspace_id: str, files: str) -> list[UploaderRow]: ...


@query
async def list_sides_of_approvals(
    tx: ReadTransaction, *, workspace_id: str, requests: str
) -> list[ApprovalSidesRow]: ...


@query
async def list_admins(tx: ReadTransaction, *, workspace_id: str) -> list[AdminRow]: ...


@query
async def list_wishes(tx: ReadTransaction, *, workspace_id: str, people: str) -> list[WishRow]: ...


@query
async def list_due_soon(
    tx: ReadTransaction, *, after_key: str, until_key: str, page_size: int
) -> list[DueSoonRow]: ...


@query
async def delete_notifications_of_member(
    tx: WriteTransaction, *, workspace_id: str, account_id: str, batch: int
) -> int: ...


@queued
def delete_mute(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...


@query
async def delete_old_notifications(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def delete_notifications_of_account(tx: WriteTransaction, *, account_id: str, batch: int) -> int: ...
