"""The providers that this installation is set up for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

from app.core.config import Settings
from app.core.entra_tokens import client_secret, on_behalf_of
from app.core.errors import IntegrationFailure
from app.integrations import sharepoint
from app.integrations.ado import Ado
from app.integrations.jira import Jira
from app.integrations.provider import Credential, Provider, Whose
from app.integrations.shared_tokens import SharedTokens
from app.integrations.sharepoint import Sharepoint, Token
from app.integrations.snow import Snow
from app.integrations.upstream import UpstreamClients

_INSTALLATION = "the installation"
ProviderName = Literal["jira", "ado", "snow", "sharepoint"]


class GraphToken(NamedTuple):
    """``whose`` tells credentials apart without being one."""

    token: Token
    whose: str


class Providers:
    """By name. ``aclose`` when done."""

    def __init__(self, settings: Settings, clients: UpstreamClients) -> None:
        self._settings = settings
        self._clients = clients
        self._known = {each.provider: self._made_with(each) for each in _credentials(settings)}
        self._people: SharedTokens | None = None
        self._application: SharedTokens | None = None
        registration = _registration(settings)
        if registration is None:
            return
        self._application = SharedTokens(client_secret(**registration))
        if settings.sharepoint_on_behalf_of:
            self._people = SharedTokens(on_behalf_of(**registration), workers=8)
        else:
            self._known[sharepoint.NAME] = Sharepoint(
                clients, settings.sharepoint_base_url, self._application.get, whose=_INSTALLATION
            )

    @property
    def as_caller(self) -> frozenset[str]:
        """Those that are asked with the caller's own rights."""
        return frozenset({sharepoint.NAME} if self._settings.sharepoint_on_behalf_of else ())

    def of(self, name: str, using: Credential | Whose, assertion: str | None) -> Provider:
        """With a workspace's own credential, as the caller, whose access token ``assertion`` is, or as the
        installation. Raises ``IntegrationFailure`` for a provider that is not set up for that."""
        if isinstance(using, Credential):
            return self._made_with(using)
        if using is Whose.CALLER:
            person = self.graph_person(assertion) if name in self.as_caller else None
            if person is None:
                raise IntegrationFailure(name, "not_configured")
            return Sharepoint(
                self._clients, self._settings.sharepoint_base_url, person.token, whose=person.whose
            )
        if name not in self._known:
            raise IntegrationFailure(name, "not_configured")
        return self._known[name]

    @property
    def asks_people(self) -> bool:
        """Whether Microsoft Graph is asked on behalf of people."""
        return self._people is not None

    def graph_person(self, assertion: str | None) -> GraphToken | None:
        """Microsoft Graph's, on behalf of whoever's access token ``assertion`` is; None where nobody is asked
        for so."""
        if self._people is None or assertion is None:
            return None
        whose = hashlib.sha256(assertion.encode()).hexdigest()
        return GraphToken(partial(self._people.get, assertion), whose)

    def graph_application(self) -> GraphToken | None:
        """The installation's own, which sees more than any person or workspace should."""
        if self._settings.sharepoint_access_token is not None:
            token = sharepoint.fixed(self._settings.sharepoint_access_token.get_secret_value())
            return GraphToken(token, _INSTALLATION)
        return GraphToken(self._application.get, _INSTALLATION) if self._application else None

    async def aclose(self) -> None:
        for tokens in (self._people, self._application):
            if tokens is not None:
                await tokens.aclose()
        await self._clients.aclose()

    def _made_with(self, given: Credential) -> Provider:
        match given.provider:
            case "jira":
                return Jira(self._clients, given)
            case "ado":
                return Ado(self._clients, given)
            case "snow":
                return Snow(self._clients, given, self._settings.snow_table)
            case sharepoint.NAME:
                token = sharepoint.fixed(given.secret)
                return Sharepoint(self._clients, given.base_url, token, whose=given.whose)
        raise ValueError(f"no provider {given.provider}")


def _credentials(settings: Settings) -> Iterator[Credential]:
    for provider, url, account, secret in (
        ("jira", settings.jira_base_url, settings.jira_user_email, settings.jira_api_token),
        ("ado", settings.ado_org_url, None, settings.ado_pat_token),
        ("snow", settings.snow_base_url, None, settings.snow_api_token),
        (sharepoint.NAME, settings.sharepoint_base_url, None, settings.sharepoint_access_token),
    ):
        if url and secret:
            yield Credential(provider, url, account, secret.get_secret_value())


def _registration(settings: Settings) -> Mapping[str, Any] | None:
    """The application that asks Entra ID for SharePoint's tokens; a token by setting comes before it."""
    tenant, client = settings.sharepoint_tenant_id, settings.sharepoint_client_id
    secret = settings.sharepoint_client_secret
    if settings.sharepoint_access_token or not (tenant and client and secret):
        return None
    return {
        "authority": settings.sharepoint_authority or sharepoint.authority_of(settings.sharepoint_base_url),
        "tenant": tenant,
        "client_id": client,
        "secret": secret.get_secret_value(),
        "scope": sharepoint.scope_of(settings.sharepoint_base_url),
    }
