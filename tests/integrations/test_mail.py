"""The mailer against a real SMTP server: TLS that is not to be had, passwords that are wrong, refusals of every
kind, and that nothing of it names an address."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from app.integrations.mail import Mailer, MailRefused, MailUnavailable
from tests.integrations.test_guarded_client import certificate
from tests.smtp_server import MailServer, taking_mail

TO = "bob@example.com"


def letter() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@pm.example.com", TO, "Hello"
    message.set_content("Hello, Bob.")
    return message


async def send(server: MailServer, recipient: str = TO, **options: Any) -> None:
    given: dict[str, Any] = {"host": "localhost", "port": server.port, "security": "none"}
    mailer = Mailer(**(given | options))
    await mailer.send(letter(), sender="a@pm.example.com", recipient=recipient)


async def test_mail_goes_by_tls_or_not_at_all(tmp_path: Path) -> None:
    tls, authorities = certificate(tmp_path, "localhost")
    async with taking_mail(tls) as server:
        await send(server, security="starttls", authorities=authorities)
        assert [mail["Subject"] for mail in server.to(TO)] == ["Hello"]
        with pytest.raises(MailUnavailable):
            await send(server, security="starttls")  # of an authority that this machine does not know
        with pytest.raises(MailUnavailable):
            await send(server, security="none")  # which the server does not take
    async with taking_mail() as server:
        with pytest.raises(MailUnavailable):
            await send(server, security="starttls", authorities=authorities)
        with pytest.raises(MailUnavailable):
            await send(server, security="tls", authorities=authorities)
        assert server.mails == []
    with pytest.raises(MailUnavailable):
        await send(server)


async def test_a_password_is_never_sent_where_it_can_be_read(tmp_path: Path) -> None:
    async with taking_mail() as server:
        with pytest.raises(MailUnavailable):
            await send(server, user="pm", password="secret")
        assert server.mails == []


@pytest.mark.parametrize(
    ("who", "answer", "expected", "is_recipient"),
    [
        (TO, "450 Later", MailUnavailable, None),
        (TO, f"550 No {TO} here", MailRefused, True),
        (TO, "552 Full", MailRefused, True),
        ("DATA", "451 Later", MailUnavailable, None),
        ("DATA", f"554 {TO} is spam", MailRefused, False),
    ],
)
async def test_what_a_server_says_is_judged(
    who: str, answer: str, expected: type[Exception], is_recipient: bool | None
) -> None:
    async with taking_mail() as server:
        server.answers[who] = answer
        with pytest.raises(expected) as caught:
            await send(server)
        assert getattr(caught.value, "is_recipient", None) is is_recipient
        assert TO not in "".join(map(str, (caught.value, caught.value.__cause__, caught.value.args)))
        assert caught.value.__suppress_context__
