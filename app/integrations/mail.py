"""Mail, by an SMTP server (RFC 5321). The library is loaded with the first one.

What comes out of here names no address, so that none is in a log.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Literal

from app.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from email.message import EmailMessage

Security = Literal["starttls", "tls", "none"]
_SECONDS = 30.0
"""Of one mail, connecting included."""
_AT_ONCE = 4
"""Connections of one process: servers allow few of one address."""


class MailUnavailable(ServiceUnavailable):
    """The server is away, or says that it will do later what it does not now."""

    default_message = "The mail server is away. Try again."


class MailRefused(Exception):
    """For good. ``is_recipient``: the server knows nobody of the address, or takes nothing for it."""

    def __init__(self, code: int, *, is_recipient: bool) -> None:
        super().__init__(f"refused with {code}")
        self.is_recipient = is_recipient


class Mailer:
    """``authorities`` stand for the machine's own. TLS that is asked for and not to be had is no reason to
    send without."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Security,
        user: str | None = None,
        password: str | None = None,
        local_name: str | None = None,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        self._options = {
            "hostname": host,
            "port": port,
            "use_tls": security == "tls",
            "start_tls": security == "starttls",
            "username": user,
            "password": password,
            "local_hostname": local_name,
            "tls_context": authorities if security != "none" else None,
            "timeout": _SECONDS,
        }
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Raises ``MailUnavailable`` and ``MailRefused``."""
        import aiosmtplib

        async with self._slots:
            client = aiosmtplib.SMTP(**self._options)  # type: ignore[arg-type]
            try:
                async with asyncio.timeout(_SECONDS):
                    await client.connect()
                    await client.sendmail(sender, [recipient], message.as_bytes())
            except aiosmtplib.SMTPRecipientsRefused as error:
                raise _judged(error.recipients[0].code, is_recipient=True) from None
            except aiosmtplib.SMTPDataError as error:
                raise _judged(error.code, is_recipient=False) from None
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                # What it says of who connects or sends is for whoever set that; mail waits for them.
                raise MailUnavailable from None
            finally:
                # It has the mail, or not; how it takes leave changes nothing.
                client.close()


def _judged(code: int, *, is_recipient: bool) -> Exception:
    """5yz is for good (RFC 5321, section 4.2.1)."""
    return MailRefused(code, is_recipient=is_recipient) if 500 <= code < 600 else MailUnavailable()
