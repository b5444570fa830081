"""The wire of figures of links."""

from datetime import datetime

from pydantic import Field

from app.schemas.analytics import Bucket, Span
from app.schemas.common import View

_SHARE = Field(description="Of checks that found `OK`, from 0 to 1; null where there was none.")
_BY_STATUS = Field(examples=[{"OK": 40, "DEGRADED": 1, "BROKEN": 0, "ORPHANED": 0}])


class Checks(View):
    checks: int
    ok_share: float | None = _SHARE
    by_status: dict[str, int] = _BY_STATUS


class CheckBucket(Bucket):
    checks: int
    ok_share: float | None = _SHARE
    by_status: dict[str, int] = _BY_STATUS


class LinkHealth(View):
    range: Span
    links: dict[str, int] = Field(description="How many are in each status now.")
    complete_since: datetime | None = Field(
        description="From when on all checks are kept: of each link the last 100 are. Null: all ever."
    )
    overall: Checks
    buckets: list[CheckBucket]
