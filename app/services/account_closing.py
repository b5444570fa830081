"""What follows when an account is closed: a job's work, in batches that end with a commit each.

The account is closed at once, by whoever closes it. This goes on from the step and the place that the last
batch has left, also after a kill.

A workspace whose last OWNER is stopped has nobody who may act for it. That is allowed, because whoever is to
be stopped must be; and it is told: in the service's log as a warning, and in the log of the workspace, which
its ADMINs read. An OWNER is then appointed by the organisation, or with ``scripts/admin.py grant_owner``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

import msgspec

from app.core.caller import Origin, Tools
from app.core.text import KEY_SEPARATOR
from app.db.connection import Database, WriteTransaction
from app.db.handles import account_closing as db
from app.db.handles.account_closing import ClosingRow, OwnedRow
from app.db.handles.jobs import DueJobRow
from app.db.handles.org_members import get_org_owner
from app.db.handles.scim_people import OwnedInRow, is_stopped, list_owned_in_organization
from app.db.handles.workspaces import lock_workspace
from app.kernel import audit
from app.kernel.jobs import NO_WORKSPACE, JobKind, enqueue
from app.kernel.platform_audit import Chain, record_on
from app.services import erasure_steps, scim_people

log = logging.getLogger(__name__)
_AT_ONCE = timedelta(seconds=30)
"""So long one job works; another goes on, before this one's lease ends."""
_BATCH = 20
_BY = "outbox"
Step = Callable[[WriteTransaction, Tools, ClosingRow], Awaitable[str | None]]
"""Does a batch after the closing's place; answers where the next one begins, None when all is done."""


async def close_account(
    tx: WriteTransaction,
    tools: Tools,
    *,
    user_id: str,
    traces: Sequence[str] | None = None,
    addresses: Sequence[str] = (),
    delay: timedelta = timedelta(0),
) -> None:
    """Has the rest done once ``tx`` has committed, after ``delay``. The account is locked, and stopped in
    ``tx``. ``traces`` are what an erasure is to leave nowhere; None where it is none. By ``addresses``, those
    of them that are known to be the person's, it deletes what others have made."""
    closing_id = tools.new_id()
    db.insert_closing(
        tx,
        closing_id=closing_id,
        account_id=user_id,
        step=next(iter(_STEPS)),
        place="",
        traces=None if traces is None else msgspec.json.encode(traces).decode(),
        addresses=None if traces is None else msgspec.json.encode(addresses).decode(),
        now=tools.clock(),
    )
    await enqueue(tx, tools, JobKind.CLOSING, workspace_id=NO_WORKSPACE, target_id=closing_id, delay=delay)


async def carry_on(database: Database, tools: Tools, job: DueJobRow) -> None:
    """A job: batch after batch."""
    until = tools.monotonic() + _AT_ONCE.total_seconds()
    while not await database.transact(partial(_batch, tools=tools, closing_id=job.target_id)):
        if tools.monotonic() >= until:
            async with database.write() as tx:
                await enqueue(tx, tools, JobKind.CLOSING, workspace_id=NO_WORKSPACE, target_id=job.target_id)
            return


async def _batch(tx: WriteTransaction, *, tools: Tools, closing_id: str) -> bool:
    """Whether that was the last."""
    db.lock_closing(tx, closing_id=closing_id)
    closing = await db.read_closing(tx, closing_id=closing_id)
    if closing is None:
        return True
    if closing.step in _OF_DIRECTORIES:
        steps = [closing.step]
    else:
        steps = list(_STEPS if closing.traces is None else _STEPS | _OF_AN_ERASURE)
    place = await (_STEPS | _OF_AN_ERASURE | _OF_DIRECTORIES)[closing.step](tx, tools, closing)
    if place is not None:
        db.move_closing(tx, closing_id=closing_id, step=closing.step, place=place)
        return False
    later = steps[steps.index(closing.step) + 1 :]
    if later:
        db.move_closing(tx, closing_id=closing_id, step=later[0], place="")
        return False
    db.delete_closing(tx, closing_id=closing_id)
    return True


