"""Blobs in Amazon S3, or in another store that speaks its protocol, in one bucket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from obstore import sign_async
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store

from app.core.clock import Clock
from app.core.config import Settings
from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_store import BlobNotFound, Upload, attachment, checked, whole

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

_PART_BYTES = 5 * 1024 * 1024
"""The smallest part S3 takes of an object that is sent in several; what is no larger goes in one request.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""
_PIECE_BYTES = 1024 * 1024
"""Of a download: what is held of it, and what one request brings."""
_CALL_SECONDS = 20.0
"""One request to the store, with what it is tried again."""
_FOLDER_SECONDS = 45.0
"""Less than a job's lease. A folder that takes longer is gone after some."""
_AT_ONCE = 1000
"""As many keys as S3 removes or lists in one request."""
# Its defaults are ten times again and three minutes, and no end to a connection that says nothing.
_RETRY: RetryConfig = {
    "max_retries": 1,
    "retry_timeout": timedelta(seconds=10),
    # It draws a wait from between the first and the longest, and cannot where they are one.
    "backoff": {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=1), "base": 2},
}
_AGAIN_AFTER = 1


class S3BlobStore:
    """With an access key, or with what the machine has: AWS_* of the environment, a web identity (EKS), or
    the role of the container or the instance. The bucket must be there."""

    def __init__(self, settings: Settings, clock: Clock, *, call_seconds: float = _CALL_SECONDS) -> None:
        self._call_seconds = call_seconds
        self._clock = clock
        self._store = S3Store(
            settings.blob_container,
            config=_config(settings),
            client_options=_client(settings),
            retry_config=_RETRY,
            credential_provider=_own_key(settings),
        )

    async def put(self, path: str, chunks: AsyncIterator[bytes], *, file_name: str | None = None) -> None:
        source = _Source(chunks)
        first = await source.up_to(_PART_BYTES + 1)
        # Nobody sees an object before all its parts are there, and what fails is taken back.
        content: Any = first if len(first) <= _PART_BYTES else source.after(first)
        attributes = {
            "Content-Type": "application/octet-stream",
            # A link cannot say later under which name to save it.
            "Content-Disposition": attachment(file_name) if file_name else "attachment",
        }
        with _answered(source):
            await self._store.put_async(
                checked(path), content, attributes=attributes, chunk_size=_PART_BYTES, max_concurrency=1
            )

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        wanted = _PIECE_BYTES if length is None else min(length, _PIECE_BYTES)
        checked(path)
        try:
            first, version, size = await self._piece(path, start, wanted)
        except _OutOfRange:
            # So is every range of an empty one.
            return whole(b"")
        end = size if length is None else min(start + length, size)
        return self._chunks(path, first, start + len(first), end, version)

    async def delete(self, path: str) -> None:
        await self._remove([checked(path)])

    async def delete_folder(self, folder: str) -> None:
        with _answered():
            async with asyncio.timeout(_FOLDER_SECONDS):
                async for found in self._store.list(checked(folder), chunk_size=_AT_ONCE):
                    await self._remove([each["path"] for each in found])

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        """It is saved under the name that it was put with."""
        return await self._signed("GET", path, expires_at)

    async def upload_link(self, path: str, *, expires_at: datetime) -> Upload | None:
        """Whoever has it may write there as often as they please, and as much."""
        return Upload(await self._signed("PUT", path, expires_at), {})

    async def tidy(self) -> None:
        """Parts of objects that were never completed are the bucket's own to remove, by a lifecycle rule."""

    async def aclose(self) -> None:
        """It closes its connections when it goes."""

    async def _signed(self, method: Any, path: str, expires_at: datetime) -> str:
        # S3 knows no link that has expired before it was made.
        left = max(expires_at - self._clock(), timedelta(seconds=1))
        with _answered():
            async with asyncio.timeout(self._call_seconds):
                return await sign_async(self._store, method, checked(path), left)

    async def _piece(
        self, path: str, start: int, length: int, version: str | None = None
    ) -> tuple[bytes, str | None, int]:
        """Some bytes of the object, which object they are of, and how many it has. Raises ``BlobNotFound``
        and ``_OutOfRange``."""
        options: GetOptions = {"range": (start, start + length)}
        if version is not None:
            options["if_match"] = version
        with _answered():
            async with asyncio.timeout(self._call_seconds):
                try:
                    found = await self._store.get_async(path, options=options)
                    return bytes(await found.bytes_async()), found.meta["e_tag"], found.meta["size"]
                except FileNotFoundError as error:
                    # Of a bucket too.
                    if "NoSuchBucket" in str(error):
                        raise BlobStoreUnavailable(details={"reason": "NoSuchBucket"}) from None
                    raise BlobNotFound from None
                except GenericError:
                    if (await self._store.head_async(path))["size"] <= start:
                        raise _OutOfRange from None
                    raise

    async def _chunks(
        self, path: str, first: bytes, at: int, end: int, version: str | None
    ) -> AsyncIterator[bytes]:
        yield first
        while at < end:
            piece, _, _ = await self._piece(path, at, min(_PIECE_BYTES, end - at), version)
            yield piece
            at += len(piece)

    async def _remove(self, paths: Sequence[str]) -> None:
        with _answered():
            async with asyncio.timeout(self._call_seconds):
                await self._store.delete_async(paths)


