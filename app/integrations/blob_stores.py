"""Which store of files this installation has. Knows every store; none of them knows it."""

from app.core.clock import Clock
from app.core.config import Settings
from app.integrations.blob_store import BlobStore


def make_blob_store(settings: Settings, clock: Clock) -> BlobStore:
    """By the settings. The libraries of Azure and of S3 are loaded when they are first needed."""
    if settings.blob_store == "azure":
        from app.integrations.blob_azure import AzureBlobStore

        return AzureBlobStore(settings, clock)
    if settings.blob_store == "s3":
        from app.integrations.blob_s3 import S3BlobStore

        return S3BlobStore(settings, clock)
    if settings.blob_store == "local":
        from app.integrations.blob_local import LocalBlobStore

        return LocalBlobStore(settings.blob_local_root)
    from app.integrations.blob_memory import MemoryBlobStore

    return MemoryBlobStore()
