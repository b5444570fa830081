"""The wire of directories' connections."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import DisplayName, Page, View, Wire


class ScimConnectionCreate(Wire):
    name: DisplayName = Field(examples=["Contoso Entra ID"])


class ScimConnectionChange(Wire):
    name: DisplayName | None = None
    is_enabled: bool | None = Field(None, description="Whether the directory is let in.")


class ScimSecretRotate(Wire):
    overlap_hours: int = Field(24, ge=0, le=168, description="So long the secret before is good still.")


class ScimConnection(View):
    id: str
    org_id: str
    tid: str = Field(description="The directory's tenant: it provisions the people of this one.")
    name: str
    is_enabled: bool
    ends_sessions: bool = Field(
        description="Whether whom it stops is signed out everywhere: a platform administrator connected it."
    )
    previous_secret_until: datetime | None
    last_used_at: datetime | None = Field(description="Kept to the hour.")
    users: int
    linked_users: int = Field(description="Those whose externalId is an object id of this directory.")
    groups: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class ScimConnectionWithSecret(ScimConnection):
    secret: str | None = Field(
        description="What the directory sends as `Bearer`. It is told here and never again: a retry with the "
        "same Idempotency-Key is answered null."
    )


class ScimConnectionPage(Page[ScimConnection]): ...
