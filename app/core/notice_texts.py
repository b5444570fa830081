"""What a notification says in a sentence, for mail and for what is pushed.

What people wrote stands in it as one tidy line: without control characters, without what is invisible or
turns the direction of what follows, cut to a length, and, where it is written from right to left, isolated
from the sentence around it (Unicode Standard Annex #9, section 2.4).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from app.core.text import tidy_line, utf16_length

_ISOLATE, _END = "\u2068", "\u2069"
_LONGEST_NAME, _LONGEST_TITLE = 60, 120
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
SOMEBODY = "Somebody"


class Shown(Protocol):
    """A notification as it may be shown now; a row of it has these."""

    @property
    def type(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def workspace_name(self) -> str: ...
    @property
    def actor_name(self) -> str | None: ...
    @property
    def project_key(self) -> str | None: ...
    @property
    def project_name(self) -> str | None: ...
    @property
    def task_number(self) -> int | None: ...
    @property
    def task_title(self) -> str | None: ...
    @property
    def due_at(self) -> datetime | None: ...


_SENTENCES: Mapping[str, str] = {
    "comment.created": "{actor} commented on {task}",
    "comment.updated": "{actor} commented on {task}",
    "task.updated": "{actor} changed {task}",
    "task.restored": "{actor} restored {task}",
    "task.assigned": "{actor} assigned {task}",
    "task.unassigned": "{actor} took {task} off whoever had it",
    "task.transitioned": "{actor} moved {task} on",
    "task.dependency_added": "{task} waits for another task",
    "task.dependency_removed": "{task} waits for one task less",
    "task.due": "{task} is due soon",
    "key_result.late": "A key result of yours in {workspace} waits for a check-in",
    "project.updated": "{actor} changed the project {project}",
    "project.archived": "{actor} archived the project {project}",
    "project.restored": "{actor} restored the project {project}",
    "project_member.added": "{actor} added you to the project {project}",
    "member.added": "{actor} added you to {workspace}",
    "member.role_changed": "{actor} changed your role in {workspace}",
    "member.guest_changed": "{actor} changed what you see of {workspace}",
    "member.type_changed": "{actor} changed your type in {workspace}",
    "transfer.created": "{actor} asks you to take over {workspace}",
    "transfer.accepted": "{actor} has taken over {workspace}",
    "transfer.declined": "{actor} does not take over {workspace}",
    "transfer.cancelled": "{actor} took back that you are to take over {workspace}",
    "workspace.without_owner": "{workspace} has no owner any more",
    "webhook.disabled": "A webhook of {workspace} was switched off",
    "approval.submitted": "Something waits for your approval in {workspace}",
    "approval.advanced": "Something waits for your approval in {workspace}",
    "approval.overridden": "Something waits for your approval in {workspace}",
    "approval.escalated": "Something in {workspace} was not decided in time, and waits for your approval",
    "approval.delegated": "{actor} asks you to decide for them in {workspace}",
    "approval.approved": "What you submitted in {workspace} was approved",
    "approval.rejected": "What you submitted in {workspace} was rejected",
    "approval.changes_requested": "What you submitted in {workspace} is to be changed",
    "approval.voided": "What you submitted in {workspace} was changed, and is to be submitted again",
    "file.infected": "The virus scanner found something in a file of {workspace}",
}
_OF_ONESELF: Mapping[tuple[str, str], str] = {
    ("mentioned", "comment.created"): "{actor} mentioned you on {task}",
    ("mentioned", "comment.updated"): "{actor} mentioned you on {task}",
    ("assigned", "task.assigned"): "{actor} assigned you {task}",
    ("assigned", "task.unassigned"): "{actor} took {task} off you",
}
_OTHERWISE = "There is news in {workspace}"


def sentence(shown: Shown) -> str:
    """One line, without an end mark."""
    text = _OF_ONESELF.get((shown.reason, shown.type)) or _SENTENCES.get(shown.type, _OTHERWISE)
    return text.format(
        actor=isolated(shown.actor_name, _LONGEST_NAME, SOMEBODY),
        task=task_name(shown),
        project=isolated(shown.project_name, _LONGEST_NAME, "a project"),
        workspace=isolated(shown.workspace_name, _LONGEST_NAME, "a workspace"),
    )


def task_name(shown: Shown) -> str:
    """Its key and its title."""
    if shown.task_number is None:
        return "a task"
    return f"{shown.project_key}-{shown.task_number} {isolated(shown.task_title, _LONGEST_TITLE, '')}".strip()


def isolated(text: str | None, limit: int, otherwise: str = "") -> str:
    """A tidy line that changes nothing of what stands around it; what is longer ends in an ellipsis."""
    line = tidy_line(text or "", limit=limit)
    if line is None:
        return otherwise
    if utf16_length(tidy_line(text or "", limit=limit + 2) or "") > utf16_length(line):
        line = f"{line}…"
    is_turned = any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in line)
    return f"{_ISOLATE}{line}{_END}" if is_turned else line
