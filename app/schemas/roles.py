"""The wire of /workspaces/{workspace_id}/roles."""

from pydantic import Field

from app.core.permissions import Permission, Role
from app.core.policies import ObjectRole
from app.schemas.common import View


class RoleFacts(View):
    role: Role
    grants: list[Role] = Field(description="Roles that somebody of this role gives to others.")
    manages: list[Role] = Field(description="Roles whose members they change and remove.")
    permissions: list[Permission] = Field(description="What they may do to tasks, at most.")
    is_narrowed: bool = Field(description="Whether their user type narrows that further.")
    may_be_guest: bool = Field(description="Whether a guest may have it.")


class Rule(View):
    rule: str = Field(description="Its name.", examples=["owner"])
    reason: str


class Operation(View):
    name: str = Field(description="What it is done to, and what is done.", examples=["project.update"])
    minimum: Role = Field(description="The lowest role that may.")
    for_guests: bool = Field(description="Whether a guest of that role may.")
    permission: Permission | None = Field(description="What is needed on the task too.")
    allowed_by: list[Rule] = Field(
        description="Where the role is not enough: one of these has to hold. Empty where it is."
    )


class Roles(View):
    own: Role = Field(description="The caller's own.")
    is_guest: bool = Field(description="Whether the caller is a guest.")
    roles: list[RoleFacts] = Field(description="From the most to the least.")
    permissions: list[Permission] = Field(description="All there are, of roles and user types.")
    operations: list[Operation] = Field(description="All there are, and what they take.")
    denials: list[Rule] = Field(description="Rules that deny, in the order in which they are told.")
    object_roles: dict[str, list[ObjectRole]] = Field(description="What there is of each type of object.")
