"""Whose tokens this installation accepts."""

from app.core.config import IssuerSettings, Settings
from app.core.issuers import EntraIssuer, Issuer, LocalIssuer, OidcIssuer
from app.core.local_issuer import LocalTokenIssuer


def trusted_issuers(settings: Settings, local: LocalTokenIssuer | None) -> list[Issuer]:
    """Whose tokens are accepted, by the settings; ``local`` where the embedded issuer is on."""
    issuers: list[Issuer] = [_issuer(each) for each in settings.trusted_issuers]
    if settings.azure_tenant_id and settings.azure_client_id:
        client = settings.azure_client_id
        issuers.append(
            EntraIssuer(
                name="entra",
                tenants=frozenset({settings.azure_tenant_id.lower()}),
                audiences=frozenset({client, f"api://{client}"}),
                allow_guests=settings.azure_allow_guests,
                allow_app_only=settings.azure_allow_app_only,
            )
        )
    if local is not None:
        issuers.append(LocalIssuer(local.issuer, local.tenant, frozenset({local.audience}), local.jwks))
    return issuers


def _issuer(given: IssuerSettings) -> Issuer:
    if given.kind == "entra":
        return EntraIssuer(
            name=given.name,
            tenants=frozenset(tenant.lower() for tenant in given.tenants),
            audiences=frozenset(given.audiences),
            authority=given.authority,
            required_scopes=frozenset(given.required_scopes),
            allow_guests=given.allow_guests,
            allow_app_only=given.allow_app_only,
        )
    return OidcIssuer(
        name=given.name,
        issuer=given.issuer or "",
        audiences=frozenset(given.audiences),
        jwks_uri=given.jwks_uri,
        required_scopes=frozenset(given.required_scopes),
        subject_claim=given.subject_claim,
    )
