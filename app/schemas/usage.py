"""The wire of what an organisation has and may have."""

from typing import Annotated

from pydantic import Field

from app.schemas.branding import Line
from app.schemas.common import View, Wire

Most = Annotated[int, Field(ge=0, le=2**53 - 1)]


class LimitsSet(Wire):
    """What is left out, or null, has no limit. Nothing that is there is taken away."""

    plan: Line | None = Field(None, examples=["Team"])
    seats: Most | None = None
    workspaces: Most | None = None
    file_bytes: Most | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = Field(
        None, description="Of everybody in the organisation and its workspaces together."
    )


class Measure(View):
    used: int
    limit: int | None = Field(description="Null where there is none.")


class Usage(View):
    plan: str | None
    seats: Measure = Field(description="People with a membership in the organisation or a workspace of it.")
    workspaces: Measure = Field(description="Without the deleted ones.")
    file_bytes: Measure = Field(description="Of files, without the deleted ones.")
    requests_per_minute: int | None = Field(
        description="Null where there is no limit. What is left of them is in the header `RateLimit`."
    )
    version: int
