"""The wire of links to join a workspace by."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import Page, SecretText, View, Wire
from app.schemas.workspaces import RoleName


class JoinLinkCreate(Wire):
    role: Literal["MEMBER", "VIEWER"] = "MEMBER"
    usage_limit: int = Field(ge=1, le=10_000, description="So many people may join by it.", examples=[30])
    days: int = Field(7, ge=1, le=365, description="So long they may.")


class JoinLink(View):
    id: str
    role: RoleName
    usage_limit: int
    usage_count: int
    created_by: str = Field(description="Who answers for it: it is good while they may give the role.")
    created_at: datetime
    expires_at: datetime


class JoinLinkCreated(JoinLink):
    code: str | None = Field(
        description="For `POST /join`. It is told here and never again: a retry with the same "
        "Idempotency-Key is answered null."
    )


class JoinLinkPage(Page[JoinLink]): ...


class Join(Wire):
    code: Annotated[SecretText, Field(min_length=1, max_length=200)]


class Joined(View):
    workspace_id: str
    name: str
    role: RoleName
    member_id: str
