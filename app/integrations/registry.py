"""The providers that this installation is set up for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from app.core.config import Settings
from app.core.entra_tokens import client_secret
from app.core.errors import IntegrationFailure
from app.integrations.ado import Ado
from app.integrations.jira import Jira, credential
from app.integrations.provider import Provider
from app.integrations.sharepoint import SCOPE, Sharepoint
from app.integrations.snow import Snow
from app.integrations.upstream import UpstreamClients

ProviderName = Literal["jira", "ado", "snow", "sharepoint"]
NAMES: tuple[ProviderName, ...] = get_args(ProviderName)


class Providers:
    """By name. ``aclose`` when done."""

    def __init__(self, clients: UpstreamClients, known: Mapping[str, Provider], snow_table: str) -> None:
        self._clients = clients
        self._snow_table = snow_table
        self._known = known

    def __getitem__(self, name: ProviderName) -> Provider:
        """Raises ``IntegrationFailure`` for one that is not set up."""
        return self.of(name)

    def of(self, name: str) -> Provider:
        """The same for a name that the database has."""
        if name not in self._known:
            raise IntegrationFailure(name, "not_configured")
        return self._known[name]

    def made_with(self, name: str, base_url: str, account: str | None, secret: str) -> Provider:
        """The provider with a workspace's own credential."""
        return _MAKERS[name](self._clients, base_url, account, secret, self._snow_table)

    async def aclose(self) -> None:
        await self._clients.aclose()


def make_providers(settings: Settings, clients: UpstreamClients) -> Providers:
    known: dict[str, Provider] = {}
    if settings.jira_base_url and settings.jira_api_token:
        header = credential(settings.jira_user_email, settings.jira_api_token.get_secret_value())
        known["jira"] = Jira(clients, settings.jira_base_url, header)
    if settings.ado_org_url and settings.ado_pat_token:
        known["ado"] = Ado(clients, settings.ado_org_url, settings.ado_pat_token.get_secret_value())
    if settings.snow_base_url and settings.snow_api_token:
        token = settings.snow_api_token.get_secret_value()
        known["snow"] = Snow(clients, settings.snow_base_url, token, settings.snow_table)
    if settings.sharepoint_access_token:
        static = settings.sharepoint_access_token.get_secret_value()
        known["sharepoint"] = Sharepoint(clients, settings.sharepoint_base_url, static)
    elif (
        settings.sharepoint_tenant_id and settings.sharepoint_client_id and settings.sharepoint_client_secret
    ):
        application = client_secret(
            authority="https://login.microsoftonline.com",
            tenant=settings.sharepoint_tenant_id,
            client_id=settings.sharepoint_client_id,
            secret=settings.sharepoint_client_secret.get_secret_value(),
            scope=SCOPE,
        )
        known["sharepoint"] = Sharepoint(clients, settings.sharepoint_base_url, application)
    return Providers(clients, known, settings.snow_table)


_Maker = Callable[[UpstreamClients, str, str | None, str, str], Provider]
_MAKERS: Mapping[str, _Maker] = {
    "jira": lambda clients, url, account, secret, table: Jira(clients, url, credential(account, secret)),
    "ado": lambda clients, url, account, secret, table: Ado(clients, url, secret),
    "snow": lambda clients, url, account, secret, table: Snow(clients, url, secret, table),
    "sharepoint": lambda clients, url, account, secret, table: Sharepoint(clients, url, secret),
}
