"""The wire of /workspaces/{workspace_id}/approval-flows."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core import approvals as core
from app.core.permissions import Role
from app.core.policies import ObjectRole
from app.core.text import clean_line
from app.schemas.common import Id, UserId, View, Wire

Approved = Literal["objective", "workflow_template"]
"""What there are approvals of."""
Deciding = Literal[Role.OWNER, Role.ADMIN, Role.MEMBER]
StageName = Annotated[
    str,
    Field(max_length=100, examples=["Team review"]),
    AfterValidator(lambda text: clean_line(text, limit=100)),
]
StageKey = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Of its flow alone.", examples=["team_review"])
]


class ApprovalDecidersIn(Wire):
    """Whoever is one of these, and may see what is to be decided about. Guests are not, nor who looks on."""

    roles: list[Deciding] = Field([], max_length=3, description="Those roles, not those above them.")
    user_ids: list[UserId] = Field([], max_length=core.MOST_NAMED)
    user_type_ids: list[Id] = Field([], max_length=core.MOST_NAMED)
    object_roles: list[Literal[ObjectRole.APPROVER, ObjectRole.OVERRIDE]] = Field(
        [], max_length=2, description="On the object itself."
    )

    def rule(self) -> core.Deciders:
        return core.Deciders(
            tuple(Role(each) for each in self.roles),
            tuple(self.user_ids),
            tuple(self.user_type_ids),
            tuple(ObjectRole(each) for each in self.object_roles),
        )


class ApprovalStageIn(Wire):
    key: StageKey
    name: StageName
    deciders: ApprovalDecidersIn
    required: int = Field(1, ge=1, le=core.MOST_REQUIRED, description="How many of them have to approve.")
    deadline_hours: int | None = Field(
        None, ge=1, le=core.LONGEST_DEADLINE, description="From when the stage is reached."
    )
    escalate_to: ApprovalDecidersIn | None = Field(
        None, description="Who is asked too when the deadline has passed. With a deadline only."
    )

    def rule(self) -> core.Stage:
        return core.Stage(
            self.key,
            self.name,
            self.deciders.rule(),
            self.required,
            self.deadline_hours,
            None if self.escalate_to is None else self.escalate_to.rule(),
        )


class ApprovalFlowIn(Wire):
    stages: list[ApprovalStageIn] = Field(
        max_length=core.MOST_STAGES,
        description="One after the other. None: what the service comes with is in force.",
        examples=[[{"key": "team_review", "name": "Team review", "deciders": {"roles": ["ADMIN"]}}]],
    )

    def rule(self) -> core.Stages:
        return tuple(each.rule() for each in self.stages)


class ApprovalDeciders(View):
    roles: list[Role]
    user_ids: list[str]
    user_type_ids: list[str]
    object_roles: list[ObjectRole]


class ApprovalStage(View):
    key: str
    name: str
    deciders: ApprovalDeciders
    required: int
    deadline_hours: int | None
    escalate_to: ApprovalDeciders | None


class ApprovalFlow(View):
    """``version`` 0: none was ever defined. ``is_default``: the stages are those that the service comes with;
    where it comes with none, nothing of the type has to be approved."""

    object_type: Approved
    version: int
    is_default: bool
    stages: list[ApprovalStage]
    created_by: str | None
    created_at: datetime | None
