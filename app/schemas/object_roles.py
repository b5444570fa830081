"""The wire of /workspaces/{workspace_id}/object-roles."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from app.core.policies import OBJECT_ROLES, ObjectRole
from app.schemas.common import Id, Moment, Page, UserId, View, Wire

GrantedOn = Literal["project", "objective", "user_type", "workflow_template"]


class ObjectRoleGrant(Wire):
    """MANAGER is of projects and objectives, LEAD of user types, APPROVER of objectives and templates of
    workflows; OVERRIDE of all but user types."""

    object_type: GrantedOn
    object_id: Id
    user_id: UserId
    role: ObjectRole
    expires_at: Moment | None = Field(None, description="From then on it is none. Null: it has no end.")

    @model_validator(mode="after")
    def _fits(self) -> "ObjectRoleGrant":
        if self.role not in OBJECT_ROLES[self.object_type]:
            raise ValueError(f"{self.role} is no role on a {self.object_type}")
        return self


class ObjectRoleItem(View):
    id: str
    object_type: str
    object_id: str
    user_id: str
    role: ObjectRole
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None


class ObjectRolePage(Page[ObjectRoleItem]): ...
