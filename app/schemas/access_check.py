"""The wire of /workspaces/{workspace_id}/access/check."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import Id, Reason, UserId, View, Wire

CheckedOn = Literal["project", "task", "comment", "file", "filter", "objective"]
Operation = Annotated[
    str,
    Field(
        max_length=60,
        pattern=r"^[a-z_]+(\.[a-z_]+)?$",
        description="One of those that `GET …/roles` lists.",
        examples=["task.delete"],
    ),
]


class AccessCheck(Wire):
    operation: Operation
    object_type: CheckedOn | None = Field(
        None, description="With `object_id`; neither asks of the workspace."
    )
    object_id: Id | None = None
    user_id: UserId | None = Field(None, description="Somebody else, for an ADMIN. Null: the caller.")
    override_reason: Reason | None = Field(None, description="What `X-Override-Reason` would say.")


class AccessDecision(View):
    is_allowed: bool
    rule: str = Field(description="The rule that decided.", examples=["object_manager"])
    reason: str = Field(description="What that rule says.")
    required: str | None = Field(description="What would be needed: a role, a permission, or `owner`.")
