"""Pages of rows, bounded by how much text they hold as well as by how many they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")
Place = TypeVar("Place", str, int)
PAGE_CHARACTERS = 262_144
"""After so much long text a page ends: what is read for somebody who does not take it stays small."""


class Page(list[T]):
    """Rows in order. ``is_cut``: there are more, but for the text of these."""

    is_cut = False

    def first(self, limit: int) -> tuple[list[T], bool]:
        """At most ``limit`` rows, and whether more come after them; one more was asked for."""
        return self[:limit], self.is_cut or len(self) > limit


class Found(NamedTuple, Generic[Place]):
    """A page of a list, and the place that the next one goes on from; None when this is the last."""

    items: Sequence[object]
    place: Place | None


@dataclass(frozen=True, slots=True)
class Asked(Generic[Place]):
    """The page of a list that is asked for: at most ``limit`` items, beyond ``place``."""

    place: Place
    limit: int

    @property
    def page_size(self) -> int:
        """How many rows to read: one more shows that there are more."""
        return self.limit + 1

    def found(self, rows: list[T], place_of: Callable[[T], Place]) -> Found[Place]:
        """What came of reading so many; ``place_of`` tells a row's place from what it shows."""
        items = rows[: self.limit]
        has_more = len(rows) > self.limit or (isinstance(rows, Page) and rows.is_cut)
        return Found(items, place_of(items[-1]) if has_more else None)


def up_to_a_page(rows: Iterable[tuple[Any, ...]], long: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Rows until their columns ``long`` hold a page's text, and then one more, if there is one: it shows that
    there is."""
    room = PAGE_CHARACTERS
    for row in rows:
        yield row
        if room <= 0:
            return
        room -= _length(row, long)


def end_of_page(rows: Sequence[tuple[Any, ...]], long: Sequence[int]) -> int:
    """How many of ``rows`` are on the page: one at least."""
    room = PAGE_CHARACTERS
    for count, row in enumerate(rows, 1):
        room -= _length(row, long)
        if room <= 0:
            return count
    return len(rows)


def _length(row: tuple[Any, ...], long: Sequence[int]) -> int:
    return sum(len(row[index] or "") for index in long)
