"""Whose tokens this installation accepts."""

from typing import Any

from app.core.config_fields import IssuerSettings, SettingsFields
from app.core.issuers import EntraIssuer, Issuer, LocalIssuer, OidcIssuer, SharedSecretIssuer
from app.core.local_issuer import LocalTokenIssuer


def trusted_issuers(settings: SettingsFields, local: LocalTokenIssuer | None) -> list[Issuer]:
    """Whose tokens are accepted, by the settings; ``local`` where the embedded issuer is on."""
    issuers: list[Issuer] = [issuer_of(each) for each in settings.trusted_issuers]
    if settings.azure_tenant_id and settings.azure_client_id:
        client = settings.azure_client_id
        issuers.append(
            EntraIssuer(
                name="entra",
                tenants=frozenset({settings.azure_tenant_id.lower()}),
                audiences=frozenset({client, f"api://{client}"}),
                authority=settings.azure_authority,
                required_scopes=frozenset(settings.azure_required_scopes),
                allowed_clients=frozenset(settings.azure_allowed_clients),
                allow_guests=settings.azure_allow_guests,
                allow_app_only=settings.azure_allow_app_only,
            )
        )
    if local is not None:
        issuers.append(
            LocalIssuer(
                local.issuer,
                local.tenant,
                frozenset({local.audience}),
                local.jwks,
                # Whoever registers may say any address, and nobody writes to it.
                knows_addresses=not settings.enable_registration,
            )
        )
    return issuers


def issuer_of(given: IssuerSettings) -> Issuer:
    """Raises ``ValueError`` for what no issuer can be."""
    common: dict[str, Any] = {
        "name": given.name,
        "audiences": frozenset(given.audiences),
        "required_scopes": frozenset(given.required_scopes),
        "allowed_clients": frozenset(given.allowed_clients),
    }
    if given.kind == "entra":
        return EntraIssuer(
            tenants=frozenset(tenant.lower() for tenant in given.tenants),
            authority=given.authority,
            allow_guests=given.allow_guests,
            allow_app_only=given.allow_app_only,
            **common,
        )
    issuer, subject = given.issuer or "", given.subject_claim
    if given.secret is not None:
        secret = given.secret.get_secret_value().encode()
        return SharedSecretIssuer(issuer=issuer, secret=secret, subject_claim=subject, **common)
    return OidcIssuer(
        issuer=issuer,
        jwks_uri=given.jwks_uri,
        algorithms=frozenset(given.algorithms),
        subject_claim=subject,
        **common,
    )
