"""Blobs in a directory, for one machine."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.core.blocking import Blocking, Busy, Overdue
from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_store import CHUNK_BYTES, BlobNotFound, checked

T = TypeVar("T")
_AT_ONCE = 8
_WAITING = 200
_DEADLINE = 30.0
"""Seconds that one step may take, its turn included."""


class LocalBlobStore:
    """Below ``root``, which is made when it is first written to. Files block, so every step has a thread: a
    directory of another machine's can hang."""

    def __init__(self, root: Path, *, deadline: float = _DEADLINE) -> None:
        self._root = root
        self._blocking = Blocking("files", workers=_AT_ONCE, waiting=_WAITING, deadline=deadline)

    async def put(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        place = self._root / checked(path)
        # Beside the place, because a rename is atomic only within a file system.
        scratch = place.with_name(f".{uuid.uuid4().hex}.part")
        file = await self._in_thread(_create, scratch)
        try:
            try:
                async for chunk in chunks:
                    await self._in_thread(file.write, chunk)
                await self._in_thread(_finish, file)
            finally:
                await self._in_thread(file.close)
            await self._in_thread(scratch.replace, place)
            await self._in_thread(_sync_directory, place.parent)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        file = await self._in_thread(_open, self._root / checked(path))
        return self._chunks(file, start, length)

    async def delete(self, path: str) -> None:
        place = self._root / checked(path)
        await self._in_thread(lambda: place.unlink(missing_ok=True))

    async def delete_folder(self, folder: str) -> None:
        place = self._root / checked(folder)
        await self._in_thread(lambda: shutil.rmtree(place) if place.exists() else None)

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        return None

    async def aclose(self) -> None:
        await self._blocking.aclose()

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return await self._blocking.run(work, *arguments)
        except (OSError, Busy, Overdue) as error:
            # The text of an OSError names the path; its kind is enough.
            raise BlobStoreUnavailable(details={"reason": type(error).__name__}, retry_after=1) from error

    async def _chunks(self, file: FileIO, start: int, length: int | None) -> AsyncIterator[bytes]:
        with file:
            await self._in_thread(file.seek, start)
            left = length
            while left is None or left > 0:
                wanted = CHUNK_BYTES if left is None else min(left, CHUNK_BYTES)
                chunk = await self._in_thread(file.read, wanted)
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _open(path: Path) -> FileIO:
    """Without a buffer, whose lock a thread that hangs would keep from whoever closes the file."""
    try:
        return FileIO(path)
    except (FileNotFoundError, IsADirectoryError):
        raise BlobNotFound from None


def _finish(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    """A file's name is durable when its directory is; Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
