"""Which tasks somebody looks for: a closed grammar. Fields are joined by AND, the values of one by OR."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ME, NOBODY = "me", "none"
MOST_VALUES = 20
"""Of one field."""
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_Id = Annotated[str, Meta(pattern=rf"^{_UUID}$")]
_TypeId = Annotated[str, Meta(pattern=rf"^({_UUID}|none)$")]
_Ids = Annotated[tuple[_Id, ...], Meta(max_length=MOST_VALUES)]
_Person = Annotated[str, Meta(min_length=1, max_length=200)]
_People = Annotated[tuple[_Person, ...], Meta(max_length=MOST_VALUES)]


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out asks nothing. ``ME`` is whoever asks. ``due_after`` is the first moment,
    ``due_before`` the one after the last."""

    project_id: _Id | None = None
    state: tuple[Literal["TODO", "IN_PROGRESS", "BLOCKED", "DONE"], ...] = ()
    task_type_id: Annotated[tuple[_TypeId, ...], Meta(max_length=MOST_VALUES)] = ()
    label_id: _Ids = ()
    priority: tuple[Literal["low", "normal", "high", "urgent"], ...] = ()
    assignee_id: _People = ()
    created_by: _People = ()
    due_after: datetime | None = None
    due_before: datetime | None = None
    no_due: bool = False
    watched: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the lists by change know it: a project, and at most one state, type and person."""
        rest = (self.label_id, self.priority, self.created_by, self.due_after, self.due_before)
        return (
            not any(rest)
            and not self.no_due
            and not self.watched
            and max(len(self.state), len(self.task_type_id), len(self.assignee_id)) <= 1
            and NOBODY not in self.assignee_id
        )

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def decode_filter(text: str | bytes) -> TaskFilter:
    """One that was stored. Raises ``msgspec.ValidationError`` for what this grammar is not."""
    return msgspec.json.decode(text, type=TaskFilter)
