"""Signatures of webhooks, as Standard Webhooks has them: HMAC-SHA256 over id, time and body
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

_SECRET_BYTES = 32


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """256 random bits, written as the specification has it."""
    return f"whsec_{base64.b64encode(random_bytes(_SECRET_BYTES)).decode()}"


def signed_headers(
    secrets: Sequence[str], *, message_id: str, moment: datetime, body: str
) -> Mapping[str, str]:
    """The headers that prove where a message comes from: one signature for each secret, so that whoever
    knows either of two can verify it."""
    # The library takes any time for UTC, whatever its zone.
    moment = moment.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets),
    }
