"""What an erasure takes out of every table, batch by batch; ``account_closing`` runs it after the account
was closed.

What was told of the person lies in lists (names), in logs (details and addresses of entries by and about
them, whose digests stay, so that every chain still verifies), in invitations to their address, and in answers
that are kept for retries, also of other people's requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from app.core.caller import Tools
from app.core.mail_links import EVERYTHING, INVITATIONS, address_hash
from app.core.text import KEY_SEPARATOR, email_key, fold, member_key
from app.db.connection import WriteTransaction
from app.db.handles import erasure as db
from app.db.handles.account_closing import ClosingRow
from app.db.handles.browser_sessions import end_browser_sessions
from app.db.handles.connections import delete_connection
from app.db.handles.notification_preferences import delete_preferences
from app.db.handles.notifications import delete_notifications_of_account
from app.db.handles.organizations import lock_organization
from app.db.handles.outbound_mail import delete_mail_of_account, unblock_address
from app.db.handles.push_subscriptions import delete_subscriptions_of_account
from app.db.handles.scim_people import list_links_of_account
from app.db.handles.scim_users import find_scim_user
from app.db.handles.workspaces import lock_workspace
from app.kernel import audit
from app.kernel.jobs import NO_WORKSPACE
from app.kernel.memberships import end_of_membership
from app.services import scim_users
from app.services.data_exports import end_exports

_BATCH = 500
_PAGE = 20


async def sessions(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    await end_browser_sessions(tx, user_id=closing.user_id)
    return _more(await db.erase_refresh_tokens(tx, account_id=closing.user_id, batch=_BATCH))


async def exports(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Files that were made for the person."""
    return "more" if await end_exports(tx, tools, user_id=closing.user_id) else None