class _OutOfRange(Exception):
    """The object ends before."""


class _Source:
    """What a blob is to be made of. The library tells of an error in it as of one of the store."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.error: BaseException | None = None

    async def up_to(self, size: int) -> bytes:
        begun = bytearray()
        async for chunk in self._chunks:
            begun += chunk
            if len(begun) >= size:
                break
        return bytes(begun)

    async def after(self, first: bytes) -> AsyncIterator[bytes]:
        yield first
        try:
            async for chunk in self._chunks:
                yield chunk
        except BaseException as error:
            self.error = error
            raise


def _config(settings: Settings) -> S3Config:
    config: S3Config = {
        "region": settings.blob_s3_region,
        "virtual_hosted_style_request": settings.blob_s3_virtual_host,
    }
    if endpoint := settings.blob_s3_endpoint:
        config["endpoint"] = endpoint.rstrip("/")
        if settings.blob_s3_virtual_host:
            parts = urlsplit(config["endpoint"])
            config["endpoint"] = urlunsplit(
                parts._replace(netloc=f"{settings.blob_container}.{parts.netloc}")
            )
    if settings.blob_s3_encryption:
        config["server_side_encryption"] = settings.blob_s3_encryption
    if settings.blob_s3_kms_key_id:
        config["sse_kms_key_id"] = settings.blob_s3_kms_key_id
    return config


def _client(settings: Settings) -> ClientConfig:
    return {
        "allow_http": (settings.blob_s3_endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=5),
        "read_timeout": timedelta(seconds=30),
        "timeout": timedelta(seconds=60),
    }


def _own_key(settings: Settings) -> Any:
    """The access key of the settings, whatever of others lies in the environment; None without one."""
    key_id, secret = settings.blob_s3_access_key_id, settings.blob_s3_secret_access_key
    if key_id is None or secret is None:
        return None
    own: S3Credential = {
        "access_key_id": key_id,
        "secret_access_key": secret.get_secret_value(),
        "token": None,
        "expires_at": None,
    }
    return lambda: own


@contextmanager
def _answered(source: _Source | None = None) -> Iterator[None]:
    """The store answers in time, or it is away. The library's errors hold addresses and answers; their kind
    is enough for a log, and they are passed on to nobody."""
    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        if source is not None and source.error is not None:
            raise source.error from None
        reason = type(error).__name__
        raise BlobStoreUnavailable(details={"reason": reason}, retry_after=_AGAIN_AFTER) from None
