"""What OKRs are made of: their states, levels, and what may follow what. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec


class CycleState(StrEnum):
    PREPARATION = "PREPARATION"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class Level(StrEnum):
    COMPANY = "COMPANY"
    DEPARTMENT = "DEPARTMENT"
    TEAM = "TEAM"
    PERSON = "PERSON"


class ObjectiveState(StrEnum):
    DRAFT = "DRAFT"
    IN_APPROVAL = "IN_APPROVAL"
    ACTIVE = "ACTIVE"
    SUCCESSFUL = "SUCCESSFUL"
    NOT_SUCCESSFUL = "NOT_SUCCESSFUL"
    CANCELLED = "CANCELLED"


class Outcome(StrEnum):
    """How an objective ends."""

    SUCCESSFUL = "SUCCESSFUL"
    NOT_SUCCESSFUL = "NOT_SUCCESSFUL"
    CANCELLED = "CANCELLED"


class Kind(StrEnum):
    METRIC = "METRIC"
    ORDINAL = "ORDINAL"


class Direction(StrEnum):
    INCREASE = "INCREASE"
    DECREASE = "DECREASE"


class Source(StrEnum):
    """Who says how far a key result is."""

    MANUAL = "manual"
    CONNECTOR = "connector"
    TASKS = "tasks"


WRITABLE = (ObjectiveState.DRAFT, ObjectiveState.IN_APPROVAL)
"""In which what is to be approved can be changed; in the second that voids the request."""
COUNTED = (ObjectiveState.ACTIVE, ObjectiveState.SUCCESSFUL, ObjectiveState.NOT_SUCCESSFUL)
"""What adds to its parents' scores: what was agreed on, and not called off."""
REOPENED_FROM = (
    ObjectiveState.ACTIVE,
    ObjectiveState.SUCCESSFUL,
    ObjectiveState.NOT_SUCCESSFUL,
    ObjectiveState.CANCELLED,
)


MOST_OF_A_CONNECTOR = 100
"""Key results that one feeds, in cycles that are not closed: a refresh feeds all of them at once."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is approved of an objective. How far it is, is no part of it."""

    title: str
    description: str | None
    level: str
    owner_id: str
    parents: Sequence[tuple[str, int]]
    """Ids and weights, by id."""
    key_results: Sequence[Any]
    """Their definitions, in their order."""


def content_hash(content: Content) -> str:
    """SHA-256 in hexadecimal: the same for the same content, whichever database it was read from."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()