async def notifications(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """What they were told and sent, and how they wanted to be."""
    delete_preferences(tx, account_id=closing.user_id)
    for hashed in sorted({address_hash(each) for each in addresses_of(closing)}):
        for covers in (EVERYTHING, INVITATIONS):
            unblock_address(tx, address_hash=hashed, covers=covers)
    delete_subscriptions_of_account(tx, account_id=closing.user_id)
    told = await delete_notifications_of_account(tx, account_id=closing.user_id, batch=_BATCH)
    sent = await delete_mail_of_account(tx, account_id=closing.user_id, batch=_BATCH)
    return _more(max(told, sent))


async def workspace_members(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Their names in workspaces, what they held there, and what the logs tell of their memberships."""
    user_id, now = closing.user_id, tools.clock()
    rows = await db.list_memberships(tx, account_id=user_id, after_key=closing.place, page_size=_PAGE)
    for row in rows:
        db.erase_member_name(
            tx,
            workspace_id=row.place_id,
            member_id=row.member_id,
            member_key=member_key(None, user_id),
            now=now,
        )
        await end_of_membership(tx, tools, workspace_id=row.place_id, user_id=user_id)
        for target in (("member", row.member_id), ("user", user_id)):
            db.redact_by_target(tx, workspace_id=row.place_id, target_type=target[0], target_id=target[1])
    return rows[-1].list_key if len(rows) == _PAGE else None


async def organization_members(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    user_id, now = closing.user_id, tools.clock()
    rows = await db.list_org_memberships(tx, account_id=user_id, after_key=closing.place, page_size=_PAGE)
    for row in rows:
        db.erase_org_member_name(
            tx,
            org_id=row.place_id,
            member_id=row.member_id,
            member_key=member_key(None, user_id),
            now=now,
        )
    return rows[-1].list_key if len(rows) == _PAGE else None


async def directories(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """What directories told of the person, one after the other. One that tells of them again keeps that, for
    no account."""
    links = await list_links_of_account(tx, account_id=closing.user_id, page_size=1)
    for row in links:
        place = {"org_id": row.org_id, "connection_id": row.connection_id, "scim_user_id": row.id}
        lock_organization(tx, org_id=row.org_id)
        if await find_scim_user(tx, **place) is not None:  # its directory may have been first
            scim_users.forget(tx, **place)
    return "more" if links else None


async def workspace_logs(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Entries by the person, in whatever workspace: they may have left it long ago."""
    place, left = closing.place or NO_WORKSPACE, _BATCH
    rows = await db.list_workspaces_acted_in(tx, account_id=closing.user_id, after_id=place, page_size=_BATCH)
    for row in rows:
        if row.has_more:
            done = await db.redact_by_actor(tx, workspace_id=row.id, account_id=closing.user_id, batch=left)
            left -= done
            if left <= 0:
                return place
        place = row.id
    return place if len(rows) == _BATCH else None


async def other_logs_by(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    return _more(await db.redact_platform_by_actor(tx, account_id=closing.user_id, batch=_BATCH))


async def other_logs_about(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    return _more(await db.redact_platform_by_target(tx, target_id=closing.user_id, batch=_BATCH))


async def invitations(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Whatever was sent to their addresses, with what the logs tell of it."""
    left = _PAGE
    for key in sorted({email_key(each) for each in addresses_of(closing)}):
        rows = await db.list_invitations_to_erase(tx, email_key=key, page_size=left)
        for row in rows:
            if row.of_workspace is None:
                await db.redact_platform_by_target(tx, target_id=row.id, batch=_BATCH)
            else:
                db.redact_by_target(
                    tx, workspace_id=row.of_workspace, target_type="invitation", target_id=row.id
                )
            db.erase_invitation(tx, invitation_id=row.id)
        left -= len(rows)
        if left <= 0:
            return "more"
    return None


async def credentials(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Workspaces' own credentials for other systems that are of the person's account there: without its name
    none of them signs in."""
    keys = {email_key(each) for each in addresses_of(closing)}
    rows = await db.list_connection_accounts(tx, after_id=closing.place or NO_WORKSPACE, page_size=_BATCH)
    own = [row for row in rows if row.account is not None and email_key(row.account) in keys]
    for workspace_id in sorted({row.workspace_id for row in own}):
        lock_workspace(tx, workspace_id=workspace_id)
    for row in own:
        delete_connection(tx, workspace_id=row.workspace_id, provider=row.provider)
    for row in own:
        await audit.record_by_service(
            tx,
            tools,
            service="erasure",
            workspace_id=row.workspace_id,
            action="connection.removed",
            target_type="connection",
            target_id=row.provider,
        )
        db.redact_by_target(
            tx, workspace_id=row.workspace_id, target_type="connection", target_id=row.provider
        )
    if len(rows) < _BATCH:
        return None
    # The page may have ended amid a workspace's few: that one is read again.
    return next(row.workspace_id for row in reversed(rows) if row.workspace_id != rows[-1].workspace_id)


async def own_answers(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    return _more(await db.erase_own_answers(tx, account_id=closing.user_id, batch=_BATCH))


async def others_answers(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """Answers that are kept for retries of other people: one after the other, and what each was answered."""
    who, _, after_key = closing.place.partition(KEY_SEPARATOR)
    left, known = _BATCH, traces_of(closing)
    while True:
        if not after_key:
            found = await db.find_next_answered(tx, after_user=who)
            if found is None:
                return None
            who = found.user_id
        rows = await db.list_answers(tx, account_id=who, after_key=after_key, page_size=left)
        for row in rows:
            if (body := without(row.body, known)) != row.body:
                db.set_answer(tx, account_id=who, idempotency_key=row.idempotency_key, body=body)
        has_more = rows.is_cut or len(rows) == left
        after_key = rows[-1].idempotency_key if has_more else ""
        left -= len(rows)
        if left <= 0 or rows.is_cut:
            return f"{who}{KEY_SEPARATOR}{after_key}"


def traces_of(closing: ClosingRow) -> Sequence[str]:
    return msgspec.json.decode(closing.traces or "[]", type=list[str])


def addresses_of(closing: ClosingRow) -> Sequence[str]:
    """Those that are known to be the person's: by another's nothing of others is deleted."""
    return msgspec.json.decode(closing.addresses or "[]", type=list[str])


def without(body: str, traces: Sequence[str]) -> str:
    """The JSON document with null in the place of each text that is one of ``traces``, in whatever case."""
    known, folded = frozenset(map(fold, traces)), body.casefold()
    if not any(msgspec.json.encode(trace).decode()[1:-1] in folded for trace in known):
        return body
    return msgspec.json.encode(_without(msgspec.json.decode(body), known)).decode()


def _without(value: Any, known: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [_without(item, known) for item in value]
    return None if isinstance(value, str) and fold(value) in known else value


def _more(count: int) -> str | None:
    """Whether a batch was full: there may be more, wherever it is."""
    return "more" if count >= _BATCH else None
