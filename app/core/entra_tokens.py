"""Access tokens that this service gets for itself from Entra ID: for databases and for Microsoft Graph.

msal keeps a token until shortly before its end. It blocks, so callers in an event loop use a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from pydantic import SecretStr

EntraToken = Callable[[], str]
"""A token that is valid now. Blocks when one is to be fetched; raises ``EntraTokenUnavailable``."""


class EntraTokenUnavailable(Exception):
    """There is none to be had. The text names an error code, never an address or a secret."""


def managed_identity(client_id: str | None, resource: str, http_client: Any = None) -> EntraToken:
    """The identity that Azure gives the machine, or the assigned one of this client id.

    https://learn.microsoft.com/entra/msal/python/advanced/managed-identity
    """
    import msal
    import requests

    identity = (
        msal.UserAssignedManagedIdentity(client_id=client_id)
        if client_id
        else msal.SystemAssignedManagedIdentity()
    )
    client = msal.ManagedIdentityClient(identity, http_client=http_client or requests.Session())
    return lambda: _token(lambda: client.acquire_token_for_client(resource=resource))


def client_secret(
    *, authority: str, tenant: str, client_id: str, secret: str, scope: str, http_client: Any = None
) -> EntraToken:
    """An application registration with a secret (OAuth 2.0 client credentials, RFC 6749 section 4.4).
    ``http_client`` is a ``requests.Session`` with settings of its own."""
    application = _application(authority, tenant, client_id, secret, http_client)
    return lambda: _token(lambda: application().acquire_token_for_client(scopes=[scope]))


def own_token(
    how: Literal["managed-identity", "client-secret"],
    *,
    scope: str,
    client_id: str | None,
    tenant: str | None,
    secret: SecretStr | None,
    authority: str,
    http_client: Any = None,
) -> EntraToken:
    """By either way, as settings name it. A managed identity needs no more than the scope."""
    if how == "managed-identity":
        return managed_identity(client_id, scope.removesuffix("/.default"), http_client)
    return client_secret(
        authority=authority,
        tenant=tenant or "",
        client_id=client_id or "",
        secret=secret.get_secret_value() if secret else "",
        scope=scope,
        http_client=http_client,
    )


class ClaimsChallenge(Exception):
    """Entra ID wants the person to sign in anew, with these claims."""

    def __init__(self, claims: str | None) -> None:
        super().__init__("interaction required")
        self.claims = claims


def on_behalf_of(
    *, authority: str, tenant: str, client_id: str, secret: str, scope: str, http_client: Any = None
) -> Callable[[str], str]:
    """A token for another API as the person whose access token is given. Blocks, and asks each time: msal
    looks nothing up here. Raises ``ClaimsChallenge`` and ``EntraTokenUnavailable``.

    https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
    """
    application = _application(authority, tenant, client_id, secret, http_client)

    def ask(assertion: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = application().acquire_token_on_behalf_of(assertion, scopes=[scope])
        if answer.get("error") in ("interaction_required", "invalid_grant"):
            claims = answer.get("claims")
            raise ClaimsChallenge(claims if isinstance(claims, str) else None)
        return answer

    return lambda assertion: _token(lambda: ask(assertion))


def _application(
    authority: str, tenant: str, client_id: str, secret: str, http_client: Any
) -> Callable[[], Any]:
    """msal's application, made when it is first needed: making one asks the authority for its endpoints."""

    @cache
    def make() -> Any:
        import msal

        return msal.ConfidentialClientApplication(
            client_id,
            client_credential=secret,
            authority=f"{authority.rstrip('/')}/{tenant}",
            http_client=http_client,
            instance_discovery=False,
        )

    return make


def _token(ask: Callable[[], Mapping[str, Any]]) -> str:
    try:
        answer = ask()
    except ClaimsChallenge:
        raise
    except Exception as error:  # whatever msal and requests raise: names and addresses, which stay here
        raise EntraTokenUnavailable(type(error).__name__) from None
    token = answer.get("access_token")
    if not isinstance(token, str):
        raise EntraTokenUnavailable(str(answer.get("error", "unknown error")))
    return token
