"""What is worked out of a graph of objectives is what working it out by the rule, node by node, gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.core.figures import ONE
from app.core.okr_roll_up import Aligned, Part, roll_up

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, list[Part]], dict[str, list[Aligned]]]:
    names = [str(number) for number in range(draw(st.integers(1, 8)))]
    weight, some = st.integers(1, 100), st.booleans()
    measures: dict[str, list[Part]] = {}
    aligned: dict[str, list[Aligned]] = {}
    for place, name in enumerate(names):
        measures[name] = [
            Part(
                kind="key_result",
                id=f"{name}.{number}",
                title="",
                weight=draw(weight),
                score=draw(st.integers(0, ONE)),
                measured_at=NOW - timedelta(days=draw(st.integers(0, 9))) if draw(some) else None,
                is_stale=draw(some),
            )
            for number in range(draw(st.integers(0, 2)))
        ]
        # Only later ones add to it, so there is no cycle.
        aligned[name] = [Aligned(each, "", draw(weight)) for each in names[place + 1 :] if draw(some)]
    return measures, aligned


@given(graphs())
def test_a_roll_up_is_what_the_rule_says(
    graph: tuple[dict[str, list[Part]], dict[str, list[Aligned]]],
) -> None:
    measures, aligned = graph

    def plain(name: str) -> tuple[int | None, bool, datetime | None, bool]:
        """The score, whether all was measured, the oldest, and whether something is stale."""
        parts: list[tuple[int, int, bool, datetime | None, bool]] = []
        for each in measures[name]:
            assert each.score is not None
            parts.append(
                (each.weight, each.score, each.measured_at is not None, each.measured_at, each.is_stale)
            )
        for below in aligned[name]:
            score, is_whole, oldest, is_stale = plain(below.id)
            if score is not None:
                parts.append((below.weight, score, is_whole, oldest, is_stale))
        if not parts:
            return None, True, None, False
        mean = Fraction(sum(part[0] * part[1] for part in parts), sum(part[0] for part in parts))
        moments = [part[3] for part in parts if part[3] is not None]
        is_whole = all(part[2] for part in parts)
        return round(mean), is_whole, min(moments) if is_whole else None, any(part[4] for part in parts)

    for name, found in roll_up(["0"], measures, aligned).items():
        score, _, oldest, is_stale = plain(name)
        assert (found.score, found.measured_at, found.is_stale) == (score, oldest, is_stale)
        assert {part.id for part in found.parts} == {
            *(each.id for each in measures[name]),
            *(each.id for each in aligned[name]),
        }


def test_many_ways_to_one_objective_are_gone_once() -> None:
    """Twenty levels of two, each above both of the next: a million ways down."""
    names = [[f"{level}.{side}" for side in "ab"] for level in range(20)]
    aligned = {
        name: [Aligned(below, "", 1) for below in names[level + 1]]
        for level in range(19)
        for name in names[level]
    }
    last = Part(kind="key_result", id="k", title="", weight=1, score=ONE // 4, measured_at=NOW, is_stale=True)
    done = roll_up(["0.a"], {name: [last] for name in names[-1]}, aligned)
    assert (len(done), done["0.a"].score, done["0.a"].is_stale) == (39, ONE // 4, True)


def test_what_leads_back_to_where_it_came_from_does_not_count() -> None:
    """Levels are read one after the other; what others changed meanwhile can make a cycle of them."""
    aligned = {"a": [Aligned("b", "B", 1)], "b": [Aligned("a", "A", 1), Aligned("c", "C", 1)]}
    done = roll_up(["a", "b"], {}, aligned)
    assert set(done) == {"a", "b", "c"}
    assert [part.id for part in done["b"].parts] in (["c"], ["a", "c"])
