"""The wire of moves of workspaces into organisations, and out of them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Id, Page, View, Wire

_EXAMPLE = "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f"


class MoveByWorkspace(Wire):
    org_id: Id | None = Field(
        description="The organisation to move into, which you are in; null: out of the one it is of.",
        examples=[_EXAMPLE],
    )


class MoveByOrganization(Wire):
    workspace_id: Id = Field(description="For `in` one that you are in, for `out` one of the organisation.")
    direction: Literal["in", "out"]


class WorkspaceMove(View):
    id: str
    workspace_id: str
    org_id: str
    workspace_name: str = Field(description="When it was asked.")
    org_name: str = Field(description="When it was asked.")
    direction: Literal["in", "out"]
    asked_side: Literal["workspace", "organization"] = Field(
        description="This one cancels, the other one accepts or declines."
    )
    asked_by: str
    state: Literal["PENDING", "ACCEPTED", "DECLINED", "CANCELLED", "EXPIRED"]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class WorkspaceMovePage(Page[WorkspaceMove]): ...
