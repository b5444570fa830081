"""The wire of how somebody wants to be told."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.notices import Channel, Reason
from app.schemas.common import TimeZone, View, Wire

Digest = Literal["off", "daily", "weekly"]
_CHANNELS = "Of each kind, by which channels I am told; of none, I am not."


class PreferencesSet(Wire):
    """All of it: what is left out is as by default."""

    channels: dict[Reason, Annotated[list[Channel], Field(max_length=3)]] = Field(
        default={}, description=_CHANNELS, examples=[{"watching": ["in_app", "email"]}]
    )
    digest: Digest = Field(
        "off", description="Mail is gathered and sent once a day or a week, in place of one for each."
    )
    digest_hour: Annotated[int, Field(ge=0, le=23, description="Where I am.")] = 8
    digest_weekday: Annotated[int, Field(ge=1, le=7, description="1 is Monday; of a weekly one.")] = 1
    time_zone: TimeZone = "UTC"


class Preferences(View):
    channels: dict[str, list[Channel]] = Field(description=_CHANNELS)
    digest: Digest
    digest_hour: int
    digest_weekday: int
    time_zone: str
    muted_workspaces: list[str] = Field(description="Of which I hear nothing.")
    sends_mail: bool = Field(description="Whether this installation sends mail at all.")
    push_key: str | None = Field(
        description="`applicationServerKey` to subscribe a browser with; null where nothing is pushed."
    )
    version: int
