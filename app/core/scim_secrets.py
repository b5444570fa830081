"""The secrets that directories come with: each says whose it is, so that one row is looked at, and only its
digest is kept."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Callable
from typing import NamedTuple

from app.core.opaque_tokens import new_token, token_digest

_FORM = re.compile(r"pmascim_([0-9a-f]{32})_[A-Za-z0-9_-]{43}", re.ASCII)


class ScimSecret(NamedTuple):
    """What somebody came with: that it has the form of a secret says nothing of its being one."""

    connection_id: str
    digest: str

    @classmethod
    def read(cls, text: str) -> ScimSecret | None:
        found = _FORM.fullmatch(text)
        return cls(str(uuid.UUID(found[1])), token_digest(text)) if found else None

    def matches(self, digest: str | None) -> bool:
        """Takes as long whatever it is compared with."""
        return hmac.compare_digest(self.digest, digest or "")


def new_secret(connection_id: str, random_bytes: Callable[[int], bytes]) -> str:
    """256 random bits, after the connection's id and a word that scanners of leaked secrets can look for."""
    return f"pmascim_{connection_id.replace('-', '')}_{new_token(random_bytes)}"
