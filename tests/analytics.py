"""Figures over time, worked out plainly: of what the service's own SQL is held against."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.core.caller import Caller, Origin
from app.core.identity import Identity
from tests.harness import TENANT, Person
from tests.http_client import httpx

SECOND = timedelta(seconds=1)


def caller_of(person: Person) -> Caller:
    """Somebody for services, whatever their tokens say."""
    now = person.service.clock()
    identity = Identity(person.user_id, TENANT, "local", person.name, None, now, now + timedelta(hours=1))
    return Caller(identity, None, Origin("history", None))


async def does(person: Person, service: Any, /, **values: Any) -> Any:
    """What a route would have done, at the moment that the clock says."""
    edge = person.service.edge
    return await edge.parts.database.transact(lambda tx: service(tx, caller_of(person), edge.tools, **values))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(start: datetime, end: datetime) -> int:
    """Between two whole seconds of the clock."""
    return (end.replace(microsecond=0) - start.replace(microsecond=0)) // SECOND


def summary(spans: Iterable[int]) -> dict[str, int | None]:
    """Of durations, as the service is to answer it."""
    ordered = sorted(spans)
    count = len(ordered)

    def nearest(percent: int) -> int | None:
        return next((each for place, each in enumerate(ordered, 1) if place * 100 >= percent * count), None)

    return {
        "count": count,
        "mean_seconds": int(sum(ordered) / count + 0.5) if count else None,
        "p50_seconds": nearest(50),
        "p85_seconds": nearest(85),
        "p95_seconds": nearest(95),
    }


def lines_of(response: httpx.Response) -> list[dict[str, str]]:
    """The lines of a CSV file, by the names in its first."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def flat(item: dict[str, Any], names: Sequence[str]) -> dict[str, str]:
    """A bucket of the JSON as its line in the CSV is to be: of members that have members, each by itself."""
    given: dict[str, Any] = {}
    for name, value in item.items():
        given |= (
            {f"{name}_{inner}": each for inner, each in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
    return {name: "" if given.get(name) is None else _plain(given[name]) for name in names}


def _plain(value: object) -> str:
    if isinstance(value, str) and value.endswith("Z") and "T" in value:
        return moment(value).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)
