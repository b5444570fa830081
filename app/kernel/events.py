"""Events: what changed, for those who follow a workspace."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.permissions import Role

_ADMINS_ONLY = ("connection.", "invitation.", "join_link.")
"""Types about things that only an ADMIN may see."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Of an event of a project or a task: what decides who is told of it, as it was then, and the small facts
    that it carries, which are never text that a person wrote.

    Of a project, ``task_type_id`` and ``state`` are None. ``state_before``: the state that a task left; who
    could see it only in that is told that it is gone.
    """

    project_id: str
    task_type_id: str | None = None
    state: str | None = None
    state_before: str | None = None
    data: Mapping[str, Any] | None = None


def minimum_rank(event_type: str) -> int:
    """The rank of the lowest role that is told of it."""
    return (Role.ADMIN if event_type.startswith(_ADMINS_ONLY) else Role.VIEWER).rank
