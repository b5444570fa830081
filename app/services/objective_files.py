"""Files of the workspace that are attached to objectives. A file that is deleted is attached to nothing."""

from __future__ import annotations

from app.core.caller import Caller, Tools
from app.core.okr_errors import FileNotAttached, ObjectiveFull
from app.core.text import name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import objective_files as db
from app.db.paging import Asked, Found
from app.kernel.access import enter, enter_to_change
from app.kernel.okr_access import find_objective, hold_objective, record_objective, require_changer
from app.kernel.policy_access import told
from app.services.files import find_file

MOST_FILES = 50
"""Of one objective."""


async def list_files(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, objective_id: str
) -> Found[str]:
    """By name. Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective.list_files")
    await find_objective(tx, workspace_id, objective_id)
    rows = await db.list_objective_files(
        tx,
        workspace_id=workspace_id,
        objective_id=objective_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def attach_file(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    file_id: str,
) -> None:
    """Once. Raises ``ObjectiveNotFound``, ``OkrCycleClosed``, ``FileNotFound``, ``ObjectiveFull``,
    ``AccessDenied``."""
    # The workspace's row is the guard of files: this one is not deleted meanwhile.
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="objective.attach")
    row = await hold_objective(tx, workspace_id, objective_id)
    decision = await require_changer(tx, caller, tools, access, row)
    await find_file(tx, workspace_id, file_id)
    place = {"workspace_id": workspace_id, "objective_id": objective_id}
    if await db.has_objective_file(tx, file_id=file_id, **place):
        return
    if await db.count_objective_files(tx, **place) >= MOST_FILES:
        raise ObjectiveFull(details={"max": MOST_FILES})
    db.insert_objective_file(tx, file_id=file_id, added_by=caller.user_id, now=tools.clock(), **place)
    details = {"file_id": file_id, **told(decision, None)}
    await record_objective(tx, caller, tools, workspace_id, "objective.file_attached", objective_id, details)


async def detach_file(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    file_id: str,
) -> None:
    """The file stays. Raises ``ObjectiveNotFound``, ``OkrCycleClosed``, ``FileNotAttached``,
    ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective.detach")
    row = await hold_objective(tx, workspace_id, objective_id)
    decision = await require_changer(tx, caller, tools, access, row)
    place = {"workspace_id": workspace_id, "objective_id": objective_id, "file_id": file_id}
    if not await db.has_objective_file(tx, **place):
        raise FileNotAttached
    db.delete_objective_file(tx, **place)
    details = {"file_id": file_id, **told(decision, None)}
    await record_objective(tx, caller, tools, workspace_id, "objective.file_detached", objective_id, details)
