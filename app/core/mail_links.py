"""Links in mail: into the portal, and out of the mail (RFC 8058). Who follows the latter is not signed in, so
they are signed, and say for whom and for what they are."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Literal, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from app.core.errors import MailLinkInvalid
from app.core.text import email_key

EVERYTHING, INVITATIONS = "everything", "invitations"
_MAX_LENGTH = 1000


class Unwanted(NamedTuple):
    """``whose``: an account's id, or the hash of an address. ``what``: a kind of notice, all of them, or
    invitations."""

    kind: Literal["account", "address"]
    whose: str
    what: str


class MailLinks:
    """``portal`` is where people use the service, None where there is no such place. All keys open, the first
    signs: a link is good as long as the key that it was signed with is kept."""

    def __init__(self, secrets: tuple[bytes, ...], base_url: str, portal: str | None) -> None:
        self._base_url = base_url
        self.portal = portal
        # itsdangerous signs with the last key of its list.
        self._serializer = URLSafeSerializer(
            list(reversed(secrets)), salt=b"pma-mail-v1", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def unsubscribe(self, unwanted: Unwanted) -> str:
        return f"{self._base_url}/unsubscribe?token={self._serializer.dumps(list(unwanted))}"

    def unwanted(self, token: str) -> Unwanted:
        """Raises ``MailLinkInvalid``."""
        try:
            found = self._serializer.loads(token) if len(token) <= _MAX_LENGTH else None
        except (BadSignature, ValueError, TypeError):
            found = None
        if not isinstance(found, list) or len(found) != 3:
            raise MailLinkInvalid
        return Unwanted(*found)

    def into_portal(self, path: str) -> str | None:
        """In the fragment, which no server on the way is sent."""
        return None if self.portal is None else f"{self.portal}#/{path}"


REFUSED_FOR = timedelta(days=30)
"""So long nothing is sent to an address whose server has refused it."""


def address_hash(address: str) -> str:
    """As blocked addresses are kept, so that the table is no list of them."""
    return hashlib.sha256(email_key(address).encode()).hexdigest()