async def _tell_workspaces(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    if closing.status == "ACTIVE":
        return None  # put back meanwhile
    rows = await db.list_owned_workspaces(
        tx, account_id=closing.user_id, after_key=closing.place, page_size=_BATCH
    )
    await _tell_of_each(tx, tools, closing.user_id, rows)
    return rows[-1].list_key if len(rows) == _BATCH else None


async def _tell_of_each(
    tx: WriteTransaction, tools: Tools, user_id: str, rows: Sequence[OwnedRow | OwnedInRow]
) -> None:
    told = sorted(rows, key=lambda each: each.place_id)
    # Under their guard rows: whoever is taking the role from another OWNER has done so, or comes later and
    # finds that nobody is left. All of them before the head of the first log.
    for row in told:
        lock_workspace(tx, workspace_id=row.place_id)
    for row in told:
        if not await db.is_without_owner(tx, workspace_id=row.place_id):
            continue
        log.warning("a workspace has no OWNER who may act", extra={"workspace_id": row.place_id})
        await audit.record_by_service(
            tx,
            tools,
            service=_BY,
            workspace_id=row.place_id,
            action="workspace.without_owner",
            target_type="member",
            target_id=row.member_id,
            details={"user_id": user_id},
        )


async def _tell_organizations(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """An organisation has one OWNER."""
    if closing.status == "ACTIVE":
        return None
    rows = await db.list_owned_organizations(
        tx, account_id=closing.user_id, after_key=closing.place, page_size=_BATCH
    )
    for row in sorted(rows, key=lambda each: each.place_id):
        await _tell_of_organization(tx, tools, closing.user_id, row.place_id)
    return rows[-1].list_key if len(rows) == _BATCH else None


async def _tell_of_organization(tx: WriteTransaction, tools: Tools, user_id: str, org_id: str) -> None:
    log.warning("an organisation has no OWNER who may act", extra={"org_id": org_id})
    await record_on(
        tx,
        Origin(tools.new_id(), None),
        tools,
        chain=Chain.ORGANIZATION,
        chain_id=org_id,
        action="organization.without_owner",
        actor_id=f"service:{_BY}",
        target_type="user",
        target_id=user_id,
        auth_method="service",
    )


async def _tell_of_stop(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """In the workspaces of the organisation that the place begins with, and at last in its own log."""
    org_id, _, after_key = closing.place.partition(KEY_SEPARATOR)
    if not await is_stopped(tx, org_id=org_id, account_id=closing.user_id):
        return None  # put back meanwhile
    rows = await list_owned_in_organization(
        tx, org_id=org_id, account_id=closing.user_id, after_key=after_key, page_size=_BATCH
    )
    if len(rows) == _BATCH:
        await _tell_of_each(tx, tools, closing.user_id, rows)
        return f"{org_id}{KEY_SEPARATOR}{rows[-1].list_key}"
    for row in sorted(rows, key=lambda each: each.place_id):
        lock_workspace(tx, workspace_id=row.place_id)
    owner = await get_org_owner(tx, org_id=org_id)
    if owner is not None and owner.user_id == closing.user_id:
        await _tell_of_organization(tx, tools, closing.user_id, org_id)
    await _tell_of_each(tx, tools, closing.user_id, rows)
    return None


_STEPS: dict[str, Step] = {"workspaces": _tell_workspaces, "organizations": _tell_organizations}
_OF_AN_ERASURE: dict[str, Step] = {
    "sessions": erasure_steps.sessions,
    "exports": erasure_steps.exports,
    "workspace members": erasure_steps.workspace_members,
    "organization members": erasure_steps.organization_members,
    "notifications": erasure_steps.notifications,
    "directories": erasure_steps.directories,
    "invitations": erasure_steps.invitations,
    "credentials": erasure_steps.credentials,
    "own answers": erasure_steps.own_answers,
    "others' answers": erasure_steps.others_answers,
    "workspace logs": erasure_steps.workspace_logs,
    "other logs by": erasure_steps.other_logs_by,
    "other logs about": erasure_steps.other_logs_about,
}
_OF_DIRECTORIES: dict[str, Step] = {
    scim_people.STOPPED: _tell_of_stop,
    scim_people.CLAIMED: scim_people.let_go,
}
"""In this order; their names are stored. Those of directories are by themselves."""
