"""Blobs in Azure Blob Storage, in one container."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient, LinearRetry

from app.core.clock import Clock
from app.core.config import Settings
from app.core.entra_tokens import EntraTokenUnavailable, own_token
from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_store import BlobNotFound, Upload, attachment, checked
from app.integrations.shared_tokens import SharedTokens

_SCOPE = "https://storage.azure.com/.default"
_TOKEN_KEPT = 300
"""Seconds until the Azure library asks for a token again; msal knows how long one really lasts."""
_DELEGATION_KEY_LASTS = timedelta(hours=6)
_CLOCKS_DIFFER = timedelta(minutes=5)
"""By which Azure's clock may be behind ours; a key that begins later than its now is no key yet.

https://learn.microsoft.com/azure/storage/common/storage-sas-overview#best-practices-when-using-sas
"""
_BLOCK_BYTES = 1024 * 1024
"""What is larger aiohttp sends in one piece too, and warns that the event loop waits for it."""
_PIECE_BYTES = 512 * 1024
"""Of a download: what is held of it, and what one request brings."""
_CALL_SECONDS = 20.0
"""One request to the store, with what it is tried again."""
_FOLDER_SECONDS = 45.0
"""Less than a job's lease. A folder that takes longer is gone after some."""
_CLIENT: Mapping[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "max_block_size": _BLOCK_BYTES,
    # The library reads what it asks for whole before it hands on a byte, by default 32 and 4 MiB.
    "max_single_get_size": _PIECE_BYTES,
    "max_chunk_get_size": _PIECE_BYTES,
}


