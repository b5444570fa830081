"""Lists of tasks by any filter, the newest first.

No index serves every pair of fields. So each field that has one is walked a way, numbers alone; the tasks of
the walk that reaches furthest back are then read and judged, by the whole filter and by what the caller may
see. A page looks at ``LOOKED_AT`` tasks, however many there are: it may be short, or empty, and go on. For
whoever sees few, those few are judged instead, and nothing is cut short.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec import json

from app.core.caller import Caller
from app.core.clock import utc_text
from app.core.task_filter import ME, NOBODY, TaskFilter
from app.db.connection import ReadTransaction
from app.db.handles import task_walks as db
from app.db.handles.task_walks import FilteredTaskRow, NumberRow
from app.db.paging import Asked, Found
from app.kernel.task_access import NO_TYPE, PRIORITIES, listed

LOOKED_AT = 500
"""Tasks that a page looks at, at most, for whoever sees more than ``FEW``."""
FEW = 1000
BEYOND_EVERY_NUMBER = 2**62
_MOST_RANGES = 4
"""Values of one field that are walked beside each other; a field of more is judged only."""
_FIRST_JUDGED = 100
"""Of a walk: most often a page is found among its first."""


class _Walk(NamedTuple):
    """Numbers, the newest first. ``is_whole``: no task below them matches."""

    numbers: Sequence[int]
    is_whole: bool

    @property
    def reach(self) -> tuple[int, int]:
        """Less is better: a whole one of few, or one that ends far back."""
        return (0, len(self.numbers)) if self.is_whole else (1, self.numbers[-1])


async def list_filtered(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[int],
    wanted: TaskFilter,
    *,
    workspace_id: str,
    sees_all: bool,
) -> Found[int]:
    """For somebody who has entered. ``sees_all``: an ADMIN, of whose tasks there are never few."""
    judge = partial(_judge, tx, caller, workspace_id, asked, wanted)
    walk = await _walk(tx, caller, workspace_id, asked.place, wanted)
    rows = await judge(walk.numbers)
    if walk.is_whole or len(rows) > asked.limit:
        return _found(asked, rows)
    if not sees_all:
        few = await db.list_few(tx, workspace_id=workspace_id, user_id=caller.user_id, budget=FEW + 1)
        if len(few) <= FEW:
            return _found(asked, await judge(_below(asked.place, few)))
    return _found(asked, rows)._replace(place=walk.numbers[-1])


def _found(asked: Asked[int], rows: list[FilteredTaskRow]) -> Found[int]:
    found = asked.found(rows, lambda row: row.doc_no)
    return Found([listed(row) for row in rows[: asked.limit]], found.place)


async def _walk(
    tx: ReadTransaction, caller: Caller, workspace_id: str, before_no: int, wanted: TaskFilter
) -> _Walk:
    """Along the index that leads furthest."""
    range_ = partial(_along, tx, workspace_id, before_no)
    walks = []
    if 0 < len(wanted.label_id) <= _MOST_RANGES:
        walks.append(await range_(db.walk_label, "label_id", wanted.label_id))
    people = _people(caller, wanted.assignee_id)
    if 0 < len(people) <= _MOST_RANGES and NOBODY not in people:
        walks.append(await range_(db.walk_assignee, "assignee_id", people))
    if 0 < len(wanted.task_type_id) <= _MOST_RANGES:
        walks.append(await range_(db.walk_type, "task_type_id", _types(wanted)))
    if wanted.project_id is not None:
        walks.append(await range_(db.walk_project, "project_id", [wanted.project_id]))
    if wanted.priority:
        walks.append(await range_(db.walk_priority, "priority", _priorities(wanted)))
    for rows in (
        await _due(tx, workspace_id, wanted),
        await db.list_watched(tx, workspace_id=workspace_id, user_id=caller.user_id, budget=LOOKED_AT)
        if wanted.watched
        else None,
    ):
        if rows is not None and len(rows) < LOOKED_AT:
            walks.append(_Walk(_below(before_no, rows), is_whole=True))
    if not walks:
        walks.append(await range_(db.walk_priority, "priority", range(1, len(PRIORITIES) + 1)))
    return min(walks, key=lambda walk: walk.reach)


async def _along(
    tx: ReadTransaction,
    workspace_id: str,
    before_no: int,
    read: Callable[..., Awaitable[list[NumberRow]]],
    name: str,
    values: Iterable[str | int],
) -> _Walk:
    """The newest of several ranges of one index. One that was cut has as many as the walk, above where it was
    cut: nothing that the others have below counts."""
    numbers: set[int] = set()
    is_cut = False
    for value in values:
        rows = await read(
            tx, workspace_id=workspace_id, before_no=before_no, budget=LOOKED_AT, **{name: value}
        )
        numbers.update(row.doc_no for row in rows)
        is_cut = is_cut or len(rows) == LOOKED_AT
    newest = sorted(numbers, reverse=True)
    return _Walk(newest[:LOOKED_AT], is_whole=not is_cut and len(newest) <= LOOKED_AT)


async def _due(tx: ReadTransaction, workspace_id: str, wanted: TaskFilter) -> list[NumberRow] | None:
    if wanted.due_after is None and wanted.due_before is None:
        return None
    return await db.list_due(
        tx,
        workspace_id=workspace_id,
        first_key="" if wanted.due_after is None else utc_text(wanted.due_after),
        end_key=":" if wanted.due_before is None else utc_text(wanted.due_before),
        budget=LOOKED_AT,
    )


async def _judge(
    tx: ReadTransaction,
    caller: Caller,
    workspace_id: str,
    asked: Asked[int],
    wanted: TaskFilter,
    numbers: Sequence[int],
) -> list[FilteredTaskRow]:
    """Those of ``numbers`` that are on the page, and one more if there is one."""
    people = _people(caller, wanted.assignee_id)
    where: dict[str, Any] = {
        "workspace_id": workspace_id,
        "user_id": caller.user_id,
        "project_id": wanted.project_id,
        "states": _array(wanted.state),
        "task_type_ids": _array(_types(wanted)),
        "label_ids": _array(wanted.label_id),
        "priorities": _array(_priorities(wanted)),
        "assignee_ids": _array(people),
        "or_nobody": NOBODY in people,
        "creator_ids": _array(_people(caller, wanted.created_by)),
        "due_after": wanted.due_after,
        "due_before": wanted.due_before,
        "no_due": wanted.no_due,
        "watched": wanted.watched,
    }
    found: list[FilteredTaskRow] = []
    for part in (numbers[:_FIRST_JUDGED], numbers[_FIRST_JUDGED:]):
        if part and len(found) < asked.page_size:
            size = asked.page_size - len(found)
            doc_nos = json.encode(part).decode()
            found += await db.judge_tasks(tx, doc_nos=doc_nos, page_size=size, **where)
    return found


def _below(before_no: int, rows: Iterable[NumberRow]) -> list[int]:
    return sorted((row.doc_no for row in rows if row.doc_no < before_no), reverse=True)


def _array(values: Sequence[str | int]) -> str | None:
    """JSON; None where nothing is asked."""
    return json.encode(values).decode() if values else None


def _people(caller: Caller, values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(caller.user_id if value == ME else value for value in values))


def _types(wanted: TaskFilter) -> list[str]:
    return list(dict.fromkeys(NO_TYPE if value == "none" else value for value in wanted.task_type_id))


def _priorities(wanted: TaskFilter) -> list[int]:
    return sorted({PRIORITIES.index(value) + 1 for value in wanted.priority})
