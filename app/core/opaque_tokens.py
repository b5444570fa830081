"""Tokens that mean nothing but themselves: of each only a digest is kept, so that whoever reads the database
can use none."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """256 random bits in base64url."""
    return urlsafe_b64encode(random_bytes(32)).rstrip(b"=").decode()


def token_digest(token: str) -> str:
    """How one is stored. Plain SHA-256: 256 random bits need no salt and no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()
