"""Blobs in a directory, for one machine.

A blob is written to ``.parts`` below the root and moved to its place when it is whole. Whoever writes there
holds a lock on the file, which ends with its process: what is old and not locked was left by one that died.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.core.blocking import Blocking, Busy, Overdue
from app.core.errors import BlobStoreUnavailable
from app.core.private_files import create_private, make_private_directory, os_reason, sync_directory
from app.integrations.blob_store import CHUNK_BYTES, BlobNotFound, Upload, checked

if os.name != "nt":
    import fcntl

T = TypeVar("T")
_PARTS = ".parts"
_LEFT_AFTER_SECONDS = 3600
"""The lock is taken just after the file is made, and let go just before it is moved."""
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

    async def put(self, path: str, chunks: AsyncIterator[bytes], *, file_name: str | None = None) -> None:
        place = self._root / checked(path)
        # Below the same root, because a rename is atomic only within a file system.
        scratch = self._root / _PARTS / f"{uuid.uuid4().hex}.part"
        file = await self._in_thread(_create, scratch, place.parent, discard=_close)
        try:
            try:
                async for chunk in chunks:
                    await self._in_thread(file.write, chunk)
                await self._in_thread(_finish, file)
            finally:
                await self._in_thread(file.close)
            await self._in_thread(scratch.replace, place)
            await self._in_thread(sync_directory, place.parent)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        file = await self._in_thread(_open, self._root / checked(path), discard=_close)
        return self._chunks(file, start, length)

    async def delete(self, path: str) -> None:
        place = self._root / checked(path)
        await self._in_thread(lambda: place.unlink(missing_ok=True))

    async def delete_folder(self, folder: str) -> None:
        place = self._root / checked(folder)
        await self._in_thread(lambda: shutil.rmtree(place) if place.exists() else None)

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        return None

    async def upload_link(self, path: str, *, expires_at: datetime) -> Upload | None:
        return None

    async def tidy(self) -> None:
        await self._in_thread(_sweep, self._root / _PARTS)

    async def aclose(self) -> None:
        await self._blocking.aclose()

    async def _in_thread(
        self, work: Callable[..., T], *arguments: Any, discard: Callable[[T], object] | None = None
    ) -> T:
        try:
            return await self._blocking.run(work, *arguments, discard=discard)
        except OSError as error:
            raise BlobStoreUnavailable(details={"reason": os_reason(error)}, retry_after=1) from error
        except (Busy, Overdue) as error:
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


def _create(path: Path, folder: Path) -> BinaryIO:
    make_private_directory(folder)
    make_private_directory(path.parent)
    file = create_private(path)
    _lock(file)
    return file


def _lock(file: BinaryIO) -> bool:
    """Whether nobody else has it. Where there are no locks, only age tells: Windows needs none, because what
    is open there cannot be removed."""
    if os.name == "nt":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _sweep(directory: Path) -> None:
    for path in directory.glob("*.part"):
        try:
            # Either way: what a clock left that was ahead is not to stay for decades.
            if abs(time.time() - path.stat().st_mtime) < _LEFT_AFTER_SECONDS:
                continue
            with path.open("rb") as file:
                is_left = _lock(file)
            if is_left:
                path.unlink()
        except (FileNotFoundError, PermissionError):
            continue  # another process has just swept it, or on Windows writes it


def _open(path: Path) -> FileIO:
    """Without a buffer, whose lock a thread that hangs would keep from whoever closes the file."""
    try:
        return FileIO(path)
    except (FileNotFoundError, IsADirectoryError):
        raise BlobNotFound from None


def _close(file: BinaryIO | FileIO) -> None:
    file.close()


def _finish(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
