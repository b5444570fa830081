"""A task goes into another state: by a transition of its own, or because it is moved into a column of one."""

from msgspec.structs import replace

from app.core.caller import Caller, Tools
from app.core.errors import Conflict
from app.core.task_states import BlockedBy, TaskState, allowed, obstacle
from app.core.text import change_key
from app.core.work_errors import InvalidTransition
from app.db.connection import WriteTransaction
from app.db.handles import task_states as db
from app.db.handles.task_states import TransitionRow
from app.db.handles.tasks import TaskToChangeRow
from app.kernel.access import Access
from app.kernel.task_access import record_task
from app.kernel.task_unlocks import unlock_children


def require_transition(task: TaskToChangeRow, to: TaskState) -> None:
    """Raises ``InvalidTransition``, which says what is allowed instead."""
    if reason := obstacle(task.state, task.blocked_by, to):
        details = {
            "state": task.state,
            "blocked_by": task.blocked_by,
            "allowed": allowed(task.state, task.blocked_by),
            "reason": reason,
        }
        raise InvalidTransition(details=details)


async def move_state(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    task: TaskToChangeRow,
    to: TaskState,
    *,
    reason: str,
    transition_id: str | None = None,
) -> TransitionRow:
    """The transition of ``task``, as ``find_task_to_change`` has found it for ``move_state``, with its place
    in the history, its entry and its event, and those of the tasks that it lets go. Raises
    ``InvalidTransition``."""
    require_transition(task, to)
    now, workspace_id = tools.clock(), access.workspace_id
    blocked_by = BlockedBy.MANUAL if to is TaskState.BLOCKED else None
    moved = await db.move_task_state(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task.id,
        from_state=task.state,
        to_state=to,
        blocked_by=blocked_by,
        version=task.version,
        now=now,
        updated_key=change_key(now, task.id),
    )
    if not moved:
        raise Conflict("What the caller may do was changed meanwhile. Try again.")
    made = TransitionRow(
        task_id=task.id,
        version=task.version + 1,
        transition_id=transition_id,
        from_state=task.state,
        to_state=to,
        reason=reason,
        actor_id=caller.user_id,
        at=now,
    )
    db.insert_transition(
        tx,
        workspace_id=workspace_id,
        task_id=task.id,
        version=made.version,
        transition_id=transition_id,
        from_state=made.from_state,
        to_state=to,
        reason=reason,
        actor_id=caller.user_id,
        now=now,
    )
    let_go = []
    if to is TaskState.DONE:
        let_go = await unlock_children(tx, tools, workspace_id=workspace_id, parent_id=task.id)
    facts = {"from": task.state, "to": to}
    await record_task(
        tx,
        caller,
        tools,
        replace(task, state=to, blocked_by=blocked_by, version=made.version),
        "task.transitioned",
        workspace_id=workspace_id,
        state_before=task.state,
        details={**facts, "reason": reason},
        data=facts,
        also=let_go,
    )
    return made
