"""What must hold between settings: each rule tells what is wrong, in words for whoever sets them, and never a
value that is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.core import oauth_rules, tenants
from app.core.addresses import problem_with
from app.core.client_address import parse_networks
from app.core.config_fields import SettingsFields
from app.core.issuers import GUID, LocalIssuer, SharedSecretIssuer, TrustedIssuers
from app.core.outbound import is_of_an_enterprise
from app.core.text import clean_address
from app.core.token_service import KeyRing, is_weak, is_weak_text
from app.core.trusted_issuers import trusted_issuers

if TYPE_CHECKING:
    from pydantic import SecretStr


_OTHER_USER = re.compile(r"[a-z0-9][a-z0-9-]{0,39}:.+")
"""As ``Identity.user_id`` has somebody of an issuer that is not Entra ID."""


_TOKEN = re.compile("[!-~]+")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def problems(settings: SettingsFields) -> Iterator[str]:
    """Everything at once, so that nobody mends one mistake only to meet the next."""
    yield from _secret_problems(settings)
    yield from _database_problems(settings)
    yield from _integration_problems(settings)
    yield from _outbound_problems(settings)
    yield from _blob_problems(settings)
    yield from _scan_problems(settings)
    yield from _sign_in_problems(settings)
    yield from tenants.problems(settings)
    yield from oauth_rules.problems(settings)
    yield from _platform_problems(settings)
    yield from _public_problems(settings)
    yield from _address_problems(settings)
    yield from _mail_problems(settings)


def _platform_problems(settings: SettingsFields) -> Iterator[str]:
    """An address is nobody's proof of who they are."""
    for number, given in enumerate(settings.platform_admins, 1):
        if not GUID.fullmatch(given.lower()) and not _OTHER_USER.fullmatch(given):
            yield f"PLATFORM_ADMINS: entry {number} is no user id: an object id, or <issuer name>:<subject>"


def _secret_problems(settings: SettingsFields) -> Iterator[str]:
    """Of the secrets that are this service's own: in production none may be one that somebody thought of."""
    rings = (("PMA_SIGNING_KEYS", settings.pma_signing_keys), ("SECRET_KEYS", settings.secret_keys))
    for name, given in rings:
        if given is None:
            continue
        try:
            ring = KeyRing.parse(given.get_secret_value())
        except ValueError as error:
            yield f"{name}: {error}"
            continue
        if settings.is_production:
            yield from (f"{name}: key {key.kid} is weak" for key in ring.keys if is_weak(key.secret))
    token = settings.metrics_token
    if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
        yield "METRICS_TOKEN has characters that no token has"
    elif settings.is_production and token is not None and is_weak_text(token.get_secret_value()):
        yield "METRICS_TOKEN is weak: at least 32 characters, drawn by a generator"


def _database_problems(settings: SettingsFields) -> Iterator[str]:
    if settings.db_pool_min > settings.db_pool_max:
        yield "DB_POOL_MIN is larger than DB_POOL_MAX"
    if settings.db_type == "sqlite":
        return
    if (
        settings.db_name == type(settings).model_fields["db_name"].default
        and settings.db_connection_string is None
    ):
        yield "DB_NAME names the database on the server"
    how, raw = settings.db_authentication, settings.db_connection_string is not None
    if settings.is_production and not raw:
        if settings.db_trust_server_certificate:
            yield "DB_TRUST_SERVER_CERTIFICATE is for development: install the server's CA"
        if settings.db_encrypt == "no":
            yield "DB_ENCRYPT=no in production"
    if how == "sql" and not raw and not (settings.db_user and settings.db_password):
        yield "DB_AUTHENTICATION=sql needs DB_USER and DB_PASSWORD"
    if how != "sql" and (settings.db_user or settings.db_password):
        yield f"DB_AUTHENTICATION={how} takes no DB_USER and no DB_PASSWORD"
    entra = (settings.db_entra_tenant_id, settings.db_entra_client_id, settings.db_entra_client_secret)
    yield from _registration_problems("DB", how, entra)


def _address_problems(settings: SettingsFields) -> Iterator[str]:
    """Of where tokens and secrets are had from, whoever needs them."""
    for name in (
        "azure_authority",
        "db_entra_authority",
        "blob_entra_authority",
        "sharepoint_authority",
        "secret_keys_vault_url",
    ):
        url = getattr(settings, name)
        if url and not _is_url(url):
            yield f"{name.upper()} is not a URL"
        elif url and settings.is_production and not url.startswith("https://"):
            yield f"{name.upper()} must be https in production"


