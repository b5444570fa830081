"""The wire of browsers that somebody is told in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas.common import Page, SecretText, Text, View, Wire


class PushKeys(Wire):
    p256dh: Annotated[Text, Field(min_length=80, max_length=100)]
    auth: Annotated[SecretText, Field(min_length=20, max_length=30)]


class PushSubscriptionAdd(Wire):
    """As `PushSubscription.toJSON()` of a browser has it."""

    endpoint: Annotated[Text, Field(max_length=2000, examples=["https://push.example.com/abc"])]
    keys: PushKeys
    expirationTime: int | None = Field(None, description="Passed over: a service says by itself when.")  # noqa: N815


class PushSubscription(View):
    id: str
    endpoint: str
    created_at: datetime


class PushSubscriptionPage(Page[PushSubscription]): ...
