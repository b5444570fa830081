"""The wire of /workspaces/{workspace_id}/approval-delegations."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import Moment, Page, UserId, View, Wire


class DelegationToMake(Wire):
    user_id: UserId = Field(description="Who may decide for the caller.")
    starts_at: Moment | None = Field(None, description="Null: now.")
    ends_at: Moment = Field(description="After a year at most.", examples=["2027-01-31T17:00:00Z"])


class ApprovalDelegation(View):
    """``request_id``: about which request alone; null: about all, until ``ends_at``."""

    id: str
    from_user: str
    to_user: str
    request_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


class ApprovalDelegationPage(Page[ApprovalDelegation]): ...
