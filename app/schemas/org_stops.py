"""The wire of /organizations/{org_id}/stops."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import Page, Reason, View, Wire
from app.schemas.organizations import OrgRoleName


class OrgStopLift(Wire):
    reason: Reason = Field(description="For the organisation's log.")


class OrgStop(View):
    user_id: str
    display_name: str | None
    role: OrgRoleName | None = Field(description="What they are in the organisation, and may not use.")
    stopped_at: datetime
    directories: int = Field(description="How many have stopped them.")


class OrgStopPage(Page[OrgStop]): ...
