"""Figures of links equal what plain Python works out of random histories of checks."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.integrations.provider import ExternalItem
from app.services import links
from app.services.links import HISTORY, Outcome
from tests.analytics import does, flat, lines_of, moment
from tests.harness import Service

END = datetime(2026, 4, 16, 13, 5, tzinfo=UTC)
FOUND = ("OK", "DEGRADED", "BROKEN", "ORPHANED")
OUTCOMES = {
    "OK": Outcome(item=ExternalItem("jira", "1", None, "One", None, None)),
    "ORPHANED": Outcome(is_missing=True),
    "FAILED": Outcome(reason="timeout"),
}


@dataclass
class Kept:
    """A link as it is remembered here."""

    id: str
    provider: str
    is_deleted: bool = False
    failures: int = 0
    checks: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.checks[-1][1] if self.checks else "UNKNOWN"

    def found(self, outcome: str, at: datetime) -> None:
        self.failures = 0 if outcome == "OK" else self.failures + 1
        failed = "BROKEN" if self.failures >= 3 else "DEGRADED"
        self.checks.append((at, failed if outcome == "FAILED" else outcome))


async def happened(service: Service) -> tuple[str, list[Kept]]:
    """Eight weeks of six links, one of which is looked at more often than is kept, and one never."""
    rng = random.Random(1)
    service.clock.now = END
    ada = await service.person("ada")
    space = (await ada.create_workspace())["id"]
    kept = []
    for number, provider in enumerate(("jira", "jira", "snow", "ado", "jira", "snow")):
        link = await does(
            ada,
            links.add_link,
            workspace_id=space,
            provider=provider,
            external_id=f"{number}",
            display_name=None,
            config=None,
            item=None,
        )
        kept.append(Kept(link.id, provider))
    database, tools = service.edge.parts.database, service.edge.tools
    service.clock.now = END - timedelta(weeks=8)
    while service.clock.now < END - timedelta(hours=6):
        service.clock.now += timedelta(hours=rng.uniform(0, 6))
        link, outcome = (
            rng.choice((kept[0], *kept[:5])),
            rng.choice(("OK", "OK", "FAILED", "FAILED", "ORPHANED")),
        )
        async with database.write() as tx:
            await links.record_scheduled_check(
                tx, tools, workspace_id=space, link_id=link.id, outcome=OUTCOMES[outcome]
            )
        link.found(outcome, service.clock.now)
    await does(ada, links.remove_link, workspace_id=space, link_id=kept[1].id)
    kept[1].is_deleted = True
    service.clock.now = END
    return space, kept


def expected(some: list[Kept], start: datetime, end: datetime) -> dict[str, Any]:
    counts = Counter(status for link in some for at, status in link.checks[-HISTORY:] if start <= at < end)
    total = sum(counts.values())
    return {
        "checks": total,
        "ok_share": round(counts["OK"] / total, 4) if total else None,
        "by_status": {status: counts[status] for status in FOUND},
    }


async def test_figures_are_those_of_the_checks_that_are_kept(service: Service) -> None:
    space, kept = await happened(service)
    ada = await service.person("ada")
    path = f"/workspaces/{space}/analytics/links"
    shares = set()
    for span in (
        {},
        {"bucket": "day", "from": "2026-03-25", "time_zone": "Europe/Berlin"},
        {"bucket": "month"},
    ):
        for provider in (None, "jira", "snow", "sharepoint"):
            some = [link for link in kept if not link.is_deleted and provider in (None, link.provider)]
            asked = span if provider is None else {**span, "provider": provider}
            answer = (await ada.get(path, **asked)).json()
            lines = lines_of(await ada.get(path, **asked, format="csv"))
            statuses = Counter(link.status for link in some)
            assert answer["links"] == {status: statuses[status] for status in ("UNKNOWN", *FOUND)}
            pruned = [link.checks[-HISTORY][0] for link in some if len(link.checks) > HISTORY]
            since = answer["complete_since"]
            assert (since and moment(since)) == max(pruned, default=None)
            for bucket, line in zip(answer["buckets"], lines[:-1], strict=True):
                start, end = moment(bucket["starts_at"]), moment(bucket["ends_at"])
                figures = {name: bucket[name] for name in ("checks", "ok_share", "by_status")}
                assert figures == expected(some, start, end), (asked, bucket)
                assert line == flat(_as_cells(bucket), list(line))
                shares.add(bucket["ok_share"])
            whole = answer["range"]
            assert answer["overall"] == expected(some, moment(whole["starts_at"]), moment(whole["ends_at"]))
            overall = {"bucket": "overall", "starts_at": whole["starts_at"], "ends_at": whole["ends_at"]}
            assert lines[-1] == flat(_as_cells(overall | answer["overall"]), list(lines[-1]))
    assert None in shares and len(shares) > 10
    assert any(len(link.checks) > HISTORY for link in kept)


def _as_cells(item: dict[str, Any]) -> dict[str, Any]:
    by_status = item.pop("by_status")
    return item | {status.lower(): number for status, number in by_status.items()}


async def test_a_picture_says_what_it_shows(service: Service) -> None:
    space, _ = await happened(service)
    answer = await (await service.person("ada")).get(f"/workspaces/{space}/analytics/links", format="svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "Links now: 1 UNKNOWN, " in answer.text
