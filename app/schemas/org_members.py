"""The wire of /organizations/{org_id}/members, /admins and /owner."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import DisplayName, Page, UserId, View, Wire
from app.schemas.organizations import OrgRoleName


class OrgMemberAdd(Wire):
    user_id: UserId
    display_name: DisplayName | None = None


class OrgMemberChoice(Wire):
    user_id: UserId = Field(description="Of a member.")


class OrgMember(View):
    id: str
    org_id: str
    user_id: str
    display_name: str | None
    role: OrgRoleName
    source: Literal["manual", "invitation", "directory"] = Field(description="How they came to be a member.")
    added_at: datetime
    added_by: str
    updated_at: datetime
    version: int


class OrgMemberPage(Page[OrgMember]): ...
