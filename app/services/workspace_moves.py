"""A workspace moves into an organisation, or out of it, when its OWNER and the organisation's ADMIN agree:
one asks, the other accepts within 14 days.

Asking and refusing hold the guard row of the side that does it; accepting holds the organisation's and then
the workspace's. What ends a move is one compare-and-set on its row, so of an acceptance and a cancellation
one counts. Each step is on the organisation's chain and in the workspace's log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from app.core.caller import Caller, Passage, Tools
from app.core.errors import BusinessRule, InviterMayNot, MoveEnded, MoveNotFound, WorkspaceNotFound
from app.core.permissions import OrgRole, Role, Status
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workspace_moves as db
from app.db.handles.org_workspaces import find_org_workspace
from app.db.handles.organizations import lock_organization
from app.db.handles.workspace_moves import MovableRow, WorkspaceMoveRow
from app.db.handles.workspaces import lock_workspace, move_workspace
from app.db.paging import Asked, Found
from app.kernel import audit, usage
from app.kernel.access import enter, enter_to_change, require_in_work
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.kernel.platform_audit import record_for_organization

START = "~"
"""Sorts after every list key: the newest comes first."""
LIFETIME = timedelta(days=14)
Answer = Literal["accept", "decline", "cancel"]
_STATES = {"accept": "ACCEPTED", "decline": "DECLINED", "cancel": "CANCELLED"}
_ACTIONS = {
    "accept": "workspace.moved",
    "decline": "workspace.move_declined",
    "cancel": "workspace.move_cancelled",
}


@dataclass(frozen=True, slots=True)
class Side:
    """Of a move: the workspace, for which an OWNER speaks, or the organisation, for which an ADMIN does."""

    kind: Literal["workspace", "organization"]
    id: str


async def ask_as_workspace(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, org_id: str | None
) -> WorkspaceMoveRow:
    """Asks an organisation that the caller is in to take the workspace in; with None, the one it is of to let
    it go. Raises ``MoveExists``, through the table's unique index, while a move waits, ``BusinessRule`` where
    there is nothing to move, and ``OrganizationNotFound``."""
    hold_accounts(tx, caller.user_id)
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workspace.move")
    if org_id is None and access.org_id is None:
        raise BusinessRule("This workspace is of no organisation.")
    if org_id is not None and access.org_id is not None:
        raise BusinessRule("This workspace is of an organisation. It is moved out first.")
    target = org_id or str(access.org_id)
    if org_id is not None:
        await enter_organization(tx, caller, org_id=org_id, operation="workspace.move")
    return await _ask(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        workspace_name=access.name,
        org_id=target,
        direction="out" if org_id is None else "in",
        side="workspace",
    )


async def ask_as_organization(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    workspace_id: str,
    direction: Literal["in", "out"],
) -> WorkspaceMoveRow:
    """Asks a workspace that the caller is in to come into the organisation, or one that is its to go. Raises
    as ``ask_as_workspace``, and ``WorkspaceNotFound``."""
    operation = "workspace.move"
    hold_accounts(tx, caller.user_id)
    await enter_organization_to_change(tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN)
    lock_workspace(tx, workspace_id=workspace_id)
    if direction == "in":
        access = await enter(tx, caller, workspace_id=workspace_id, operation="workspace.move_in")
        if access.org_id is not None:
            raise BusinessRule("This workspace is of an organisation. It is moved out first.")
        name = access.name
    else:
        row = await find_org_workspace(tx, org_id=org_id, workspace_id=workspace_id, user_id=caller.user_id)
        if row is None:
            raise WorkspaceNotFound("This organisation has no such workspace.")
        require_in_work(Status(row.status), Status.ACTIVE)
        name = row.name
    return await _ask(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        workspace_name=name,
        org_id=org_id,
        direction=direction,
        side="organization",
    )


async def list_moves(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, *, side: Side, pending: bool
) -> Found[str]:
    """The newest first, those that ended too; with ``pending`` only those that wait."""
    page: dict[str, Any] = {
        "pending": pending,
        "now": now,
        "before_key": asked.place,
        "page_size": asked.page_size,
    }
    operation = "workspace.list_moves"
    if side.kind == "workspace":
        await enter(tx, caller, workspace_id=side.id, operation=operation)
        rows = await db.list_workspace_moves(tx, workspace_id=side.id, **page)
    else:
        await enter_organization(tx, caller, org_id=side.id, operation=operation, minimum=OrgRole.ADMIN)
        rows = await db.list_org_moves(tx, org_id=side.id, **page)
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def answer_move(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, side: Side, move_id: str, answer: Answer
) -> WorkspaceMoveRow:
    """``accept`` and ``decline`` are the other side's, ``cancel`` is for the side that asked: the rest is
    ``BusinessRule``. Raises ``MoveNotFound``, ``MoveEnded``, and for an acceptance ``InviterMayNot`` where
    whoever asked may not any more, ``LimitExceeded``, and ``Held`` where either is not in work."""
    now = tools.clock()
    if answer == "accept" and (known := await _get(tx, side, move_id, now)) is not None:
        # In the order of locks the organisation's comes first; whose move it is never changes.
        lock_organization(tx, org_id=known.org_id)
    await _enter_to_answer(tx, caller, side, f"workspace.move_{answer}")
    row = await _get(tx, side, move_id, now)
    if row is None:
        raise MoveNotFound
    if (row.asked_side == side.kind) is not (answer == "cancel"):
        raise BusinessRule("The side that asked cancels, the other one accepts or declines.")
    if answer == "accept":
        lock_workspace(tx, workspace_id=row.workspace_id)
        await _require_movable(tx, row)
    if not await db.end_move(
        tx,
        workspace_id=row.workspace_id,
        move_id=move_id,
        state=_STATES[answer],
        ended_by=caller.user_id,
        now=now,
    ):
        raise MoveEnded(details={"state": row.state})
    if answer == "accept":
        await _move(tx, row, now)
        if row.direction == "out" and caller.org_id is not None:
            # The workspace is out of reach for a token of this organisation from now on.
            operation = "workspace.move_accept"
            caller.passages.only(Passage("org", row.org_id, operation, OrgRole.MEMBER))
    ended = await _get(tx, side, move_id, now) or row
    await _record(tx, caller, tools, ended, _ACTIONS[answer])
    return ended


async def _enter_to_answer(tx: WriteTransaction, caller: Caller, side: Side, operation: str) -> None:
    if side.kind == "workspace":
        await enter_to_change(tx, caller, workspace_id=side.id, operation=operation)
    else:
        await enter_organization_to_change(
            tx, caller, org_id=side.id, operation=operation, minimum=OrgRole.ADMIN
        )


async def _ask(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    workspace_name: str,
    org_id: str,
    direction: str,
    side: str,
) -> WorkspaceMoveRow:
    now, move_id = tools.clock(), tools.new_id()
    db.expire_moves(tx, workspace_id=workspace_id, now=now)
    move = WorkspaceMoveRow(
        id=move_id,
        workspace_id=workspace_id,
        org_id=org_id,
        workspace_name=workspace_name,
        org_name=await db.read_org_name(tx, org_id=org_id),
        direction=direction,
        asked_side=side,
        asked_by=caller.user_id,
        state="PENDING",
        created_at=now,
        expires_at=now + LIFETIME,
        ended_at=None,
        ended_by=None,
    )
    db.insert_move(
        tx,
        move_id=move_id,
        workspace_id=workspace_id,
        org_id=org_id,
        workspace_name=workspace_name,
        org_name=move.org_name,
        direction=direction,
        asked_side=side,
        asked_by=caller.user_id,
        now=now,
        expires_at=move.expires_at,
        list_key=moment_key(now, move_id),
    )
    await _record(tx, caller, tools, move, "workspace.move_asked")
    return move


async def _require_movable(tx: ReadTransaction, row: WorkspaceMoveRow) -> None:
    """Under both guard rows: the workspace is where it was, both are in work, and whoever asked still speaks
    for their side."""
    if row.state != "PENDING":
        raise MoveEnded(details={"state": row.state})
    found = await db.find_workspace_to_move(
        tx, workspace_id=row.workspace_id, org_id=row.org_id, asked_by=row.asked_by
    )
    if found is None:
        raise WorkspaceNotFound
    require_in_work(Status(found.status), Status(found.org_status))
    if found.org_id != (None if row.direction == "in" else row.org_id):
        raise MoveEnded("The workspace has been moved meanwhile.")
    if not _speaks(found, row.asked_side):
        raise InviterMayNot("Whoever asked for this may not decide it any more. Ask again.")


def _speaks(found: MovableRow, side: str) -> bool:
    if found.asker_status != "ACTIVE":
        return False
    if side == "workspace":
        return found.asker_role == Role.OWNER
    return found.asker_org_role in (OrgRole.ADMIN, OrgRole.OWNER)


async def _move(tx: WriteTransaction, row: WorkspaceMoveRow, now: datetime) -> None:
    if row.direction == "in":
        await move_workspace(tx, workspace_id=row.workspace_id, org_id=row.org_id, now=now)
        await usage.take_workspace(tx, row.org_id, row.workspace_id)
    else:
        await move_workspace(tx, workspace_id=row.workspace_id, org_id=None, now=now)
        await usage.free_workspace(tx, row.org_id, row.workspace_id)


async def _get(tx: ReadTransaction, side: Side, move_id: str, now: datetime) -> WorkspaceMoveRow | None:
    if side.kind == "workspace":
        return await db.get_workspace_move(tx, workspace_id=side.id, move_id=move_id, now=now)
    return await db.get_org_move(tx, org_id=side.id, move_id=move_id, now=now)


async def _record(
    tx: WriteTransaction, caller: Caller, tools: Tools, move: WorkspaceMoveRow, action: str
) -> None:
    details = {
        "move_id": move.id,
        "org_id": move.org_id,
        "direction": move.direction,
        "asked_side": move.asked_side,
    }
    await record_for_organization(
        tx,
        caller,
        tools,
        org_id=move.org_id,
        action=action,
        target_type="workspace",
        target_id=move.workspace_id,
        details=details,
    )
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=move.workspace_id,
        action=action,
        target_type="workspace",
        target_id=move.workspace_id,
        details=details,
    )
