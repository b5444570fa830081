"""Whether links to other systems hold: now, and what checks of them found over time.

A link that was deleted counts no more. Of each the last ``links.HISTORY`` checks are kept; ``complete_since``
says from when on that is all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from app.core.buckets import Range
from app.core.caller import Caller
from app.core.charts import Chart, Panel, Series
from app.core.clock import utc_text
from app.core.time_series import OVERALL, SLOT, Slot, Span, placed
from app.db.connection import ReadTransaction
from app.db.handles import link_analytics as db
from app.kernel.access import enter
from app.services.links import HISTORY, Health

_FOUND = (Health.OK, Health.DEGRADED, Health.BROKEN, Health.ORPHANED)
"""What a check finds."""


class Checks(msgspec.Struct, frozen=True):
    """``by_status``: how many found what. ``ok_share``: from 0 to 1; None where there was none."""

    checks: int
    ok_share: float | None
    by_status: dict[str, int]


class CheckBucket(Slot, frozen=True):
    checks: int
    ok_share: float | None
    by_status: dict[str, int]


class LinkHealth(msgspec.Struct, frozen=True):
    """``links``: how many are in each status now."""

    range: Span
    links: dict[str, int]
    complete_since: datetime | None
    overall: Checks
    buckets: list[CheckBucket]


async def read_link_health(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, asked: Range, provider: str | None
) -> LinkHealth:
    await enter(tx, caller, workspace_id=workspace_id, operation="analytics.read")
    rows = await db.read_link_figures(tx, workspace_id=workspace_id, buckets=placed(asked), provider=provider)
    complete_since = await db.read_links_complete_since(
        tx, workspace_id=workspace_id, provider=provider, kept=HISTORY
    )
    numbers = {(row.place, row.status): row.number for row in rows}

    def found(place: int) -> Checks:
        by_status = {str(status): numbers.get((place, status), 0) for status in _FOUND}
        checks = sum(by_status.values())
        return Checks(checks, round(by_status[Health.OK] / checks, 4) if checks else None, by_status)

    return LinkHealth(
        range=Span.of(asked),
        links={str(status): numbers.get((None, status), 0) for status in Health},
        complete_since=complete_since,
        overall=found(OVERALL),
        buckets=[
            CheckBucket.of(bucket, **msgspec.structs.asdict(found(place)))
            for place, bucket in enumerate(asked.buckets)
        ],
    )


def table(health: LinkHealth) -> Iterator[list[object]]:
    """The buckets, and all of the range after them."""
    yield [*SLOT, "checks", "ok_share", *(status.lower() for status in _FOUND)]
    for each in health.buckets:
        yield [*each.cells(), each.checks, each.ok_share, *each.by_status.values()]
    span, total = health.range, health.overall
    yield [
        *("overall", utc_text(span.starts_at), utc_text(span.ends_at), None),
        *(total.checks, total.ok_share, *total.by_status.values()),
    ]


def chart(health: LinkHealth) -> Chart:
    buckets = health.buckets
    now = ", ".join(f"{number} {status}" for status, number in health.links.items() if number) or "none"
    shares = [None if each.ok_share is None else each.ok_share * 100 for each in buckets]
    return Chart(
        title="Health of links",
        description=f"{health.range.told()}: {health.overall.checks} checks. Links now: {now}.",
        labels=[each.bucket for each in buckets],
        panels=[
            Panel("Checks that found the link in order", "%", [Series("OK", shares, is_line=True)], top=100),
            Panel(
                "Checks",
                "checks",
                [Series(status, [each.by_status[status] for each in buckets]) for status in _FOUND],
            ),
        ],
    )
