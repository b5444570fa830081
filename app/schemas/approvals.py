"""The wire of /workspaces/{workspace_id}/approvals."""

from datetime import datetime

from pydantic import Field

from app.core.approvals import Act, Ground, Refusal, State
from app.core.policies import ObjectRole
from app.schemas.approval_flows import Approved
from app.schemas.common import Id, Page, Reason, UserId, View, Wire


class ApprovalSubmission(Wire):
    object_type: Approved
    object_id: Id


class ApprovalReason(Wire):
    reason: Reason = Field(description="For whoever submitted it, and the history.")


class ApprovalNote(Wire):
    reason: Reason | None = Field(None, description="For whoever submitted it, and the history.")


class ApprovalDelegate(Wire):
    user_id: UserId = Field(description="Who may decide for the caller about this request.")


class ApprovalItem(View):
    """``content_hash``: of what the object said when it was submitted. ``stage``: where it stands, or ended:
    the ``stage_number`` th of ``stages``."""

    id: str
    workspace_id: str
    object_type: Approved
    object_id: str
    object_version: int
    content_hash: str
    title: str
    flow_version: int
    stage: str
    stage_number: int
    stages: int
    stage_since: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    state: State
    author_id: str
    submitted_by: str
    created_at: datetime
    ended_at: datetime | None
    version: int


class ApprovalPage(Page[ApprovalItem]): ...


class ApprovalDecision(View):
    """``on_behalf_of``: who had the actor decide for them, and for whom it counts."""

    id: str
    stage: str
    actor_id: str
    on_behalf_of: str | None
    decision: Act
    override_role: ObjectRole | None
    reason: str | None
    at: datetime


class ApprovalDecider(View):
    user_id: str
    display_name: str | None
    grounds: list[Ground]
    delegates: list[str]


class ApprovalOpenStage(View):
    """``can_pass`` is false where fewer people are left than have to approve: it waits for its deadline, for
    somebody to be made one of those who are asked, or for OVERRIDE."""

    key: str
    name: str
    required: int
    approvals: int
    can_pass: bool
    deciders: list[ApprovalDecider]
    has_more: bool


class ApprovalOwn(View):
    """What the caller may do; ``refusal`` is why they may not decide."""

    may_decide: bool
    refusal: Refusal | None
    grounds: list[Ground]
    on_behalf_of: str | None
    may_withdraw: bool
    may_override: bool


class ApprovalDetail(ApprovalItem):
    """``open_stage`` and ``you`` are null once it has ended. ``is_current``: the object still says what was
    submitted."""

    is_current: bool
    decisions: list[ApprovalDecision]
    open_stage: ApprovalOpenStage | None
    you: ApprovalOwn | None
