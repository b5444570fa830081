"""Mail as it is read: text and HTML from templates, and the message around them (RFC 5322, RFC 8058).

What people wrote is a value of a template and never a part of one; in HTML it is escaped, and stands in
``<bdi>``. A template that names what is not there is a fault. Jinja is loaded with the first mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.core.text import tidy_line

if TYPE_CHECKING:
    from email.message import EmailMessage

    from jinja2 import Environment

_OWN = Path(__file__).resolve().parents[1] / "templates"
_LONGEST_SUBJECT = 250


class Sender(NamedTuple):
    """Whose name mail has; ``reply_to`` where answers go elsewhere than to ``address``."""

    name: str
    address: str
    reply_to: str | None = None


def compose(
    template: str,
    values: Mapping[str, Any],
    *,
    mail_id: str,
    sender: Sender,
    recipient: str,
    subject: str,
    now: datetime,
    unsubscribe: str | None,
) -> EmailMessage:
    """The same mail has the same ``Message-ID`` however often it is made. ``unsubscribe`` is an address that
    takes a POST. Raises ``ValueError`` for an address that is none."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP)
    name = tidy_line(sender.name, limit=100) or ""
    message["From"] = Address(tidy_subject(name), addr_spec=sender.address)
    message["To"] = Address(addr_spec=recipient)
    if sender.reply_to is not None:
        message["Reply-To"] = Address(addr_spec=sender.reply_to)
    message["Subject"] = tidy_subject(subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail_id}@{sender.address.rpartition('@')[2]}>"
    # RFC 3834: whoever answers by itself does not answer this.
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    shown = {**values, "unsubscribe": unsubscribe, "subject": message["Subject"]}
    # Quoted-printable: seven bits and short lines go through every server.
    text = _environment().get_template(f"{template}.txt").render(shown)
    message.set_content(text, cte="quoted-printable")
    html = _environment().get_template(f"{template}.html").render(shown)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def tidy_subject(text: str) -> str:
    """One line that says what it looks like: nothing of it is read as an encoded word (RFC 2047). What is
    isolated in it stays so."""
    return " ".join(text.replace("=?", "= ?").split())[:_LONGEST_SUBJECT]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(_OWN),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
