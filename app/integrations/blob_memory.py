"""Blobs in this process's memory, for tests; production refuses it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from app.integrations.blob_store import CHUNK_BYTES, BlobNotFound, Upload, checked


class MemoryBlobStore:
    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    async def put(self, path: str, chunks: AsyncIterator[bytes], *, file_name: str | None = None) -> None:
        self._blobs[checked(path)] = b"".join([chunk async for chunk in chunks])

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        try:
            blob = self._blobs[checked(path)]
        except KeyError:
            raise BlobNotFound from None
        return _chunks(blob[start:] if length is None else blob[start : start + length])

    async def delete(self, path: str) -> None:
        self._blobs.pop(checked(path), None)

    async def delete_folder(self, folder: str) -> None:
        below = checked(folder) + "/"
        for path in [each for each in self._blobs if each.startswith(below)]:
            del self._blobs[path]

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        return None

    async def upload_link(self, path: str, *, expires_at: datetime) -> Upload | None:
        return None

    async def tidy(self) -> None:
        return

    async def aclose(self) -> None:
        self._blobs.clear()


async def _chunks(blob: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(blob), CHUNK_BYTES):
        yield blob[start : start + CHUNK_BYTES]
