"""Figures are exact, and scores follow from them as said."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.figures import LARGEST, ONE, figure_text, parse_figure
from app.core.okr_scores import ORDINAL_SCORES, Metric, Zone, weighted_mean
from app.core.okrs import Direction

MILLIONTHS = st.integers(-LARGEST * ONE, LARGEST * ONE)


@given(MILLIONTHS)
def test_a_figure_comes_back_as_it_was(millionths: int) -> None:
    text = figure_text(millionths)
    assert parse_figure(text) == millionths
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("0.1", "0.1"),
        ("-0", "0"),
        ("007.500000", "7.5"),
        ("-12.000001", "-12.000001"),
        ("1000000000000", None),
    ],
)
def test_a_figure_is_told_in_one_way(sent: str, answered: str | None) -> None:
    assert figure_text(parse_figure(sent)) == (answered or sent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".5",
        "5.",
        "1e3",
        "+1",
        " 1",
        "1 ",
        "1,5",
        "0.0000001",
        "1000000000000.000001",
        "\u0661",
        "NaN",
        "1\n",
    ],
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_figure(text)


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    steps = sorted(draw(st.lists(MILLIONTHS, min_size=4, max_size=4)))
    direction = draw(st.sampled_from(Direction))
    if direction is Direction.DECREASE:
        steps.reverse()
    baseline, commit, target, stretch = steps
    assume(baseline != target)
    return Metric(
        direction=direction,
        baseline=baseline,
        target=target,
        commit=draw(st.sampled_from((commit, None))),
        stretch=draw(st.sampled_from((stretch, None))),
    )


@given(metrics(), MILLIONTHS, MILLIONTHS)
def test_a_score_is_linear_and_clamped_and_never_falls_on_the_way(
    metric: Metric, one: int, other: int
) -> None:
    assert metric.problem() is None
    assert (metric.score(metric.baseline), metric.score(metric.target)) == (0, ONE)
    towards = 1 if metric.direction is Direction.INCREASE else -1
    early, late = sorted((one, other), key=lambda value: towards * value)
    assert 0 <= metric.score(early) <= metric.score(late) <= ONE
    inside = min(
        max(Fraction(one - metric.baseline, metric.target - metric.baseline), Fraction(0)), Fraction(1)
    )
    assert abs(Fraction(metric.score(one), ONE) - inside) <= Fraction(1, 2 * ONE)


@given(metrics(), MILLIONTHS)
def test_the_zone_is_the_furthest_that_is_reached(metric: Metric, value: int) -> None:
    towards = 1 if metric.direction is Direction.INCREASE else -1
    bounds = {Zone.COMMIT: metric.commit, Zone.TARGET: metric.target, Zone.STRETCH: metric.stretch}
    reached = [
        zone for zone, bound in bounds.items() if bound is not None and towards * value >= towards * bound
    ]
    assert metric.zone(value) == (reached[-1] if reached else Zone.FAIL)
    if metric.zone(value) in (Zone.TARGET, Zone.STRETCH):
        assert metric.score(value) == ONE


def test_a_zone_alone_is_worth_what_was_reached_of_the_target() -> None:
    assert [ORDINAL_SCORES[zone] for zone in Zone] == [0, ONE // 2, ONE, ONE]


@pytest.mark.parametrize(
    ("direction", "steps"),
    [
        (Direction.INCREASE, (5, 4, 3, 2)),
        (Direction.DECREASE, (2, 3, 4, 5)),
        (Direction.INCREASE, (1, 1, 1, 1)),
        (Direction.INCREASE, (1, 5, 4, 6)),
        (Direction.DECREASE, (9, 5, 4, 6)),
    ],
)
def test_what_nothing_could_be_measured_by_is_said(
    direction: Direction, steps: tuple[int, int, int, int]
) -> None:
    baseline, commit, target, stretch = steps
    metric = Metric(direction=direction, baseline=baseline, commit=commit, target=target, stretch=stretch)
    assert metric.problem() is not None


@given(st.lists(st.tuples(st.integers(0, ONE), st.integers(1, 100)), min_size=1))
def test_a_mean_lies_between_its_parts(parts: list[tuple[int, int]]) -> None:
    mean = weighted_mean(parts)
    assert mean is not None
    assert min(score for score, _ in parts) <= mean <= max(score for score, _ in parts)
    assert mean == weighted_mean((score, weight * 7) for score, weight in parts)
    assert weighted_mean([]) is None
