"""Signing in to SQL Server and Azure SQL with Microsoft Entra ID: an access token instead of a password.

https://learn.microsoft.com/sql/connect/odbc/using-azure-active-directory
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from app.core.config import Settings
from app.db.errors import DatabaseUnavailable

EntraToken = Callable[[], str]
"""A token that is valid now. Blocks when one is to be fetched; msal keeps it until shortly before its end."""

# Of msodbcsql.h.
_SQL_COPT_SS_ACCESS_TOKEN = 1256


def access_token_attribute(token: str) -> Mapping[int, bytes]:
    """The connection attribute: ACCESSTOKEN of msodbcsql.h, a length in bytes and the token in UTF-16LE."""
    encoded = token.encode("utf-16-le")
    return {_SQL_COPT_SS_ACCESS_TOKEN: struct.pack("<I", len(encoded)) + encoded}


def entra_token(settings: Settings, http_client: Any = None) -> EntraToken | None:
    """Where the token comes from, by ``DB_AUTHENTICATION``; None where no token is wanted. ``http_client`` is
    a ``requests.Session`` with settings of its own."""
    if settings.db_authentication == "managed-identity":
        return _managed_identity(settings, http_client)
    if settings.db_authentication == "client-secret":
        return _client_secret(settings, http_client)
    return None


def _managed_identity(settings: Settings, http_client: Any) -> EntraToken:
    """The identity that Azure gives the machine, or one assigned to it.

    https://learn.microsoft.com/entra/msal/python/advanced/managed-identity
    """
    import msal
    import requests

    identity = (
        msal.UserAssignedManagedIdentity(client_id=settings.db_entra_client_id)
        if settings.db_entra_client_id
        else msal.SystemAssignedManagedIdentity()
    )
    client = msal.ManagedIdentityClient(identity, http_client=http_client or requests.Session())
    resource = settings.db_entra_scope.removesuffix("/.default")
    return lambda: _token(lambda: client.acquire_token_for_client(resource=resource))


def _client_secret(settings: Settings, http_client: Any) -> EntraToken:
    """An application registration with a secret (OAuth 2.0 client credentials, RFC 6749 section 4.4)."""
    import msal

    secret = settings.db_entra_client_secret
    applications: list[Any] = []

    def ask() -> Mapping[str, Any]:
        if not applications:  # not before it is needed: making one asks the authority for its endpoints
            applications.append(
                msal.ConfidentialClientApplication(
                    settings.db_entra_client_id,
                    client_credential=secret.get_secret_value() if secret else None,
                    authority=f"{settings.db_entra_authority.rstrip('/')}/{settings.db_entra_tenant_id}",
                    http_client=http_client,
                    instance_discovery=False,
                )
            )
        answer: Mapping[str, Any] = applications[0].acquire_token_for_client(scopes=[settings.db_entra_scope])
        return answer

    return lambda: _token(ask)


def _token(ask: Callable[[], Mapping[str, Any]]) -> str:
    try:
        answer = ask()
    except Exception as error:  # whatever msal and requests raise: names and addresses, which stay here
        raise DatabaseUnavailable(f"no Entra ID token: {type(error).__name__}") from None
    token = answer.get("access_token")
    if not isinstance(token, str):
        raise DatabaseUnavailable(f"no Entra ID token: {answer.get('error', 'unknown error')}")
    return token
