"""The wire of /workspaces/{workspace_id}/projects/{project_id}/members."""

from datetime import datetime

from app.schemas.common import Page, UserId, View, Wire
from app.schemas.workspaces import RoleName


class ProjectMemberAdd(Wire):
    user_id: UserId


class ProjectMember(View):
    project_id: str
    user_id: str
    member_id: str
    display_name: str | None
    role: RoleName
    is_guest: bool
    added_by: str
    added_at: datetime


class ProjectMemberPage(Page[ProjectMember]): ...
