"""The wire of what directories' groups make of people."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Id, Page, View, Wire
from app.schemas.workspaces import RoleName

MappedRole = Literal["ADMIN", "MEMBER", "VIEWER"]


class DirectoryGroup(View):
    id: str
    connection_id: str
    external_id: str | None
    display_name: str
    members: int


class DirectoryGroupPage(Page[DirectoryGroup]): ...


class ScimMappingSet(Wire):
    group_id: Id
    workspace_id: Id
    role: MappedRole
    user_type_id: Id | None = Field(None, description="Of the workspace.")


class ScimMappingPreview(Wire):
    group_id: Id
    workspace_id: Id
    role: MappedRole | None = Field(description="Null: as if the mapping were removed.")
    user_type_id: Id | None = None


class ScimMapping(View):
    id: str
    connection_id: str
    group_id: str
    workspace_id: str
    role: MappedRole
    user_type_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class ScimMappingPage(Page[ScimMapping]): ...


class ScimMappingChange(View):
    user_id: str
    display_name: str | None
    role: RoleName | None = Field(description="What they are there now; null for nothing.")
    new_role: RoleName | None
    user_type_id: str | None
    new_user_type_id: str | None


class ScimMappingPreviewed(View):
    looked_at: int = Field(description="Of the group's people, those who are active and have an account.")
    added: int
    changed: int
    removed: int
    more: bool = Field(description="There are more people than were looked at.")
    people: list[ScimMappingChange] = Field(description="The first hundred changes.")
