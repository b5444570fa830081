"""Pages of rows, bounded by how much text they hold as well as by how many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
PAGE_CHARACTERS = 262_144
"""After so much long text a page ends: what is read for somebody who does not take it stays small."""


class Page(list[T]):
    """Rows in order. ``is_cut``: there are more, but for the text of these."""

    is_cut = False

    def first(self, limit: int) -> tuple[list[T], bool]:
        """At most ``limit`` rows, and whether more come after them; one more was asked for."""
        return self[:limit], self.is_cut or len(self) > limit


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
