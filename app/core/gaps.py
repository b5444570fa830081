"""Places in an order, as integers with gaps between them: what is put between two takes a number between
theirs, and moves neither. Where there is no number left, a few of the next ones are spread, and never all.

A place lies within 2^61 of 0, which it takes 500 million moves in a row to one end to leave.
"""

from typing import NamedTuple

GAP = 1 << 32
"""Between neighbours that nothing was put between."""
LEAST = 1 << 16
"""What is spread leaves at least so much between its neighbours: it is not soon spread again."""
FIRST_WINDOW = 8
AWAY = 1 << 62
"""How far what is spread is put out of the way first: below every place."""
BELOW_ALL = -AWAY
"""Where a list begins."""
BEYOND_ALL = AWAY


class Window(NamedTuple):
    """The rows that come next after a place: how many of those that were asked for there are, and the place
    of the last one of them."""

    rows: int
    last: int


def between(before: int | None, after: int | None) -> int | None:
    """A place behind ``before`` and in front of ``after``; None on a side is an end of the order. None when
    nothing is free between them."""
    if before is None:
        return GAP if after is None else after - GAP
    if after is None:
        return before + GAP
    return before + (after - before) // 2 if after - before > 1 else None


def step_of(window: Window, asked: int, before: int) -> int | None:
    """How far apart the rows of a window come to lie when they are spread over it, with one free place at its
    head; ``before`` is what they come after, ``asked`` how many rows the window was to have. None when that
    is too close: a larger window has more room, and one that reaches the end of the order has all there
    is."""
    if window.rows < asked:
        return GAP
    step = (window.last - before) // (window.rows + 1)
    return step if step >= LEAST else None
