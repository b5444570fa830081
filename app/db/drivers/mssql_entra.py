"""Signing in to SQL Server and Azure SQL with Microsoft Entra ID: an access token instead of a password.

https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from app.core.config import Settings
from app.core.entra_tokens import EntraToken, client_secret, managed_identity

# Of msodbcsql.h.
_SQL_COPT_SS_ACCESS_TOKEN = 1256


def access_token_attribute(token: str) -> Mapping[int, bytes]:
    """The connection attribute: ACCESSTOKEN of msodbcsql.h, a length in bytes and the token in UTF-16LE."""
    encoded = token.encode("utf-16-le")
    return {_SQL_COPT_SS_ACCESS_TOKEN: struct.pack("<I", len(encoded)) + encoded}


def entra_token(settings: Settings, http_client: Any = None) -> EntraToken | None:
    """Where the token comes from, by ``DB_AUTHENTICATION``; None where no token is wanted."""
    if settings.db_authentication == "managed-identity":
        resource = settings.db_entra_scope.removesuffix("/.default")
        return managed_identity(settings.db_entra_client_id, resource, http_client)
    if settings.db_authentication == "client-secret":
        secret = settings.db_entra_client_secret
        return client_secret(
            authority=settings.db_entra_authority,
            tenant=settings.db_entra_tenant_id or "",
            client_id=settings.db_entra_client_id or "",
            secret=secret.get_secret_value() if secret else "",
            scope=settings.db_entra_scope,
            http_client=http_client,
        )
    return None
