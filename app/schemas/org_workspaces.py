"""The wire of /organizations/{org_id}/workspaces."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, View
from app.schemas.workspaces import RoleName, StatusName


class OrgWorkspace(View):
    """A workspace as its organisation governs it: nothing of what it holds."""

    id: str
    org_id: str
    name: str
    status: StatusName
    held_by: Literal["workspace", "organization", "platform"] | None = Field(
        description="Who took it out of work; nobody below them puts it back."
    )
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    role: RoleName | None = Field(description="The caller's own role in it, null for who is not in it.")


class OrgWorkspacePage(Page[OrgWorkspace]): ...
