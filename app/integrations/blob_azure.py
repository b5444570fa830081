"""Blobs in Azure Blob Storage, in one container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, UserDelegationKey, generate_blob_sas
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient, LinearRetry

from app.core.clock import Clock
from app.core.config import Settings
from app.core.entra_tokens import EntraToken, EntraTokenUnavailable, own_token
from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_store import BlobNotFound, attachment, checked

_SCOPE = "https://storage.azure.com/.default"
_TOKEN_KEPT = 300
"""Seconds until the Azure library asks for a token again; msal knows how long one really lasts."""
_DELEGATION_KEY_LASTS = timedelta(hours=6)
_BLOCK_BYTES = 1024 * 1024
"""What is larger aiohttp sends in one piece too, and warns that the event loop waits for it."""
_CLIENT: Mapping[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 30,
    "max_block_size": _BLOCK_BYTES,
}


class AzureBlobStore:
    """With a connection string, an account key, or an identity of Entra ID that has the role Storage Blob
    Data Contributor. The container is made when it is first written to."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._service = _service(settings, clock)
        self._container = self._service.get_container_client(settings.blob_container)
        self._clock = clock
        self._is_made = False
        self._delegation: UserDelegationKey | None = None
        self._delegation_ends = clock()
        self._delegating = asyncio.Lock()

    async def put(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        with _translated():
            if not self._is_made:
                await _make(self._container)
                self._is_made = True
            try:
                # In one request where it is small; else blocks are staged and then committed as one. Either
                # way a reader never sees a part.
                await self._blob(path).upload_blob(await _whole_or_stream(chunks), overwrite=True)
            except ResourceNotFoundError:
                self._is_made = False  # somebody deleted the container; the next attempt makes it
                raise

    async def get(self, path: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        with _translated():
            try:
                # A range of an empty blob is an error (416), the whole of it is not.
                is_whole = start == 0 and length is None
                stream = await self._blob(path).download_blob(None if is_whole else start, length)
            except ResourceNotFoundError:
                raise BlobNotFound from None
            return _chunks(stream.chunks())

    async def delete(self, path: str) -> None:
        with _translated():
            await _delete(self._blob(path))

    async def delete_folder(self, folder: str) -> None:
        with _translated():
            try:
                async for found in self._container.list_blobs(name_starts_with=checked(folder) + "/"):
                    await _delete(self._container.get_blob_client(found.name))
            except ResourceNotFoundError:
                return  # no container, no folder

    async def link(self, path: str, *, file_name: str, expires_at: datetime) -> str | None:
        """A shared access signature of the account key, or of a user delegation key where there is none.

        https://learn.microsoft.com/azure/storage/common/storage-sas-overview
        """
        blob = self._blob(path)
        key = getattr(self._service.credential, "account_key", None)
        with _translated():
            signature = generate_blob_sas(
                str(self._service.account_name),
                self._container.container_name,
                path,
                account_key=key,
                user_delegation_key=None if key else await self._delegation_key(expires_at),
                permission=BlobSasPermissions(read=True),
                expiry=expires_at,
                protocol="https" if blob.url.startswith("https:") else "https,http",
                content_disposition=attachment(file_name),
                content_type="application/octet-stream",
            )
        return f"{blob.url}?{signature}"

    async def aclose(self) -> None:
        await self._service.close()

    def _blob(self, path: str) -> BlobClient:
        return self._container.get_blob_client(checked(path))

    async def _delegation_key(self, needed_until: datetime) -> UserDelegationKey:
        async with self._delegating:
            if self._delegation is None or self._delegation_ends < needed_until:
                now = self._clock()
                ends = max(now + _DELEGATION_KEY_LASTS, needed_until)
                self._delegation = await self._service.get_user_delegation_key(now, ends)
                self._delegation_ends = ends
            return self._delegation


class _EntraCredential:
    """The Azure library's credential, over this service's own way to tokens."""

    def __init__(self, token: EntraToken, clock: Clock) -> None:
        self._token = token
        self._clock = clock

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        token = await asyncio.to_thread(self._token)
        return AccessToken(token, int(self._clock().timestamp()) + _TOKEN_KEPT)

    async def close(self) -> None:
        return

    async def __aenter__(self) -> _EntraCredential:
        return self

    async def __aexit__(self, *error: object) -> None:
        return


def _service(settings: Settings, clock: Clock) -> BlobServiceClient:
    retry = LinearRetry(backoff=1, retry_total=2, random_jitter_range=0)
    if settings.blob_connection_string is not None:
        text = settings.blob_connection_string.get_secret_value()
        return BlobServiceClient.from_connection_string(text, retry_policy=retry, **_CLIENT)
    how, key = settings.blob_authentication, settings.blob_account_key
    credential: str | _EntraCredential
    if how == "key":
        credential = key.get_secret_value() if key else ""
    else:
        token = own_token(
            how,
            scope=_SCOPE,
            client_id=settings.blob_entra_client_id,
            tenant=settings.blob_entra_tenant_id,
            secret=settings.blob_entra_client_secret,
            authority=settings.blob_entra_authority,
        )
        credential = _EntraCredential(token, clock)
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


async def _whole_or_stream(chunks: AsyncIterator[bytes]) -> bytes | AsyncIterator[bytes]:
    begun = b""
    async for chunk in chunks:
        begun += chunk
        if len(begun) > _BLOCK_BYTES:
            return _resumed(begun, chunks)
    return begun


async def _resumed(begun: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for chunk in rest:
        yield chunk


async def _chunks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    with _translated():
        async for chunk in chunks:
            yield chunk


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors name accounts and addresses; their kind is enough for a log."""
    try:
        yield
    except (AzureError, EntraTokenUnavailable) as error:
        raise BlobStoreUnavailable(details={"reason": type(error).__name__}) from error