class AzureBlobStore:
    """With a connection string, an account key, or an identity of Entra ID that has the role Storage Blob
    Data Contributor. The container is made when it is first written to."""

    def __init__(self, settings: Settings, clock: Clock, *, call_seconds: float = _CALL_SECONDS) -> None:
        self._call_seconds = call_seconds
        self._token = _token(settings)
        self._service = _service(settings, self._token, clock)
        self._container = self._service.get_container_client(settings.blob_container)
        self._clock = clock
        self._delegation: UserDelegationKey | None = None
        self._delegation_begins = self._delegation_ends = clock()
        self._delegating = asyncio.Lock()
        self._is_made = False

    async def put(self, path: str, chunks: AsyncIterator[bytes], *, file_name: str | None = None) -> None:
        blob = self._blob(path)
        blocks = _blocks(chunks)
        first = await anext(blocks, b"")
        async with aclosing(blocks):
            second = await anext(blocks, None)
            # Small ones in one request; else blocks are staged and then committed as one. Either way a
            # reader never sees a part.
            if second is None:
                await self._in_container(lambda: blob.upload_blob(first, overwrite=True))
                return
            staged = [await self._stage(blob, first), await self._stage(blob, second)]
            async for block in blocks:
                staged.append(await self._stage(blob, block))
        async with _answered(self._call_seconds):
            await blob.commit_block_list([BlobBlock(each) for each in staged])

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        # A range of an empty blob is an error (416), the whole of it is not.
        is_whole = start == 0 and length is None
        async with _answered(self._call_seconds):
            try:
                stream = await self._blob(path).download_blob(None if is_whole else start, length)
            except ResourceNotFoundError:
                raise BlobNotFound from None
        return self._chunks(stream.chunks())

    async def delete(self, path: str) -> None:
        async with _answered(self._call_seconds):
            await _delete(self._blob(path))

    async def delete_folder(self, folder: str) -> None:
        async with _answered(_FOLDER_SECONDS):
            try:
                async for found in self._container.list_blobs(name_starts_with=checked(folder) + "/"):
                    await _delete(self._container.get_blob_client(found.name))
            except ResourceNotFoundError:
                return  # no container, no folder

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        return await self._signed(
            path,
            BlobSasPermissions(read=True),
            expires_at,
            content_disposition=attachment(file_name),
            content_type="application/octet-stream",
        )

    async def upload_link(self, path: str, *, expires_at: datetime) -> Upload | None:
        """For a blob that is not there yet: whoever has it overwrites nothing, and makes no container."""
        if not self._is_made and self._service.credential is not None:
            async with _answered(self._call_seconds):
                await _make(self._container)
            self._is_made = True
        url = await self._signed(path, BlobSasPermissions(create=True), expires_at)
        return Upload(url, {"x-ms-blob-type": "BlockBlob"}) if url else None

    async def _signed(
        self, path: str, permission: BlobSasPermissions, expires_at: datetime, **more: Any
    ) -> str | None:
        """A URL with a shared access signature of the account key, or of a user delegation key where there is
        none. Whoever has only a signature himself can sign nothing.

        https://learn.microsoft.com/azure/storage/common/storage-sas-overview
        """
        blob = self._blob(path)
        if self._service.credential is None:
            return None
        key = getattr(self._service.credential, "account_key", None)
        async with _answered(self._call_seconds):
            signature = generate_blob_sas(
                str(self._service.account_name),
                self._container.container_name,
                path,
                account_key=key,
                user_delegation_key=None if key else await self._delegation_key(expires_at),
                permission=permission,
                # A link of a clock that is ahead is none yet, instead of one that lasts until that year.
                start=self._clock() - _CLOCKS_DIFFER,
                expiry=expires_at,
                protocol="https" if blob.url.startswith("https:") else "https,http",
                **more,
            )
        return f"{blob.url}?{signature}"

    async def tidy(self) -> None:
        """Azure removes blocks that were never committed after a week."""

    async def aclose(self) -> None:
        await self._service.close()
        if self._token is not None:
            await self._token.aclose()

    async def _stage(self, blob: BlobClient, block: bytes) -> str:
        # Ids of one length each, and of no other writer: blocks of two who write at once lie side by side.
        block_id = uuid.uuid4().hex
        await self._in_container(lambda: blob.stage_block(block_id, block, len(block)))
        return block_id

    async def _in_container(self, call: Callable[[], Awaitable[object]]) -> None:
        """Makes the container where it is not there, and only then: a signature for the container alone may
        not."""
        async with _answered(self._call_seconds):
            try:
                await call()
            except ResourceNotFoundError:
                await _make(self._container)
                await call()

    async def _chunks(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        while True:
            async with _answered(self._call_seconds):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    def _blob(self, path: str) -> BlobClient:
        return self._container.get_blob_client(checked(path))

    async def _delegation_key(self, needed_until: datetime) -> UserDelegationKey:
        async with self._delegating:
            now = self._clock()
            # One that begins later than now was asked for while the clock was wrong.
            holds = self._delegation_begins <= now and needed_until <= self._delegation_ends
            if self._delegation is None or not holds:
                begins, ends = now - _CLOCKS_DIFFER, max(now + _DELEGATION_KEY_LASTS, needed_until)
                self._delegation = await self._service.get_user_delegation_key(begins, ends)
                self._delegation_begins, self._delegation_ends = begins, ends
            return self._delegation


class _EntraCredential:
    """The Azure library's credential, over this service's own way to tokens."""

    def __init__(self, token: SharedTokens, clock: Clock) -> None:
        self._token = token
        self._clock = clock

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(await self._token.get(), int(self._clock().timestamp()) + _TOKEN_KEPT)

    async def close(self) -> None:
        return

    async def __aenter__(self) -> _EntraCredential:
        return self

    async def __aexit__(self, *error: object) -> None:
        return


def _token(settings: Settings) -> SharedTokens | None:
    how = settings.blob_authentication
    if how == "key":
        return None
    return SharedTokens(
        own_token(
            how,
            scope=_SCOPE,
            client_id=settings.blob_entra_client_id,
            tenant=settings.blob_entra_tenant_id,
            secret=settings.blob_entra_client_secret,
            authority=settings.blob_entra_authority,
        ),
    )


def _service(settings: Settings, token: SharedTokens | None, clock: Clock) -> BlobServiceClient:
    retry = LinearRetry(backoff=1, retry_total=1, random_jitter_range=0)
    if settings.blob_connection_string is not None:
        text = settings.blob_connection_string.get_secret_value()
        return BlobServiceClient.from_connection_string(text, retry_policy=retry, **_CLIENT)
    key = settings.blob_account_key
    credential = _EntraCredential(token, clock) if token else key.get_secret_value() if key else ""
    return BlobServiceClient(settings.blob_account_url or "", credential, retry_policy=retry, **_CLIENT)


async def _make(container: ContainerClient) -> None:
    try:
        await container.create_container()
    except ResourceExistsError:
        return


async def _delete(blob: BlobClient) -> None:
    try:
        await blob.delete_blob(delete_snapshots="include")
    except ResourceNotFoundError:
        return


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces of a block's size; the last is smaller, and there is none of nothing."""
    begun = bytearray()
    async for chunk in chunks:
        begun += chunk
        while len(begun) >= _BLOCK_BYTES:
            yield bytes(begun[:_BLOCK_BYTES])
            del begun[:_BLOCK_BYTES]
    if begun:
        yield bytes(begun)


@asynccontextmanager
async def _answered(seconds: float) -> AsyncIterator[None]:
    """The store answers in time, or it is away. The library's errors name accounts and addresses; their kind
    is enough for a log."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (AzureError, EntraTokenUnavailable, TimeoutError) as error:
        raise BlobStoreUnavailable(details={"reason": type(error).__name__}, retry_after=1) from error
