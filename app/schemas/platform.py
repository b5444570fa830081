"""The wire of /platform."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, Reason, View, Wire
from app.schemas.users import AccountStatus
from app.schemas.workspaces import StatusName


class PlatformChange(Wire):
    reason: Reason = Field(
        description="For the histories and audit logs; those whom it concerns may read it."
    )


class PlatformOrganization(View):
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


class PlatformWorkspace(View):
    """That it is there and in which state, and nothing of what is in it."""

    id: str
    name: str
    org_id: str | None
    status: StatusName
    held_by: Literal["workspace", "organization", "platform"] | None
    archived_by: Literal["workspace", "organization"] | None = Field(
        description="Who had archived it before it was suspended: activated, it is archived again."
    )
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


class PlatformWorkspacePage(Page[PlatformWorkspace]): ...


class PlatformUser(View):
    id: str
    tid: str = Field(description="Their tenant, or the name of an issuer that has none.")
    display_name: str | None
    email: str | None
    status: AccountStatus
    held_by: Literal["organization", "platform"] | None
    is_platform_admin: bool
    is_expected: bool = Field(description="Nobody has signed in with this id yet.")
    last_seen_at: datetime | None
    created_at: datetime
    version: int


class PlatformUserPage(Page[PlatformUser]): ...
