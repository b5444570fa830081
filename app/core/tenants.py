"""Whose people may do what is the installation's to give away. A tenant is what ``Identity.tid`` holds: a
GUID for Entra ID and the local issuer, the issuer's name for any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.config_fields import SettingsFields
from app.core.identity import Identity

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Tenants:
    """Those whose people may do something. ``named`` is None for every trusted one. A guest is in a directory
    and not of it: ``guests`` says whether that is enough. ``what`` is how the settings' names begin."""

    what: str
    named: frozenset[str] | None
    guests: bool = False

    def obstacle(self, identity: Identity) -> str | None:
        """The setting that keeps somebody out, if any does."""
        return self.obstacle_to(identity.tid, is_guest=identity.is_guest)

    def obstacle_to(self, tenant: str | None, *, is_guest: bool) -> str | None:
        """``tenant`` is None for somebody of whom nothing is known."""
        if tenant is None or (self.named is not None and tenant not in self.named):
            return f"{self.what}_TENANTS"
        return f"{self.what}_GUESTS" if is_guest and not self.guests else None


def who_may_create_workspaces(settings: SettingsFields) -> Tenants:
    return Tenants("WORKSPACE", _named(settings, settings.workspace_tenants), settings.workspace_guests)


def who_may_use_credentials(settings: SettingsFields) -> Tenants:
    """Those of the installation for other systems."""
    return Tenants("INTEGRATION", _named(settings, settings.integration_tenants), settings.integration_guests)


def who_may_come_by_themselves(settings: SettingsFields) -> Tenants:
    """By a link to join, or by an address that their issuer has verified: without a token that was meant for
    them alone."""
    return Tenants("INVITATION", _named(settings, settings.invitation_tenants), settings.invitation_guests)


def whose_addresses_count(settings: SettingsFields) -> Tenants:
    """Of whose people an address counts though no token says that it is verified: those of the installation's
    own directory, but its guests. The local issuer says it itself."""
    return Tenants("AZURE", own_tenants(settings) - {settings.local_issuer_tenant})


def own_tenants(settings: SettingsFields) -> frozenset[str]:
    """The tenant of ``AZURE_TENANT_ID``, and the local issuer's where it is on. Without either the one that
    ``TRUSTED_ISSUERS`` names; of several none is known to be the installation's own."""
    own = frozenset(_of_the_short_way(settings))
    listed = frozenset(_listed(settings))
    return own or (listed if len(listed) == 1 else frozenset())


def trusted_tenants(settings: SettingsFields) -> frozenset[str]:
    return frozenset([*_of_the_short_way(settings), *_listed(settings)])


def problems(settings: SettingsFields) -> Iterable[str]:
    """A name that is nobody's lets nobody in, and says so only to whoever is refused."""
    trusted = trusted_tenants(settings)
    for name, given in (
        ("WORKSPACE_TENANTS", settings.workspace_tenants),
        ("INTEGRATION_TENANTS", settings.integration_tenants),
        ("INVITATION_TENANTS", settings.invitation_tenants),
    ):
        if EVERY in given:
            if len(given) > 1:
                yield f"{name}: * is every trusted tenant, and stands alone"
            continue
        for tenant in given:
            if tenant.lower() not in trusted:
                yield f"{name}: {tenant} is no tenant of a trusted issuer"


def gaps(settings: SettingsFields) -> Iterable[str]:
    """What nobody may do before a setting says who; in words, for whoever sets it."""
    if own_tenants(settings):
        return
    why = "several tenants are trusted, and none is known to be the installation's own"
    if not settings.workspace_tenants:
        yield f"nobody may create workspaces until WORKSPACE_TENANTS says who: {why}"
    if not settings.integration_tenants:
        yield f"nobody may use the installation's credentials until INTEGRATION_TENANTS says who: {why}"
    if not settings.invitation_tenants:
        yield f"nobody comes in by a link to join until INVITATION_TENANTS says who: {why}"


def _named(settings: SettingsFields, given: list[str]) -> frozenset[str] | None:
    if EVERY in given:
        return None
    return frozenset(tenant.lower() for tenant in given) or own_tenants(settings)


def _of_the_short_way(settings: SettingsFields) -> Iterable[str]:
    if settings.azure_tenant_id:
        yield settings.azure_tenant_id.lower()
    if settings.is_local_issuer_enabled:
        yield settings.local_issuer_tenant


def _listed(settings: SettingsFields) -> Iterable[str]:
    for issuer in settings.trusted_issuers:
        if issuer.kind == "entra":
            yield from (tenant.lower() for tenant in issuer.tenants)
        else:
            yield issuer.name
