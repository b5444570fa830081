"""The providers that this installation is set up for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from app.core.config import Settings
from app.core.entra_tokens import client_secret, on_behalf_of
from app.core.errors import IntegrationFailure
from app.integrations import sharepoint
from app.integrations.ado import Ado
from app.integrations.jira import Jira, credential
from app.integrations.provider import Provider
from app.integrations.sharepoint import OnBehalfOf, Sharepoint
from app.integrations.snow import Snow
from app.integrations.upstream import UpstreamClients

ProviderName = Literal["jira", "ado", "snow", "sharepoint"]


class Providers:
    """By name. ``aclose`` when done."""

    def __init__(
        self,
        settings: Settings,
        clients: UpstreamClients,
        known: Mapping[str, Provider],
        people: OnBehalfOf | None,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._known = known
        self._people = people

    def of(self, name: str, assertion: str) -> Provider:
        """The installation's. ``assertion`` is the caller's access token, for a provider that is asked as the
        caller. Raises ``IntegrationFailure`` for one that is not set up."""
        if name == sharepoint.NAME and self._people is not None:
            token = self._people.token(assertion)
            return Sharepoint(self._clients, self._settings.sharepoint_base_url, token)
        if name not in self._known:
            raise IntegrationFailure(name, "not_configured")
        return self._known[name]

    def needs_a_person(self, name: str) -> bool:
        """Whether this provider is asked as the caller, so that nobody can ask without one."""
        return name == sharepoint.NAME and self._people is not None

    def made_with(self, name: str, base_url: str, account: str | None, secret: str) -> Provider:
        """The provider with a workspace's own credential."""
        return _MAKERS[name](self._clients, base_url, account, secret, self._settings.snow_table)

    async def aclose(self) -> None:
        if self._people is not None:
            await self._people.aclose()
        await self._clients.aclose()


def make_providers(settings: Settings, clients: UpstreamClients) -> Providers:
    known: dict[str, Provider] = {}
    people: OnBehalfOf | None = None
    if settings.jira_base_url and settings.jira_api_token:
        header = credential(settings.jira_user_email, settings.jira_api_token.get_secret_value())
        known["jira"] = Jira(clients, settings.jira_base_url, header)
    if settings.ado_org_url and settings.ado_pat_token:
        known["ado"] = Ado(clients, settings.ado_org_url, settings.ado_pat_token.get_secret_value())
    if settings.snow_base_url and settings.snow_api_token:
        token = settings.snow_api_token.get_secret_value()
        known["snow"] = Snow(clients, settings.snow_base_url, token, settings.snow_table)
    if settings.sharepoint_access_token:
        static = sharepoint.fixed(settings.sharepoint_access_token.get_secret_value())
        known["sharepoint"] = Sharepoint(clients, settings.sharepoint_base_url, static)
    elif (
        settings.sharepoint_tenant_id and settings.sharepoint_client_id and settings.sharepoint_client_secret
    ):
        registration = {
            "authority": settings.sharepoint_authority,
            "tenant": settings.sharepoint_tenant_id,
            "client_id": settings.sharepoint_client_id,
            "secret": settings.sharepoint_client_secret.get_secret_value(),
            "scope": sharepoint.SCOPE,
        }
        if settings.sharepoint_on_behalf_of:
            people = OnBehalfOf(on_behalf_of(**registration), clients.clock)
        else:
            own = sharepoint.application(client_secret(**registration))
            known["sharepoint"] = Sharepoint(clients, settings.sharepoint_base_url, own)
    return Providers(settings, clients, known, people)


_Maker = Callable[[UpstreamClients, str, str | None, str, str], Provider]
_MAKERS: Mapping[str, _Maker] = {
    "jira": lambda clients, url, account, secret, table: Jira(clients, url, credential(account, secret)),
    "ado": lambda clients, url, account, secret, table: Ado(clients, url, secret),
    "snow": lambda clients, url, account, secret, table: Snow(clients, url, secret, table),
    "sharepoint": lambda clients, url, account, secret, table: Sharepoint(
        clients, url, sharepoint.fixed(secret)
    ),
}
