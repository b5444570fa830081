"""The wire of tickets for sockets and streams."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import View


class Ticket(View):
    ticket: str = Field(description="For `?ticket=`, once.")
    expires_at: datetime = Field(description="It has to be used before this.")
