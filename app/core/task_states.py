"""The state machine of tasks: what may follow what, and why something else may not."""

from enum import StrEnum


class TaskState(StrEnum):
    TODO = "TODO"
    IN_PROGRESS = "IN_PROGRESS"
    BLOCKED = "BLOCKED"
    DONE = "DONE"


class BlockedBy(StrEnum):
    """DEPENDENCY: a task that waits for others, which the service itself lets go; MANUAL: by a person."""

    DEPENDENCY = "DEPENDENCY"
    MANUAL = "MANUAL"


class Obstacle(StrEnum):
    """Why a task may not go into a state."""

    FINAL = "final"
    DEPENDENCY = "dependency"
    NOT_NEXT = "not_next"


_NEXT = {
    TaskState.TODO: (TaskState.IN_PROGRESS,),
    TaskState.IN_PROGRESS: (TaskState.BLOCKED, TaskState.DONE),
    TaskState.BLOCKED: (TaskState.IN_PROGRESS,),
    TaskState.DONE: (),
}


def allowed(state: str, blocked_by: str | None) -> tuple[TaskState, ...]:
    """Where a person may move a task to from here."""
    return () if blocked_by == BlockedBy.DEPENDENCY else _NEXT[TaskState(state)]


def obstacle(state: str, blocked_by: str | None, to: TaskState) -> Obstacle | None:
    """What is in the way of a person who would move a task to ``to``."""
    if to in allowed(state, blocked_by):
        return None
    if state == TaskState.DONE:
        return Obstacle.FINAL
    return Obstacle.DEPENDENCY if blocked_by == BlockedBy.DEPENDENCY else Obstacle.NOT_NEXT
