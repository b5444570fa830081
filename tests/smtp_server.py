"""A real SMTP server that keeps what it is given."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass
class MailServer:
    """``answers``: what it says to an address, or, under ``DATA``, to a message; else it takes everything."""

    port: int = 0
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if refused := self.answers.get(address):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if refused := self.answers.get("DATA"):
            return refused
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.raw.append(envelope.content)
        self.mails += [(address, parsed) for address in envelope.rcpt_tos]
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for whom, mail in self.mails if whom == address]


@asynccontextmanager
async def taking_mail(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    from aiosmtpd.smtp import SMTP

    kept = MailServer()
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(kept, hostname="mail.test", tls_context=tls, require_starttls=tls is not None, loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        await server.wait_closed()


def parts_of(mail: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    return text.get_content(), html.get_content()