def _integration_problems(settings: SettingsFields) -> Iterator[str]:
    pairs = (
        ("JIRA_BASE_URL", settings.jira_base_url, "JIRA_API_TOKEN", settings.jira_api_token),
        ("ADO_ORG_URL", settings.ado_org_url, "ADO_PAT_TOKEN", settings.ado_pat_token),
        ("SNOW_BASE_URL", settings.snow_base_url, "SNOW_API_TOKEN", settings.snow_api_token),
    )
    for url_name, url, token_name, token in pairs:
        if bool(url) != bool(token):
            yield f"{url_name} and {token_name} go together"
    tokens = [(name, token) for *_, name, token in pairs]
    for name, token in [*tokens, ("SHAREPOINT_ACCESS_TOKEN", settings.sharepoint_access_token)]:
        if token and not _TOKEN.fullmatch(token.get_secret_value()):
            yield f"{name} has characters that no token has"
    application = (
        settings.sharepoint_tenant_id,
        settings.sharepoint_client_id,
        settings.sharepoint_client_secret,
    )
    if any(application) and not all(application):
        yield "SHAREPOINT_TENANT_ID, SHAREPOINT_CLIENT_ID and SHAREPOINT_CLIENT_SECRET go together"
    if settings.sharepoint_on_behalf_of and (not all(application) or settings.sharepoint_access_token):
        yield "SHAREPOINT_ON_BEHALF_OF needs the application's settings and no SHAREPOINT_ACCESS_TOKEN"
    urls = [(name, url) for name, url, *_ in pairs] + [("SHAREPOINT_BASE_URL", settings.sharepoint_base_url)]
    for name, url in urls:
        if url and not _is_url(url):
            yield f"{name} is not a URL"
        elif url and settings.is_production and not url.startswith("https://"):
            yield f"{name} must be https in production"


def _outbound_problems(settings: SettingsFields) -> Iterator[str]:
    """Where anybody's webhook may have the service call, besides what is public."""
    if not settings.is_production:
        return
    if settings.outbound_http:
        yield "OUTBOUND_HTTP is for development: what is sent could be read on its way"
    for network in parse_networks(settings.outbound_networks):
        if not is_of_an_enterprise(network):
            yield f"OUTBOUND_NETWORKS: {network} is no network of one's own, or the machine itself is in it"


def _blob_problems(settings: SettingsFields) -> Iterator[str]:
    if settings.blob_store == "memory" and settings.is_production:
        yield "BLOB_STORE=memory is for tests: it forgets"
    yield from _s3_problems(settings)
    given = (settings.blob_connection_string, settings.blob_account_url)
    if settings.blob_store != "azure":
        if any(given):
            yield "BLOB_CONNECTION_STRING and BLOB_ACCOUNT_URL need BLOB_STORE=azure"
        return
    if bool(settings.blob_connection_string) == bool(settings.blob_account_url):
        yield "BLOB_STORE=azure needs either BLOB_CONNECTION_STRING or BLOB_ACCOUNT_URL"
    how, url = settings.blob_authentication, settings.blob_account_url
    if url is None:
        return
    if (how == "key") != bool(settings.blob_account_key):
        yield "BLOB_ACCOUNT_KEY goes with BLOB_AUTHENTICATION=key"
    entra = (settings.blob_entra_tenant_id, settings.blob_entra_client_id, settings.blob_entra_client_secret)
    yield from _registration_problems("BLOB", how, entra)
    if problem_with(url):
        yield "BLOB_ACCOUNT_URL is not a URL"
    elif (settings.is_production or how != "key") and not url.startswith("https://"):
        yield "BLOB_ACCOUNT_URL must be https in production, and for Entra ID"


def _scan_problems(settings: SettingsFields) -> Iterator[str]:
    if settings.clamd_host and settings.clamd_socket:
        yield "CLAMD_HOST and CLAMD_SOCKET: clamd listens at one of them"
    if settings.file_scan_policy != "block_until_clean":
        return
    if not settings.clamd_host and not settings.clamd_socket:
        yield "FILE_SCAN_POLICY=block_until_clean needs CLAMD_HOST or CLAMD_SOCKET: no file could be had"
    elif settings.clamd_max_bytes < settings.file_max_bytes:
        yield "CLAMD_MAX_BYTES is less than FILE_MAX_BYTES: what lies between could never be downloaded"


