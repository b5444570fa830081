"""Access tokens that this service gets for itself from Entra ID: for databases and for Microsoft Graph.

msal keeps a token until shortly before its end. It blocks, so callers in an event loop use a thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Literal

from pydantic import SecretStr

EntraToken = Callable[[], str]
"""A token that is valid now. Blocks when one is to be fetched; raises ``EntraTokenUnavailable``."""

_CONSENT_MISSING = frozenset({65001, 65004, 90094, 90095})
_PERSON_WANTED = frozenset({50076, 50078, 50079, 50158, 50173, 53000, 53001, 53003, 70008, 500133, 700082})
"""Codes of Entra ID: what a person can mend by signing in anew.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""
_SET_BACK_SECONDS = 60.0
"""msal renews a token five minutes early, so a clock that is corrected by less does no harm."""
_PASSING = frozenset({"temporarily_unavailable", "server_error"})
"""RFC 6749 section 4.1.2.1, which Entra ID answers here too."""


class EntraTokenUnavailable(Exception):
    """There is none to be had. The text names an error code, never an address or a secret. ``reason`` is in
    the words of ``IntegrationFailure``; ``retry_after`` is seconds, where they were told."""

    def __init__(
        self, message: str, *, reason: str = "unauthorized", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after


def managed_identity(client_id: str | None, resource: str, http_client: Any = None) -> EntraToken:
    """The identity that Azure gives the machine, or the assigned one of this client id.

    https://learn.microsoft.com/entra/msal/python/advanced/managed-identity
    """

    @_once_a_clock
    def make() -> Any:
        import msal

        identity = (
            msal.UserAssignedManagedIdentity(client_id=client_id)
            if client_id
            else msal.SystemAssignedManagedIdentity()
        )
        return msal.ManagedIdentityClient(identity, http_client=http_client or _http_client())

    return _once_for_all(lambda: _token(lambda: make().acquire_token_for_client(resource=resource)))


def client_secret(
    *, authority: str, tenant: str, client_id: str, secret: str, scope: str, http_client: Any = None
) -> EntraToken:
    """An application registration with a secret (OAuth 2.0 client credentials, RFC 6749 section 4.4).
    ``http_client`` is a ``requests.Session`` with settings of its own."""
    application = _application(authority, tenant, client_id, secret, http_client)
    return _once_for_all(lambda: _token(lambda: application().acquire_token_for_client(scopes=[scope])))


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
        if "error" in answer:
            _judge_refusal(answer)
        return answer

    return lambda assertion: _token(lambda: ask(assertion))


def _judge_refusal(answer: Mapping[str, Any]) -> None:
    """Whether a new sign-in mends it. Consent does not come by signing in to the portal again: whoever were
    sent there would come back and be sent there again."""
    claims, numbers = answer.get("claims"), answer.get("error_codes")
    codes = frozenset(each for each in numbers if isinstance(each, int)) if isinstance(numbers, list) else ()
    if answer.get("suberror") == "consent_required" or _CONSENT_MISSING.intersection(codes):
        raise EntraTokenUnavailable("consent_required", reason="consent_required")
    if isinstance(claims, str) or answer["error"] == "interaction_required":
        raise ClaimsChallenge(claims if isinstance(claims, str) else None)
    if _PERSON_WANTED.intersection(codes):
        raise ClaimsChallenge(None)


def _application(
    authority: str, tenant: str, client_id: str, secret: str, http_client: Any
) -> Callable[[], Any]:
    """msal's application, made when it is first needed: making one asks the authority for its endpoints."""

    @_once_a_clock
    def make() -> Any:
        import msal

        return msal.ConfidentialClientApplication(
            client_id,
            client_credential=secret,
            authority=f"{authority.rstrip('/')}/{tenant}",
            http_client=http_client or _http_client(),
            instance_discovery=False,
        )

    return make


def _once_a_clock(make: Callable[[], Any]) -> Callable[[], Any]:
    """Makes it once, and anew when the wall clock was set back. msal keeps a token until that clock says that
    it ends: one that was fetched while it was ahead would be given out long after its end."""
    made: list[Any] = []
    farthest = float("-inf")

    def get() -> Any:
        nonlocal farthest
        ahead = time.time() - time.monotonic()  # the same, but for suspension, until somebody sets the clock
        if not made or ahead < farthest - _SET_BACK_SECONDS:
            made[:] = [make()]
            farthest = ahead
        farthest = max(farthest, ahead)
        return made[0]

    return get


def _http_client() -> Any:
    # Here and not above: requests is slow to import, and most installations ask for no token.
    from app.core.bounded_session import BoundedSession

    return BoundedSession()


def _once_for_all(ask: EntraToken) -> EntraToken:
    """Of several threads that ask at once one does, and all get what it got."""
    lock = threading.Lock()
    flights: list[Future[str]] = []

    def token() -> str:
        with lock:
            is_mine = not flights
            if is_mine:
                flights.append(Future())
            flight = flights[0]
        if is_mine:
            try:
                flight.set_result(ask())
            except BaseException as error:
                flight.set_exception(error)
            finally:
                flights.clear()
        return flight.result()

    return token


def _token(ask: Callable[[], Mapping[str, Any]]) -> str:
    try:
        answer = ask()
    except (ClaimsChallenge, EntraTokenUnavailable):
        raise
    except Exception as error:  # whatever msal and requests raise: names and addresses, which stay here
        raise _unreachable(error) from None
    token = answer.get("access_token")
    if not isinstance(token, str):
        code = str(answer.get("error", "unknown error"))
        raise EntraTokenUnavailable(code, reason="unavailable" if code in _PASSING else "unauthorized")
    return token


def _unreachable(error: Exception) -> EntraTokenUnavailable:
    """There was no answer to what was asked: the endpoint is away, slow, or has enough of us."""
    import requests

    name = type(error).__name__
    if isinstance(error, requests.Timeout):
        return EntraTokenUnavailable(name, reason="timeout")
    answer = error.response if isinstance(error, requests.HTTPError) else None
    if answer is not None and answer.status_code == 429:
        wait = answer.headers.get("Retry-After", "")
        seconds = min(float(wait), 86_400.0) if wait.isascii() and wait.isdigit() else None
        return EntraTokenUnavailable(name, reason="rate_limited", retry_after=seconds)
    return EntraTokenUnavailable(name, reason="unavailable")
