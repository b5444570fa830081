"""The wire of browser sessions."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import View

_PROVIDER = Field(examples=["entra"])


class BrowserSession(View):
    id: str
    provider: str = _PROVIDER
    user_agent: str = Field(description="Which browser on which system.", examples=["Firefox on Linux"])
    created_at: datetime
    last_seen_at: datetime = Field(description="To five minutes.")
    expires_at: datetime = Field(description="It ends then, however much it is used.")
    is_current: bool = Field(description="Of the cookie that asks.")


class BrowserSessions(View):
    items: list[BrowserSession]


class CurrentSession(View):
    id: str
    provider: str = _PROVIDER
    user_id: str
    display_name: str | None
    email: str | None
    created_at: datetime
    expires_at: datetime
    idle_minutes: int = Field(description="Without a call for so long it ends.")
