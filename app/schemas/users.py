"""The wire of /users."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.text import clean_text
from app.schemas.common import DisplayName, Page, View, Wire

AccountStatus = Literal["ACTIVE", "DEACTIVATED", "SUSPENDED", "ARCHIVED", "ERASED"]
Bio = Annotated[str, Field(max_length=1000), AfterValidator(lambda text: clean_text(text, limit=1000))]


class ProfilePatch(Wire):
    """What is left out stays as it is; null takes it away."""

    name: DisplayName | None = Field(
        None, description="Shown wherever the person is, in place of the directory's; null: the directory's."
    )
    bio: Bio | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "ProfilePatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, bio")
        return self


class UserProfile(View):
    id: str
    display_name: str | None = Field(
        description="What they are called: the name they chose, else the directory's."
    )
    name: str | None = Field(description="The name they chose.")
    bio: str | None
    has_avatar: bool = Field(description="At `/users/{user_id}/avatar`.")
    email: str | None = Field(
        description="For themselves, and for people of an organisation that they founded, or came into by an "
        "invitation or their directory."
    )
    status: AccountStatus
    held_by: Literal["organization", "platform"] | None = Field(
        description="Who stopped it; what the platform holds, its administrators put back."
    )
    is_expected: bool = Field(
        description="Nobody has signed in with this id yet: who it is, nobody has proved."
    )
    created_at: datetime
    updated_at: datetime
    version: int


class UserPage(Page[UserProfile]): ...


class UserStatusEvent(View):
    seq: int
    from_status: AccountStatus
    to_status: AccountStatus
    reason: str | None
    actor_id: str
    at: datetime


class UserStatusEventPage(Page[UserStatusEvent]): ...
