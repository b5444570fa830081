"""The wire of /platform."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.schemas.common import Page, Reason, Wire
from app.schemas.workspaces import StatusName


class PlatformChange(Wire):
    reason: Reason = Field(
        description="For the histories and audit logs; those whom it concerns may read it."
    )


class PlatformOrganization(BaseModel):
    id: str
    name: str
    slug: str | None
    status: StatusName
    held_by: Literal["organization", "platform"] | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class PlatformOrganizationPage(Page[PlatformOrganization]): ...


class PlatformWorkspace(BaseModel):
    """That it is there and in which state, and nothing of what is in it."""

    id: str
    name: str
    org_id: str | None
    status: StatusName
    held_by: Literal["workspace", "organization", "platform"] | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
