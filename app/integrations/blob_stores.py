"""Which store of files this installation has. Knows every store; none of them knows it."""

import re
from urllib.parse import urlsplit

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


def link_source(settings: Settings) -> str | None:
    """Where the links lead that files are sent to past the service, as a policy names it: this installation's
    container, and nobody's beside it at the same host. None where there are none.

    https://www.w3.org/TR/CSP3/#match-paths
    """
    if settings.blob_store == "azure":
        return _source(_azure(settings), settings.blob_container)
    if settings.blob_store == "s3":
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
        place = urlsplit(settings.blob_s3_endpoint or f"https://s3.{settings.blob_s3_region}.amazonaws.com")
        if settings.blob_s3_virtual_host:
            return _source(f"{place.scheme}://{settings.blob_container}.{place.netloc}{place.path}")
        return _source(place.geturl(), settings.blob_container)
    return None


def _azure(settings: Settings) -> str:
    """The account's address; "" for a signature, with which nothing can be signed.

    https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    """
    if settings.blob_connection_string is None:
        return settings.blob_account_url or ""
    text = settings.blob_connection_string.get_secret_value()
    told = {
        name.strip().lower(): value.strip()
        for name, _, value in (each.partition("=") for each in text.split(";"))
    }
    if not told.get("accountkey"):
        return ""
    scheme, suffix = (
        told.get("defaultendpointsprotocol", "https"),
        told.get("endpointsuffix", "core.windows.net"),
    )
    return told.get("blobendpoint") or f"{scheme}://{told.get('accountname', '')}.blob.{suffix}"


def _source(url: str, *below: str) -> str | None:
    """All that is below; a name with what a policy would read otherwise is none."""
    parts = urlsplit(url)
    path = "/".join((parts.path.rstrip("/"), *below)) + "/"
    is_plain = re.fullmatch(r"[a-z0-9.:\[\]-]+", parts.netloc.lower()) and re.fullmatch(
        r"[\w./~-]+", path, re.ASCII
    )
    if parts.scheme not in ("http", "https") or not is_plain:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"
