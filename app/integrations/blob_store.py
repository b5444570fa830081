"""Where the bytes of files live: what the stores have in common. Which one an installation has:
``blob_stores.py``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import quote

CHUNK_BYTES = 256 * 1024
_PATH = re.compile(r"[a-z0-9-]+(/[a-z0-9-][a-z0-9.-]*)+")


class BlobNotFound(Exception):
    """There is nothing under that path."""


class Upload(NamedTuple):
    """Where a blob may be sent by PUT, and with which headers."""

    url: str
    headers: dict[str, str]


class BlobStore(Protocol):
    """A path is made of identifiers, never of what a person typed: ``workspaces/<id>/<id>``.

    All raise ``BlobStoreUnavailable`` where the store is away or refuses. Whatever fails half-way leaves the
    blob as it was before.
    """

    async def put(self, path: str, chunks: AsyncIterator[bytes], *, file_name: str | None = None) -> None:
        """Writes a blob, in the place of what was there. It is readable whole or not at all. Of several at
        once one wins; the others may fail. ``file_name`` is for a store whose links cannot say it later."""

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Its bytes from ``start`` on. Raises ``BlobNotFound`` before the first one."""

    async def delete(self, path: str) -> None:
        """Nothing happens where there is nothing."""

    async def delete_folder(self, folder: str) -> None:
        """Everything below ``folder/``. Safe to run again after it failed half-way."""

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        """A URL at which anybody may read the blob until then, as a download of that name; None where the
        store has no such thing."""

    async def upload_link(self, path: str, *, expires_at: datetime) -> Upload | None:
        """Where anybody may write that blob until then, and perhaps again and again, and larger than was
        told: what lies there proves nothing. None where the store has no such thing."""

    async def tidy(self) -> None:
        """Removes what writers left that died half-way, and nothing of one that lives, here or in another
        process."""

    async def aclose(self) -> None: ...


async def whole(content: bytes) -> AsyncIterator[bytes]:
    """What is there already, as ``put`` takes it."""
    yield content


def attachment(file_name: str) -> str:
    """The value of Content-Disposition that makes a browser save and never show (RFC 6266, RFC 8187)."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def checked(path: str) -> str:
    """The path, if a store may be asked for it. Raises ``ValueError``."""
    if not _PATH.fullmatch(path):
        raise ValueError("not a path of identifiers")
    return path