def _s3_problems(settings: SettingsFields) -> Iterator[str]:
    url, key = settings.blob_s3_endpoint, settings.blob_s3_access_key_id
    if settings.blob_store != "s3":
        if url or key or settings.blob_s3_secret_access_key:
            yield "BLOB_S3_ENDPOINT and BLOB_S3_ACCESS_KEY_ID need BLOB_STORE=s3"
        return
    if bool(key) != bool(settings.blob_s3_secret_access_key):
        yield "BLOB_S3_ACCESS_KEY_ID and BLOB_S3_SECRET_ACCESS_KEY go together"
    if settings.blob_s3_kms_key_id and not (settings.blob_s3_encryption or "").startswith("aws:kms"):
        yield "BLOB_S3_KMS_KEY_ID goes with BLOB_S3_ENCRYPTION=aws:kms"
    if url and problem_with(url):
        yield "BLOB_S3_ENDPOINT is not a URL"
    elif url and settings.is_production and not url.startswith("https://"):
        yield "BLOB_S3_ENDPOINT must be https in production"


def _sign_in_problems(settings: SettingsFields) -> Iterator[str]:
    if bool(settings.azure_tenant_id) != bool(settings.azure_client_id):
        yield "AZURE_TENANT_ID and AZURE_CLIENT_ID go together"
    if settings.azure_tenant_id and not GUID.fullmatch(settings.azure_tenant_id.lower()):
        # Entra ID's tokens name the tenant so, in `tid` and `iss`.
        yield "AZURE_TENANT_ID is the directory's id, a GUID, and not its name"
    if settings.is_local_issuer_enabled and not GUID.fullmatch(settings.local_issuer_tenant):
        yield "LOCAL_ISSUER_TENANT is a GUID, in lower case"
    yield from _issuer_problems(settings)
    if not settings.is_production:
        return
    if settings.local_issuer_enabled and not settings.allow_local_issuer_in_production:
        yield "LOCAL_ISSUER_ENABLED in production also needs ALLOW_LOCAL_ISSUER_IN_PRODUCTION=true"
    if not (settings.azure_tenant_id or settings.trusted_issuers or settings.is_local_issuer_enabled):
        yield "nobody can sign in: set AZURE_TENANT_ID and AZURE_CLIENT_ID"


def _issuer_problems(settings: SettingsFields) -> Iterator[str]:
    found = list(_problems_of_each_issuer(settings))
    yield from found
    if found or (settings.azure_tenant_id and not GUID.fullmatch(settings.azure_tenant_id.lower())):
        return
    issuers = trusted_issuers(settings, None)
    if settings.is_local_issuer_enabled:
        issuers.append(LocalIssuer(settings.base_url, settings.local_issuer_tenant, frozenset(), lambda: {}))
    try:
        trusted = TrustedIssuers(issuers)
    except ValueError as error:
        yield f"TRUSTED_ISSUERS: {error}"
        return
    for each in settings.oauth_providers:
        match = trusted.find(each.issuer)
        if match is None or isinstance(match.issuer, LocalIssuer | SharedSecretIssuer):
            yield f"OAUTH_PROVIDERS: {each.name}: no issuer with keys is trusted that has this name"


def _problems_of_each_issuer(settings: SettingsFields) -> Iterator[str]:
    names = ["local"] if settings.is_local_issuer_enabled else []
    names += ["entra"] if settings.azure_tenant_id else []
    for issuer in settings.trusted_issuers:
        if issuer.name in names:
            yield f"TRUSTED_ISSUERS: two issuers are named {issuer.name}"
        names.append(issuer.name)
        for tenant in issuer.tenants:
            if not GUID.fullmatch(tenant.lower()):
                yield f"TRUSTED_ISSUERS: {issuer.name}: a tenant is a GUID, not 'common' or a domain"
        for name in ("issuer", "authority"):
            if (url := getattr(issuer, name)) and not _is_url(url):
                yield f"TRUSTED_ISSUERS: {issuer.name}: {name} is not a URL"
        if issuer.jwks_uri and problem_with(issuer.jwks_uri):
            yield f"TRUSTED_ISSUERS: {issuer.name}: jwks_uri is not a URL"


