"""The wire of invitations."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.core.permissions import Role
from app.schemas.auth import Email
from app.schemas.common import Id, Page, SecretText, View, Wire
from app.schemas.workspaces import RoleName

StateName = Literal["PENDING", "ACCEPTED", "DECLINED", "REVOKED", "EXPIRED"]
Token = Annotated[SecretText, Field(min_length=1, max_length=200)]


class InvitationCreate(Wire):
    email: Email
    role: Role


class OrgInvitationCreate(Wire):
    email: Email
    role: Literal["ADMIN", "MEMBER"] = "MEMBER"


class Invitation(View):
    id: str
    email: str
    role: RoleName
    state: StateName
    invited_by: str = Field(description="Who answers for it: whoever sent it last.")
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class InvitationSent(Invitation):
    token: str | None = Field(
        description="For the invited person, to be sent to the address. It is told here and never again: a "
        "retry with the same Idempotency-Key is answered null. Resending makes another."
    )
    is_mailed: bool = Field(description="The service sends it to the address.")


class InvitationPage(Page[Invitation]): ...


class InvitationShown(Wire):
    token: Token


class InvitationAnswer(Wire):
    """Exactly one of the two."""

    token: Token | None = None
    invitation_id: Id | None = Field(
        None, description="One of `GET /users/me/invitations`, instead of its token."
    )

    @model_validator(mode="after")
    def _has_one(self) -> "InvitationAnswer":
        if (self.token is None) == (self.invitation_id is None):
            raise ValueError("send either token or invitation_id")
        return self


class InvitationPreview(View):
    id: str
    workspace_id: str | None
    org_id: str | None
    name: str = Field(description="Of the workspace or organisation.")
    role: RoleName
    state: StateName
    invited_by: str
    inviter_name: str | None
    expires_at: datetime


class InvitationAccepted(View):
    workspace_id: str | None
    org_id: str | None
    name: str
    role: RoleName
    member_id: str


class MyInvitation(View):
    id: str
    workspace_id: str | None
    org_id: str | None
    name: str
    role: RoleName
    created_at: datetime
    expires_at: datetime


class MyInvitationPage(Page[MyInvitation]): ...
