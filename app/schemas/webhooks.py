"""The wire of webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.text import clean_line
from app.schemas.common import Page, View, Wire

Url = Annotated[
    str,
    Field(
        pattern=r"^https?://[!-~]+$",
        max_length=2000,
        description="A public address, with https; a name is judged each time by the address it stands for.",
        examples=["https://hooks.example.com/pm-assist"],
    ),
]
Description = Annotated[
    str,
    Field(max_length=500, examples=["The build server"]),
    AfterValidator(lambda text: clean_line(text, limit=500)),
]
EventTypes = Annotated[
    list[Annotated[str, Field(pattern=r"^(\*|[a-z_]+\.([a-z_]+|\*))$", max_length=100)]],
    Field(
        min_length=1,
        max_length=100,
        description="Types that `GET /event-types` lists, all of an object as `task.*`, or `*`.",
        examples=[["task.*", "member.added"]],
    ),
]


class WebhookCreate(Wire):
    url: Url
    description: Description | None = None
    event_types: EventTypes = Field(["*"])
    is_ordered: bool = Field(
        False, description="One after another, in the order of the events; one that waits holds up the rest."
    )


class WebhookPatch(Wire):
    """What is left out stays; null removes a description."""

    url: Url = ""
    description: Description | None = None
    event_types: EventTypes = Field([])
    is_ordered: bool = False


class Webhook(View):
    id: str
    url: str
    description: str | None
    event_types: list[str]
    is_ordered: bool
    is_enabled: bool
    disabled_reason: Literal["asked", "gone", "failing", "not_admin"] | None = Field(
        description="Somebody asked; the receiver answered 410; all failed for five days; whoever it acts "
        "for is no ADMIN any more."
    )
    failing_since: datetime | None = Field(description="No try has succeeded since.")
    earlier_secret_until: datetime | None = Field(description="Until then the secret before signs too.")
    acts_for: str = Field(description="What this ADMIN may not hear is not sent.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class WebhookWithSecret(Webhook):
    secret: str | None = Field(
        description="Verifies the signatures. It is told here and never again: a retry with the same "
        "Idempotency-Key is answered null.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
    )


class WebhookPage(Page[Webhook]): ...


State = Literal["PENDING", "DELIVERED", "FAILED", "WITHHELD"]


class Delivery(View):
    id: str = Field(description="The `webhook-id` of every try.")
    event_seq: int | None = Field(description="The event; null for a test.")
    event_type: str
    state: State = Field(
        description="It waits; it was answered 2xx; every try was in vain; it may not be told to whom the "
        "webhook acts for."
    )
    due_at: datetime | None = Field(description="When it is tried next.")
    attempts: int
    created_at: datetime
    done_at: datetime | None


class DeliveryPage(Page[Delivery]): ...


class Attempt(View):
    number: int
    at: datetime
    duration_ms: int
    status: int | None = Field(description="What was answered; null without an answer.")
    reason: str | None = Field(
        description="Why there was none: `timeout`, `name`, `unreachable`, `tls`, `broken`, `busy`, or why "
        "the address was refused, as `address`."
    )
    answer: str | None = Field(description="The first of its body, at most 1 KiB.")


class DeliveryWithAttempts(Delivery):
    tries: list[Attempt] = Field(description="The newest 50, the newest first.")


class Replay(Wire):
    from_seq: int = Field(ge=1, description="The first event.", examples=[41])
    to_seq: int = Field(ge=1, examples=[57], description="At most 1,000 events at once.")


class Replayed(View):
    deliveries: int = Field(description="So many are sent again, or for the first time.")
