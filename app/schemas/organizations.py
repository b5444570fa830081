"""The wire of /organizations."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.schemas.common import Name, Page, View, Wire
from app.schemas.workspaces import StatusName

OrgRoleName = Literal["OWNER", "ADMIN", "MEMBER"]
Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        max_length=63,
        examples=["analytical-engines"],
        description="A short name for addresses: lower-case letters, digits and hyphens, as a label of DNS.",
    ),
]


class OrganizationCreate(Wire):
    name: Name
    slug: Slug | None = None


class OrganizationPatch(Wire):
    """What is left out stays as it is; a slug of null is taken away."""

    name: Name | None = None
    slug: Slug | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "OrganizationPatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, slug")
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name cannot be null")
        return self


class Organization(View):
    id: str
    name: str
    slug: str | None
    status: StatusName
    held_by: Literal["organization", "platform"] | None = Field(
        description="Who took it out of work; what the platform holds, its administrators put back."
    )
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    role: OrgRoleName = Field(description="The caller's own role.")


class OrganizationPage(Page[Organization]): ...


class StatusEvent(View):
    seq: int
    from_status: StatusName
    to_status: StatusName
    reason: str | None
    actor_id: str
    at: datetime


class StatusEventPage(Page[StatusEvent]): ...
