"""Places between neighbours, and what is spread where there is none."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from app.core.gaps import AWAY, FIRST_WINDOW, GAP, LEAST, Window, between, step_of

far = st.integers(-(2**61), 2**61)


class Order:
    """What the database does with places, on a list."""

    def __init__(self, places: list[int]) -> None:
        self.places = places
        self.widest = 0

    def insert_behind(self, index: int) -> int:
        """Puts one behind so many; its place."""
        before = self.places[index - 1] if index else None
        after = self.places[index] if index < len(self.places) else None
        place = between(before, after)
        if place is None:
            assert before is not None
            place = self._spread(before)
        self.places.insert(index, place)
        return place

    def _spread(self, before: int) -> int:
        asked, first = FIRST_WINDOW, bisect_right(self.places, before)
        while True:
            rows = self.places[first : first + asked]
            step = step_of(Window(len(rows), rows[-1]), asked, before)
            if step is not None:
                break
            asked *= 2
        self.widest = max(self.widest, len(rows))
        self.places[first : first + len(rows)] = [before + step * (n + 2) for n in range(len(rows))]
        return before + step


@given(far, far)
def test_a_place_lies_between_its_neighbours_or_there_is_none(one: int, other: int) -> None:
    before, after = min(one, other), max(one, other)
    place = between(before, after)
    assert (place is None) == (after - before < 2)
    assert place is None or before < place < after
    assert abs((place or before) - (before + after) // 2) <= (after - before) // 2 + 1


@given(far)
def test_the_ends_have_a_gap_of_room(place: int) -> None:
    assert between(None, place) == place - GAP
    assert between(place, None) == place + GAP
    assert between(None, None) is not None


@given(st.lists(st.integers(0, 2**31), min_size=1, max_size=200), st.integers(0, 2))
def test_what_is_put_anywhere_is_there_and_moves_nobody_past_anybody(choices: list[int], start: int) -> None:
    order = Order([(each + 1) * GAP for each in range(start)])
    names = [f"old {each}" for each in range(start)]
    for number, choice in enumerate(choices):
        index = choice % (len(names) + 1)
        order.insert_behind(index)
        names.insert(index, f"new {number}")
        assert order.places == sorted(set(order.places))
    assert len(order.places) == len(names)


def test_always_behind_one_task_spreads_a_few_of_many() -> None:
    order = Order([(each + 1) * GAP for each in range(3_000)])
    untouched = order.places[1_500:]
    for _ in range(1_000):
        order.insert_behind(100)
        assert order.places[98] < order.places[99] < order.places[100] < order.places[101]
    assert order.places == sorted(set(order.places))
    assert 0 < order.widest <= 512
    assert order.places[-1_500:] == untouched


@given(st.integers(1, 64), st.integers(0, 2**40), far)
def test_a_window_is_spread_only_over_the_room_it_has(rows: int, room: int, before: int) -> None:
    last = before + rows + room
    step = step_of(Window(rows, last), rows, before)
    if step is None:
        assert (last - before) // (rows + 1) < LEAST
    else:
        assert step >= LEAST
        assert before + step * (rows + 1) <= last
    assert step_of(Window(rows, last), rows + 1, before) == GAP


def test_what_is_out_of_the_way_meets_no_place() -> None:
    assert 2**61 - AWAY <= -(2**61)
    assert -(2**61) - AWAY >= -(2**63)
