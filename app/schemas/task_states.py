"""The wire of what becomes of a task: who does it, its transitions, and who may."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.permissions import Role
from app.core.task_states import TaskState
from app.core.text import clean_line
from app.schemas.common import Id, Page, UserId, View, Wire

TransitionReason = Annotated[
    str,
    Field(max_length=1000, examples=["The venue is booked"]),
    AfterValidator(lambda text: clean_line(text, limit=1000)),
]


class Assign(Wire):
    user_id: UserId


class TransitionAdd(Wire):
    to: TaskState
    reason: TransitionReason = Field(description="For the history; whoever may see the task may read it.")
    transition_id: Id | None = Field(
        None, description="An id of your own making: with it the transition happens once."
    )


class Transition(View):
    task_id: str
    version: int = Field(description="Of the task, which the transition made.")
    transition_id: str | None
    from_state: TaskState
    to_state: TaskState
    reason: str
    actor_id: str
    at: datetime


class TransitionPage(Page[Transition]): ...


class Rule(View):
    rule: str = Field(
        examples=["scope"],
        description="`scope`: the project is seen. `role`: the workspace role goes as far. `user_type`: the "
        "user type sees tasks at all. `permission`: it grants this. `read_only`: it may do more than see. "
        "`hidden_state`: tasks in this state are shown to it. `task_type`: it is open, or mapped to it.",
    )
    is_met: bool


class Verdict(View):
    permission: Literal["view", "take", "move_state", "assign"]
    is_allowed: bool = Field(description="All rules are met.")
    rules: list[Rule]


class Eligibility(View):
    user_id: str
    role: Role
    is_guest: bool
    user_type_id: str | None
    verdicts: list[Verdict]
