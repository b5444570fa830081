"""The wire of /workspaces/{workspace_id}/members."""

from datetime import datetime

from pydantic import Field, model_validator

from app.core.permissions import Role
from app.schemas.common import DisplayName, Id, Page, UserId, View, Wire
from app.schemas.workspaces import RoleName

_GUEST = "A guest sees only the projects that they were added to; MEMBER or VIEWER."


class MemberAdd(Wire):
    user_id: UserId
    role: Role
    display_name: DisplayName | None = None
    is_guest: bool = Field(False, description=_GUEST)


class MemberPatch(Wire):
    """What is left out stays; a user type of null is none."""

    role: Role | None = None
    is_guest: bool | None = Field(None, description=_GUEST)
    user_type_id: Id | None = Field(None, description="What they may do to tasks, within their role.")

    @model_validator(mode="after")
    def _has_a_change(self) -> "MemberPatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of role, is_guest, user_type_id")
        for name in self.model_fields_set - {"user_type_id"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class Member(View):
    id: str
    workspace_id: str
    user_id: str
    display_name: str | None
    role: RoleName
    is_guest: bool
    user_type_id: str | None
    added_at: datetime
    added_by: str
    updated_at: datetime
    version: int


class MemberPage(Page[Member]): ...