def _public_problems(settings: SettingsFields) -> Iterator[str]:
    """What browsers and clients are told, and where they are listened to."""
    if not _is_host(settings.host):
        yield "HOST is no name and no address of a machine"
    origin_pattern = r"https://[^/*]+" if settings.is_production else r"\*|https?://[^/*]+"
    for origin in settings.cors_origins:
        if not re.fullmatch(origin_pattern, origin) or not (origin == "*" or _is_url(origin)):
            yield f"CORS_ORIGINS: {origin} is no origin, or not one for production"
    url = settings.public_url
    if url is not None and not _is_url(url):
        yield "PUBLIC_URL is not a URL"
    elif settings.is_production and url is not None and not url.startswith("https://"):
        yield "PUBLIC_URL must be https in production"
    if settings.rate_limit_redis_url is not None and not _is_redis(settings.rate_limit_redis_url):
        yield "RATE_LIMIT_REDIS_URL is no address of Redis: redis://host:6379/0, or rediss:// with TLS"
    if settings.jobs_engine == "celery" and settings.jobs_broker_url is None:
        yield "JOBS_ENGINE=celery needs JOBS_BROKER_URL"
    if settings.jobs_broker_url is not None and not _is_broker(settings.jobs_broker_url):
        yield "JOBS_BROKER_URL is no address of a broker: redis://, rediss://, amqp:// or amqps://"
    if settings.otel_enabled and not _has_opentelemetry():
        yield "OTEL_ENABLED needs packages that are not installed; .env.example says which"


def _mail_problems(settings: SettingsFields) -> Iterator[str]:
    if settings.mail_from is not None:
        try:
            clean_address(settings.mail_from)
        except ValueError:
            yield "MAIL_FROM is no address of mail"
    if settings.portal_url is not None and not _is_url(settings.portal_url):
        yield "PORTAL_URL is not a URL that paths can be put behind"
    elif settings.is_production and not (settings.portal_url or "https://").startswith("https://"):
        yield "PORTAL_URL must be https in production"
    if (settings.vapid_private_key is None) != (settings.vapid_contact is None):
        yield "VAPID_PRIVATE_KEY and VAPID_CONTACT go together"
    if settings.smtp_host is None:
        return
    if not _is_host(settings.smtp_host):
        yield "SMTP_HOST is no name and no address of a machine"
    if settings.mail_from is None:
        yield "SMTP_HOST needs MAIL_FROM"
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        yield "SMTP_USER and SMTP_PASSWORD go together"
    if settings.smtp_security == "none" and settings.smtp_host not in _THIS_MACHINE:
        yield "SMTP_SECURITY=none is for a server on this machine"


def _is_url(value: str) -> bool:
    """One that paths can be put behind."""
    return problem_with(value) is None and "?" not in value and "#" not in value


def _is_host(host: str) -> bool:
    """Names as DNS has them; an IPv6 address may have a zone (RFC 4007 section 11)."""
    return _is_url(f"http://[{host.partition('%')[0]}]" if ":" in host else f"http://{host}")


def _is_broker(url: SecretStr) -> bool:
    try:
        parts = urlsplit(url.get_secret_value())
        return (
            parts.scheme in ("redis", "rediss", "amqp", "amqps") and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        return False


def _is_redis(url: SecretStr) -> bool:
    from redis.asyncio.connection import parse_url

    try:
        parts = urlsplit(url.get_secret_value())
        parse_url(url.get_secret_value())  # its options, which the address alone does not show
        return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _has_opentelemetry() -> bool:
    try:
        return find_spec("opentelemetry.sdk.trace") is not None and all(
            find_spec(f"opentelemetry.exporter.otlp.proto.{part}") is not None for part in ("common", "http")
        )
    except ModuleNotFoundError:
        return False


def _registration_problems(prefix: str, how: str, entra: tuple[object, ...]) -> Iterator[str]:
    if how == "client-secret" and not all(entra):
        names = [f"{prefix}_ENTRA_{part}" for part in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")]
        yield f"{prefix}_AUTHENTICATION=client-secret needs {names[0]}, {names[1]} and {names[2]}"
