"""The wire of key results."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.figures import PATTERN, parse_figure
from app.core.okr_scores import Zone
from app.core.okrs import Direction, Kind, Source
from app.core.text import clean_line
from app.schemas.common import Description, Page, View, Wire


def _figure(text: str) -> str:
    parse_figure(text)
    return text


Figure = Annotated[
    str,
    Field(
        max_length=21,
        pattern=PATTERN,
        examples=["12.5"],
        description="A decimal number as text, so that it is exact: six digits behind the point at most, "
        "10^12 at most either way.",
    ),
    AfterValidator(_figure),
]
ZoneText = Annotated[
    str,
    Field(max_length=500, examples=["The pilot is live"]),
    AfterValidator(lambda text: clean_line(text, limit=500)),
]
Weight = Annotated[int, Field(ge=1, le=100, description="Against the others of the objective.")]
KeyResultTitle = Annotated[
    str,
    Field(max_length=300, examples=["Net promoter score"]),
    AfterValidator(lambda text: clean_line(text, limit=300)),
]
Unit = Annotated[
    str, Field(max_length=20, examples=["%"]), AfterValidator(lambda text: clean_line(text, limit=20))
]
StaleAfter = Annotated[
    int,
    Field(
        ge=3600,
        le=366 * 86_400,
        examples=[7 * 86_400],
        description="Seconds after which what was measured is stale, and its owner is reminded.",
    ),
]


class Metric(Wire):
    """Score 0 at the baseline, 1 at the target. Commit lies on the way, stretch beyond."""

    direction: Direction
    unit: Unit | None = None
    baseline: Figure
    commit: Figure | None = None
    target: Figure
    stretch: Figure | None = None


class Zones(Wire):
    """What each zone means where nothing is counted."""

    fail: ZoneText | None = None
    commit: ZoneText | None = None
    target: ZoneText
    stretch: ZoneText | None = None


class KeyResultCreate(Wire):
    """With `metric` a METRIC, with `zones` an ORDINAL: one of them."""

    title: KeyResultTitle
    description: Description | None = None
    weight: Weight = 1
    metric: Metric | None = None
    zones: Zones | None = None
    stale_after: StaleAfter | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "KeyResultCreate":
        if (self.metric is None) == (self.zones is None):
            raise ValueError("one of metric and zones says what is measured")
        return self


class KeyResultPatch(Wire):
    """What is left out stays; the kind does. Null removes a description or `stale_after`."""

    title: KeyResultTitle = ""
    description: Description | None = None
    weight: Weight = 1
    metric: Metric | None = None
    zones: Zones | None = None
    stale_after: StaleAfter | None = None


class MetricShown(View):
    direction: Direction
    unit: str | None
    baseline: str
    commit: str | None
    target: str
    stretch: str | None


class ZonesShown(View):
    fail: str | None
    commit: str | None
    target: str | None
    stretch: str | None


class FeedShown(View):
    status: Literal["WAITING", "OK", "FALLBACK", "FAILED"]
    error: str | None = Field(examples=["SOURCE_AWAY"])
    fallback: Literal["LAST_GOOD", "STATIC"] | None
    age_seconds: int | None = Field(description="Of what was taken, at its source.")


class KeyResult(View):
    id: str
    objective_id: str
    kind: Kind
    title: str
    description: str | None
    weight: int
    metric: MetricShown | None
    zones: ZonesShown | None
    value: str | None = Field(description="As last checked in, as decimal text.")
    zone: Zone | None
    score: str | None = Field(examples=["0.75"], description="From 0 to 1, as decimal text.")
    confidence: int | None = Field(description="From 1 to 10.")
    measured_at: datetime | None
    source: Source = Field(description="Who says how far it is.")
    source_ref: dict[str, Any] | None
    stale_after: int | None
    stale_at: datetime | None = Field(description="While the objective is ACTIVE.")
    is_stale: bool
    feed: FeedShown | None = Field(description="How what feeds it went last; null where people check in.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class KeyResultPage(Page[KeyResult]): ...
