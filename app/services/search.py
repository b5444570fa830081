"""Search in tasks, comments and projects: all words of a query, the last of which may be the beginning of
one; the newest first, without any other ranking, so that what one may not see has no part in the order.

A call looks at ``LOOKED_AT`` places of the rarest word, for each kind, and at no more, whatever the size of
the workspace: its page may be short, or empty, and go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Caller
from app.core.json_text import as_json
from app.core.search_words import Wanted, wanted
from app.core.text import after_prefix
from app.db.connection import ReadTransaction
from app.db.handles import search as db
from app.db.handles.search import FoundCommentRow, FoundProjectRow, FoundTaskRow, SearchFloorRow
from app.db.handles.tasks import get_task_by_key
from app.db.paging import Asked, Found, Page
from app.kernel.access import enter
from app.kernel.search_index import Kind

LOOKED_AT = 500
COMPLETIONS = 20
"""So many words at most, the first in their order, are taken up for the last word of a query."""
NEWEST = 2**63 - 1
_EXCERPT, _BEFORE = 300, 80
FoundRow = FoundTaskRow | FoundCommentRow | FoundProjectRow


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was found. ``task_id``, ``key``, ``title`` and ``state`` are the task's, of a comment
    those of its task; of a project, ``key`` and ``title`` are its key and name."""

    kind: str
    id: str
    project_id: str
    task_id: str | None
    key: str
    title: str
    state: str | None
    excerpt: str | None
    at: datetime


class _Walk(NamedTuple):
    """How one kind of document is looked through: along the words of ``lead``, down to ``floor``."""

    kind: Kind
    lead: Sequence[str]
    others: Sequence[Sequence[str]]
    floor: int


async def search(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[int],
    *,
    workspace_id: str,
    query: str,
    kind: str | None,
    project_id: str | None,
) -> Found[int]:
    """What the caller may see; of ``kind``, and in a project, where one is given. ``query`` has a word."""
    await enter(tx, caller, workspace_id=workspace_id, operation="search")
    sought, kinds = wanted(query), [Kind(kind)] if kind else list(Kind)
    place = {"workspace_id": workspace_id, "before_no": asked.place}
    groups = await _groups(tx, workspace_id, sought)
    hits, low = dict[int, Hit](), 0
    for walk in await _walks(tx, kinds, groups, place):
        rows = await _READ[walk.kind](
            tx,
            user_id=caller.user_id,
            project_id=project_id,
            lead=as_json(walk.lead),
            others=as_json(walk.others),
            floor_no=walk.floor,
            page_size=asked.page_size,
            **place,
        )
        is_cut = len(rows) > asked.limit or (isinstance(rows, Page) and rows.is_cut)
        low = max(low, rows[-1].doc_no if is_cut else walk.floor)
        hits |= {row.doc_no: _hit(row, groups) for row in rows}
    keyed = await _task_of_key(tx, caller, workspace_id, sought.key) if Kind.TASK in kinds else None
    if keyed and project_id not in (None, keyed.project_id):
        keyed = None
    first = [keyed] if keyed and asked.place == NEWEST else []
    # Further down than low, not every kind has been looked at yet.
    known = [number for number, hit in hits.items() if number >= low and (not keyed or hit.id != keyed.id)]
    known.sort(reverse=True)
    room = asked.limit - len(first)
    page = known[:room]
    items = [*first, *(hits[number] for number in page)]
    if len(known) > room:
        return Found(items, page[-1] if page else asked.place - 1)
    return Found(items, low or None)


async def _groups(tx: ReadTransaction, workspace_id: str, sought: Wanted) -> list[list[str]]:
    """Of each word of the query, the words of the workspace of which one is to stand in what is found."""
    words = await db.list_words(
        tx,
        workspace_id=workspace_id,
        first_word=sought.prefix,
        # A word ends with a letter, a digit or a mark, beyond each of which there is another character.
        end_word=after_prefix(sought.prefix) or "",
        words=COMPLETIONS,
    )
    return [*([word] for word in sought.whole), [row.term for row in words]]


async def _walks(
    tx: ReadTransaction, kinds: Sequence[Kind], groups: Sequence[Sequence[str]], place: Mapping[str, Any]
) -> list[_Walk]:
    """How to look through each kind: along the rarest of the words, which is that with the lowest floor. None
    for a kind in which a word does not stand."""
    if not all(groups):
        return []
    measured: list[dict[tuple[str, str], SearchFloorRow]] = []
    for words in groups:
        budget = max(LOOKED_AT // len(words), 1)
        rows = await db.read_search_floors(
            tx, kinds=as_json(kinds), words=as_json(words), budget=budget, **place
        )
        measured.append({(row.kind, row.term): _ended(row, budget) for row in rows})
    walks = []
    for kind in kinds:
        rarity = []
        for index, words in enumerate(groups):
            known = [measured[index][kind, word] for word in words]
            rarity.append((max(row.floor_no for row in known), sum(row.looked_at for row in known), index))
        if all(count for _, count, _ in rarity):
            floor, _, lead = min(rarity)
            others = [words for index, words in enumerate(groups) if index != lead]
            walks.append(_Walk(kind, groups[lead], others, floor))
    return walks


def _ended(row: SearchFloorRow, budget: int) -> SearchFloorRow:
    """A word that stands in fewer documents than may be looked at has no floor."""
    if row.looked_at == budget:
        return row
    return SearchFloorRow(kind=row.kind, term=row.term, looked_at=row.looked_at, floor_no=0)


async def _task_of_key(tx: ReadTransaction, caller: Caller, workspace_id: str, key: str | None) -> Hit | None:
    """The task that a key names, whatever its project was called when it was made: it comes first."""
    if key is None:
        return None
    project_key, _, number = key.rpartition("-")
    row = await get_task_by_key(
        tx, workspace_id=workspace_id, user_id=caller.user_id, project_key=project_key, number=int(number)
    )
    if row is None:
        return None
    return Hit(
        kind=Kind.TASK,
        id=row.id,
        project_id=row.project_id,
        task_id=row.id,
        key=f"{row.project_key}-{row.number}",
        title=row.title,
        state=row.state,
        excerpt=None,
        at=row.updated_at,
    )


def _hit(row: FoundRow, groups: Sequence[Sequence[str]]) -> Hit:
    if isinstance(row, FoundProjectRow):
        return Hit(
            kind=Kind.PROJECT,
            id=row.id,
            project_id=row.id,
            task_id=None,
            key=row.project_key,
            title=row.name,
            state=None,
            excerpt=None,
            at=row.moment,
        )
    task_id, excerpt, kind = row.id, None, Kind.TASK
    if isinstance(row, FoundCommentRow):
        task_id, excerpt, kind = row.task_id, _excerpt(row.body, groups), Kind.COMMENT
    return Hit(
        kind=kind,
        id=row.id,
        project_id=row.project_id,
        task_id=task_id,
        key=f"{row.project_key}-{row.number}",
        title=row.title,
        state=row.state,
        excerpt=excerpt,
        at=row.moment,
    )


def _excerpt(body: str, groups: Sequence[Sequence[str]]) -> str:
    """A part of a comment, from a little before the first place of a word that was found."""
    lower = body.casefold()
    places = [place for words in groups for word in words if (place := lower.find(word)) >= 0]
    start = max(min(places, default=0) - _BEFORE, 0)
    return body[start : start + _EXCERPT]


_READ: Mapping[Kind, Callable[..., Awaitable[Sequence[FoundRow]]]] = {
    Kind.TASK: db.search_tasks,
    Kind.COMMENT: db.search_comments,
    Kind.PROJECT: db.search_projects,
}
