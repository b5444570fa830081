"""The wire of /workspaces/{workspace_id}/links."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, Field

from app.schemas.common import ExternalId, Name, Page, View, Wire

_MOST_CONFIG_BYTES = 16_384


def _config(value: dict[str, Any]) -> dict[str, Any]:
    if len(msgspec.json.encode(value)) > _MOST_CONFIG_BYTES:
        raise ValueError(f"must take at most {_MOST_CONFIG_BYTES} bytes as JSON")
    return value


Config = Annotated[
    dict[str, Any],
    AfterValidator(_config),
    Field(description="For the portal to use; at most 16 KiB as JSON. Nothing secret: every member sees it."),
]
LinkStatus = Literal["UNKNOWN", "OK", "DEGRADED", "BROKEN", "ORPHANED"]


class LinkAdd(Wire):
    external_id: ExternalId
    display_name: Name | None = Field(None, description="Default: the name in the other system.")
    config: Config | None = None
    verify: bool = Field(True, description="Ask the other system whether there is such an item.")


class LinkPatch(Wire):
    """What is left out stays; null removes."""

    display_name: Name | None = None
    config: Config | None = None


class Link(View):
    id: str
    workspace_id: str
    provider: Literal["jira", "ado", "snow", "sharepoint"]
    external_id: str
    display_name: str | None
    config: dict[str, Any] | None
    url: str | None
    status: LinkStatus
    failures: int = Field(description="Failed checks in a row.")
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    last_reason: str | None = Field(description="Why the last check failed.")
    linked_at: datetime
    linked_by: str
    updated_at: datetime
    version: int


class LinkPage(Page[Link]): ...


class LinkCheck(View):
    seq: int
    checked_at: datetime
    status: LinkStatus
    reason: str | None


class LinkCheckPage(Page[LinkCheck]): ...
