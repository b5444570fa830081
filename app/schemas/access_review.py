"""The wire of …/access-review."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, View


class Reviewed(View):
    user_id: str
    display_name: str | None
    role: Literal["OWNER", "ADMIN", "MEMBER", "VIEWER"]
    source: Literal["manual", "invitation", "directory"] = Field(description="How they came to it.")
    added_at: datetime
    added_by: str = Field(description="The user id of whoever let them in.")
    added_by_name: str | None = Field(description="Of somebody who is not in it any more, null.")
    account_status: Literal["ACTIVE", "DEACTIVATED", "SUSPENDED", "ARCHIVED", "ERASED"]
    is_expected: bool = Field(description="They were added, and nobody has signed in with that id yet.")
    last_seen_at: datetime | None = Field(
        description="When they last signed in or renewed a session, anywhere here; kept to the hour."
    )


class ReviewPage(Page[Reviewed]): ...
