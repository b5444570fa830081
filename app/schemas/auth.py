"""The wire of /auth."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.text import clean_address
from app.schemas.common import DisplayName, Id, SecretText, View, Wire
from app.schemas.organizations import OrganizationCreate, OrgRoleName
from app.schemas.workspaces import RoleName

Email = Annotated[
    str,
    Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, examples=["ada@example.com"]),
    AfterValidator(clean_address),
]
# The upper bound keeps a hostile megabyte away from Argon2.
Password = Annotated[SecretText, Field(min_length=12, max_length=256)]


class ValidateRequest(Wire):
    workspace_id: Id | None = Field(
        None, description="Mint the token for this workspace only. Without it, for all of the caller's."
    )


class User(View):
    user_id: str
    tenant_id: str
    issuer: str
    display_name: str | None
    email: str | None


class WorkspaceRole(View):
    id: str
    name: str
    role: RoleName


class ActiveOrganization(View):
    id: str
    name: str
    role: OrgRoleName


class SwitchOrganization(Wire):
    org_id: Id | None = Field(
        description="null: in none, with all of your workspaces.",
        examples=["0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f"],
    )


_ACTIVE = Field(
    description="The organisation that you chose to work in; null if none, or if you have left it."
)


class Session(View):
    pma_token: str = Field(description="Send it as X-PMA-Token beside the access token.")
    token_type: str = Field(examples=["PMA"])
    expires_at: datetime
    user: User
    workspaces: list[WorkspaceRole]
    truncated: bool = Field(
        description="There are more workspaces than are listed; the token works in all of them."
    )
    organization: ActiveOrganization | None = _ACTIVE


class Me(View):
    user: User
    is_platform_admin: bool = Field(description="By the account's mark or the setting `PLATFORM_ADMINS`.")
    workspaces: list[WorkspaceRole]
    truncated: bool
    access_token_expires_at: datetime
    pma_token_expires_at: datetime
    workspace_scope: str | None = Field(description="The one workspace the PMA token was minted for.")
    organization: ActiveOrganization | None = _ACTIVE
    organization_scope: str | None = Field(
        description="The one organisation whose workspaces the PMA token was minted for."
    )


class Register(Wire):
    email: Email
    password: Password
    display_name: DisplayName
    organization: OrganizationCreate | None = Field(
        None, description="Made in the same transaction, with the new account as its OWNER."
    )


class Registered(View):
    user_id: str
    email: str
    display_name: str
    org_id: str | None = Field(description="Of the organisation that was made, if one was asked for.")


class Refresh(Wire):
    refresh_token: Annotated[SecretText, Field(min_length=1, max_length=200)]


class Logout(Wire):
    refresh_token: Annotated[SecretText, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Ends this refresh token's family too."
    )


class Tokens(View):
    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="Seconds.")
    refresh_token: str
    scope: str
