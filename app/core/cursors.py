"""Opaque cursors: signed, and bound to the list, its filters and the caller."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer

from app.core.errors import InvalidCursor

P = TypeVar("P", str, int)
_MAX_LENGTH = 4096


class CursorSigner:
    """Signs the place a page ended at, so that a client can neither read meaning into it nor move it
    to another list. All active keys verify; the first signs."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        # itsdangerous signs with the last key of its list.
        self._serializer = URLSafeSerializer(
            list(reversed(secrets)), salt=b"pma-cursor-v1", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def sign(self, list_name: str, user_id: str, filters: Mapping[str, Any], place: str | int) -> str:
        return str(self._serializer.dumps([_binding(list_name, user_id, filters), place]))

    def place(
        self, cursor: str, list_name: str, user_id: str, filters: Mapping[str, Any], kind: type[P]
    ) -> P:
        """Where the page before ended. Raises ``InvalidCursor`` for a cursor of another list, filter
        or caller, and for one this service did not sign."""
        if len(cursor) > _MAX_LENGTH:
            raise InvalidCursor
        try:
            binding, place = self._serializer.loads(cursor)
        except (BadSignature, ValueError, TypeError):
            raise InvalidCursor from None
        if binding != _binding(list_name, user_id, filters) or type(place) is not kind:
            raise InvalidCursor
        found: P = place
        return found


def _binding(list_name: str, user_id: str, filters: Mapping[str, Any]) -> str:
    text = json.dumps([list_name, user_id, filters], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
