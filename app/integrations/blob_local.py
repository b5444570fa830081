"""Blobs in a directory, for one machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_store import CHUNK_BYTES, BlobNotFound, checked

T = TypeVar("T")


class LocalBlobStore:
    """Below ``root``, which is made when it is first written to. Files block, so every step has a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        place = self._root / checked(path)
        # Beside the place, because a rename is atomic only within a file system.
        scratch = place.with_name(f".{uuid.uuid4().hex}.part")
        file = await _in_thread(_create, scratch)
        try:
            try:
                async for chunk in chunks:
                    await _in_thread(file.write, chunk)
                await _in_thread(_finish, file)
            finally:
                await _in_thread(file.close)
            await _in_thread(scratch.replace, place)
            await _in_thread(_sync_directory, place.parent)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        file = await _in_thread(_open, self._root / checked(path))
        return _chunks(file, start, length)

    async def delete(self, path: str) -> None:
        place = self._root / checked(path)
        await _in_thread(lambda: place.unlink(missing_ok=True))

    async def delete_folder(self, folder: str) -> None:
        place = self._root / checked(folder)
        await _in_thread(lambda: shutil.rmtree(place) if place.exists() else None)

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        return None

    async def aclose(self) -> None:
        return


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as error:
        # The text of an OSError names the path; its kind is enough.
        raise BlobStoreUnavailable(details={"reason": type(error).__name__}) from error


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
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


async def _chunks(file: BinaryIO, start: int, length: int | None) -> AsyncIterator[bytes]:
    with file:
        await _in_thread(file.seek, start)
        left = length
        while left is None or left > 0:
            chunk = await _in_thread(file.read, CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
            if not chunk:
                return
            left = None if left is None else left - len(chunk)
            yield chunk
