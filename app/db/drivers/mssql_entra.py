"""Signing in to SQL Server and Azure SQL with Microsoft Entra ID: an access token instead of a password.

https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from app.core.config import Settings
from app.core.entra_tokens import EntraToken, own_token

# Of msodbcsql.h.
_SQL_COPT_SS_ACCESS_TOKEN = 1256


def access_token_attribute(token: str) -> Mapping[int, bytes]:
    """The connection attribute: ACCESSTOKEN of msodbcsql.h, a length in bytes and the token in UTF-16LE."""
    encoded = token.encode("utf-16-le")
    return {_SQL_COPT_SS_ACCESS_TOKEN: struct.pack("<I", len(encoded)) + encoded}


def entra_token(settings: Settings, http_client: Any = None) -> EntraToken | None:
    """Where the token comes from, by ``DB_AUTHENTICATION``; None where no token is wanted."""
    how = settings.db_authentication
    if how not in ("managed-identity", "client-secret"):
        return None
    return own_token(
        how,
        scope=settings.db_entra_scope,
        client_id=settings.db_entra_client_id,
        tenant=settings.db_entra_tenant_id,
        secret=settings.db_entra_client_secret,
        authority=settings.db_entra_authority,
        http_client=http_client,
    )
