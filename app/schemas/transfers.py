"""The wire of handing a workspace over."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, UserId, View, Wire


class TransferCreate(Wire):
    user_id: UserId


class Transfer(View):
    id: str
    workspace_id: str
    from_user: str = Field(description="The OWNER who asked.")
    to_user: str = Field(description="The member who was asked.")
    state: Literal["PENDING", "ACCEPTED", "DECLINED", "CANCELLED", "EXPIRED"]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class TransferPage(Page[Transfer]): ...
