"""Signatures of webhooks: the reference vector, and what the reference verifier makes of ours."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.core.webhook_signatures import new_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}'
MOMENT = datetime.fromtimestamp(1614265330, UTC)


def test_the_reference_vector() -> None:
    assert signed_headers([SECRET], message_id=ID, moment=MOMENT, body=BODY) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_moment_is_the_same_in_every_zone() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    one, other = (signed_headers([SECRET], message_id=ID, moment=each, body=BODY) for each in (MOMENT, there))
    assert one == other


def test_whoever_knows_either_secret_can_verify() -> None:
    secrets = [new_secret(os.urandom) for _ in range(3)]
    body = '{"name":"Zoë 中"}'
    headers = dict(signed_headers(secrets[:2], message_id="a-b", moment=datetime.now(UTC), body=body))
    for secret in secrets[:2]:
        assert Webhook(secret).verify(body.encode(), headers) == {"name": "Zoë 中"}
    for secret, text in ((secrets[2], body), (secrets[0], body + " ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(text, headers)
