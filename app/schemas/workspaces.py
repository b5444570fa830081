"""The wire of /workspaces."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from app.schemas.common import Description, Name, Page, View, Wire

StatusName = Literal["ACTIVE", "SUSPENDED", "ARCHIVED"]
RoleName = Literal["OWNER", "ADMIN", "MEMBER", "VIEWER"]


class WorkspaceCreate(Wire):
    name: Name
    description: Description | None = None


class WorkspacePatch(Wire):
    """What is left out stays as it is; a description of null is cleared."""

    name: Name | None = None
    description: Description | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "WorkspacePatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, description")
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name cannot be null")
        return self


class Workspace(View):
    id: str
    name: str
    description: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    org_id: str | None = Field(description="The organisation that it is of.")
    status: StatusName = Field(description="But for ACTIVE it can be read, and not changed.")
    deleted_at: datetime | None
    blob_path: str | None = Field(description="Where its files lie in the store, once the folder is made.")
    blob_state: Literal["PENDING", "READY"] = Field(
        description="PENDING while the store has yet to learn that it was made, deleted or restored."
    )
    version: int
    role: RoleName = Field(description="The caller's own role.")


class WorkspacePage(Page[Workspace]): ...


class WorkspaceCreated(Workspace):
    pma_token: str = Field(description="A fresh PMA token that lists the new workspace.")
    pma_token_expires_at: datetime
