"""Who an access token says is calling."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """The outcome of a validation: ``user_id`` with ``tid`` is the identity, never the e-mail address.

    ``user_id`` is the lower-case ``oid`` for Entra ID and the local issuer, and ``<issuer name>:<sub>`` for
    any other issuer, so that no issuer can name a user of another. ``tid`` is the tenant, or the name of
    an issuer that has none. ``session_version`` is set by the local issuer only.
    """

    user_id: str
    tid: str
    issuer_name: str
    display_name: str | None
    email: str | None
    issued_at: datetime
    expires_at: datetime
    session_version: int | None = None
    is_app: bool = False
    has_verified_email: bool = False
    """Whether the issuer says that ``email`` is the person's, which most never do. It is no identity."""
    is_guest: bool = False
    """In the directory of ``tid`` as somebody of another; Entra ID alone knows such."""
