"""The wire of /workspaces/{workspace_id}/members."""

from datetime import datetime

from pydantic import BaseModel

from app.core.permissions import Role
from app.schemas.common import DisplayName, Page, UserId, Wire
from app.schemas.workspaces import RoleName


class MemberAdd(Wire):
    user_id: UserId
    role: Role
    display_name: DisplayName | None = None


class MemberPatch(Wire):
    role: Role


class Member(BaseModel):
    id: str
    workspace_id: str
    user_id: str
    display_name: str | None
    role: RoleName
    added_at: datetime
    added_by: str
    updated_at: datetime
    version: int


class MemberPage(Page[Member]): ...
