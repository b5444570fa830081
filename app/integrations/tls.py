"""Whom this service trusts when it calls other systems."""

import ssl
from functools import cache

import httpx


@cache
def certificate_authorities() -> ssl.SSLContext:
    """httpx's own choice, honouring ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``: read once for all clients."""
    return httpx.create_ssl_context()
