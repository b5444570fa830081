"""Who may be told of an event, at the moment when they are told."""

from app.core.permissions import Role
from app.db.connection import ReadTransaction
from app.db.handles.consumers import ListenerRow, LogRow, read_listener


async def may_hear(tx: ReadTransaction, *, workspace_id: str, user_id: str, event: LogRow) -> bool:
    """Whether this person may be told now: their account is active, the workspace is not deleted, they are a
    member of it with the rank that the event asks for, and of work they may see what it is about, by what
    that was then. The same that ``GET …/changes`` shows them."""
    row = await read_listener(
        tx,
        workspace_id=workspace_id,
        user_id=user_id,
        project_id=event.project_id,
        task_type_id=event.task_type_id,
        state=event.state,
        state_before=event.state_before,
    )
    role = _in_force(row)
    if row is None or role is None or role.rank < event.minimum_rank:
        return False
    return row.sees_work if event.project_id is not None else not row.is_guest


async def role_in_force(tx: ReadTransaction, *, workspace_id: str, user_id: str) -> Role | None:
    """Of somebody whose account is active, in a workspace that is not deleted; None for anybody else."""
    nothing = {"project_id": None, "task_type_id": None, "state": None, "state_before": None}
    return _in_force(await read_listener(tx, workspace_id=workspace_id, user_id=user_id, **nothing))


def _in_force(row: ListenerRow | None) -> Role | None:
    if row is None or row.account_status != "ACTIVE" or not row.is_active:
        return None
    return Role(row.role)
