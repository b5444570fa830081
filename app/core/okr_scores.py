"""How far a key result is: a score from 0 to 1, and a zone. Pure, and exact: everything is in millionths
(``app.core.figures``), halves round to the even one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction

import msgspec

from app.core.figures import ONE
from app.core.okrs import Direction


class Zone(StrEnum):
    FAIL = "FAIL"
    """Less than what was committed to."""
    COMMIT = "COMMIT"
    TARGET = "TARGET"
    STRETCH = "STRETCH"


ORDINAL_SCORES = {Zone.FAIL: 0, Zone.COMMIT: ONE // 2, Zone.TARGET: ONE, Zone.STRETCH: ONE}
"""What a zone is worth where nothing is counted: as with figures, the target is all there is to reach."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """From ``baseline`` to ``target``. Without ``commit`` there is no zone COMMIT, without ``stretch`` no
    STRETCH."""

    direction: Direction
    baseline: int
    target: int
    commit: int | None = None
    stretch: int | None = None

    def problem(self) -> str | None:
        """What is wrong with it; None where it can be measured by."""
        towards = 1 if self.direction is Direction.INCREASE else -1
        steps = [
            towards * each
            for each in (self.baseline, self.commit, self.target, self.stretch)
            if each is not None
        ]
        if self.baseline == self.target:
            return "The target must be another figure than the baseline."
        if steps != sorted(steps):
            return "Baseline, commit, target and stretch must follow each other in the direction it goes."
        return None

    def score(self, value: int) -> int:
        """Linear from the baseline, 0, to the target, 1; no less and no more beyond them."""
        share = Fraction(value - self.baseline, self.target - self.baseline)
        return round(min(max(share, Fraction(0)), Fraction(1)) * ONE)

    def zone(self, value: int) -> Zone:
        """The furthest one that is reached."""
        towards = 1 if self.direction is Direction.INCREASE else -1
        for zone, bound in (
            (Zone.STRETCH, self.stretch),
            (Zone.TARGET, self.target),
            (Zone.COMMIT, self.commit),
        ):
            if bound is not None and towards * (value - bound) >= 0:
                return zone
        return Zone.FAIL


def weighted_mean(parts: Iterable[tuple[int, int]]) -> int | None:
    """Of scores by their weights, rounded to a millionth; None of none."""
    counted = list(parts)
    weight = sum(each for _, each in counted)
    return round(Fraction(sum(score * each for score, each in counted), weight)) if weight else None
