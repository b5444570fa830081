"""The wire of presence."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import Page, View, Wire


class Present(View):
    user_id: str
    display_name: str | None
    present_since: datetime = Field(description="Of the sockets that they have open, when the first was.")


class PresencePage(Page[Present]): ...


class PresenceSetting(Wire):
    is_hidden: bool = Field(examples=[True], description="Whether others are told that you are there.")
