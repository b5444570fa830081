"""What can be set, by the environment and ``.env``: ``.env.example`` explains each; a test compares the two.

Code takes ``Settings`` of ``config.py``, which hold together as well; what checks that they do takes these.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.client_address import parse_networks
from app.core.issuers import GUID
from app.core.oauth_settings import OAuthProviderSettings
from app.core.permissions import Role
from app.core.token_service import KeyRing, is_weak_text

Seconds = Annotated[float, Field(gt=0, le=3600)]


class IssuerSettings(BaseModel):
    """One entry of ``TRUSTED_ISSUERS``."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Literal["entra", "oidc", "shared-secret"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    audiences: Annotated[list[str], Field(min_length=1)]
    tenants: list[str] = []
    authority: str = "https://login.microsoftonline.com"
    issuer: str | None = None
    jwks_uri: str | None = None
    algorithms: Annotated[list[Literal["RS256", "PS256", "ES256", "EdDSA"]], Field(min_length=1)] = ["RS256"]
    secret: SecretStr | None = None
    subject_claim: str = "sub"
    required_scopes: list[str] = []
    allowed_clients: list[str] = []
    allow_guests: bool = False
    allow_app_only: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "entra" and not self.tenants:
            raise ValueError("an entra issuer names its tenants")
        if self.kind != "entra" and not self.issuer:
            raise ValueError(f"an issuer of kind {self.kind} names its issuer URL")
        if self.kind != "oidc" and (self.jwks_uri or "algorithms" in self.model_fields_set):
            raise ValueError("jwks_uri and algorithms are for issuers of kind oidc")
        if (self.kind == "shared-secret") != (self.secret is not None):
            raise ValueError("secret is for issuers of kind shared-secret, which have one")
        if self.secret is not None and is_weak_text(self.secret.get_secret_value()):
            raise ValueError("secret is weak: at least 32 characters, drawn by a generator")
        return self


def _networks(text: str) -> str:
    parse_networks(text)
    return text


def _listed(text: str) -> Any:
    if not text.lstrip().startswith(("[", "{")):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError('is no list: write a,b or, as JSON, ["a", "b"]') from None


RateLimit = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,8}/(second|minute|hour|day))?$")]


class SettingsFields(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        hide_input_in_errors=True,
        enable_decoding=False,
    )

    # Service
    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    public_url: str | None = None
    docs_enabled: bool | None = None
    console_enabled: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
    metrics_token: SecretStr | None = None
    otel_enabled: bool = False
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    cors_origins: list[str] = []
    rate_limit_read: RateLimit = "1200/minute"
    rate_limit_write: RateLimit = "300/minute"
    rate_limit_sign_in: RateLimit = "60/minute"
    rate_limit_scim: RateLimit = "3000/minute"
    rate_limit_guesses: RateLimit = "120/minute"
    scim_max_users: Annotated[int, Field(ge=1)] = 200_000
    scim_max_groups: Annotated[int, Field(ge=1)] = 20_000
    rate_limit_redis_url: SecretStr | None = None
    shutdown_grace_seconds: Annotated[int, Field(ge=1, le=600)] = 20
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    max_head_bytes: Annotated[int, Field(ge=1024, le=1_048_576)] = 65_536
    max_head_fields: Annotated[int, Field(ge=10, le=10_000)] = 100
    max_connections: Annotated[int, Field(ge=1)] = 1000
    max_streams_per_caller: Annotated[int, Field(ge=1)] = 20
    max_sockets: Annotated[int, Field(ge=1)] = 2000
    max_sockets_per_caller: Annotated[int, Field(ge=1)] = 20
    socket_ping_seconds: Seconds = 20
    head_seconds: Seconds = 20
    keep_alive_seconds: Seconds = 75
    transfer_seconds: Seconds = 900
    transfer_grace_seconds: Seconds = 20
    transfer_min_bytes_per_second: Annotated[int, Field(ge=1)] = 1024

    # Database
    db_type: Literal["sqlite", "mssql"] = "sqlite"
    db_name: str = ".data/pm-assist.db"
    db_server: str = "localhost"
    db_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    db_authentication: Literal["sql", "windows", "managed-identity", "client-secret"] = "sql"
    db_user: str | None = None
    db_password: SecretStr | None = None
    db_entra_tenant_id: str | None = None
    db_entra_client_id: str | None = None
    db_entra_client_secret: SecretStr | None = None
    db_entra_scope: str = "https://database.windows.net/.default"
    db_entra_authority: str = "https://login.microsoftonline.com"
    db_driver: str = "ODBC Driver 18 for SQL Server"
    db_encrypt: Literal["yes", "no", "strict"] = "yes"
    db_trust_server_certificate: bool = False
    db_multi_subnet_failover: bool = False
    db_connection_string: SecretStr | None = None
    db_pool_min: Annotated[int, Field(ge=0)] = 1
    db_pool_max: Annotated[int, Field(ge=1, le=500)] = 10
    db_pool_max_age_seconds: Annotated[float, Field(gt=0)] = 1800
    db_acquire_timeout_seconds: Seconds = 10
    db_login_timeout_seconds: Seconds = 10
    db_statement_timeout_seconds: Seconds = 30
    db_drain_timeout_seconds: Seconds = 10
    db_session_context: bool = False
    sqlite_readers: Annotated[int, Field(ge=1, le=64)] = 4
    sqlite_busy_timeout_seconds: Seconds = 5

    # Who may sign in
    azure_tenant_id: str | None = None
    azure_client_id: str | None = None
    azure_authority: str = "https://login.microsoftonline.com"
    azure_required_scopes: list[str] = []
    azure_allowed_clients: list[str] = []
    azure_allow_guests: bool = False
    azure_allow_app_only: bool = False
    trusted_issuers: list[IssuerSettings] = []
    workspace_tenants: list[str] = []
    workspace_guests: bool = False
    platform_admins: list[str] = []
    invitation_days: Annotated[int, Field(ge=1, le=90)] = 7
    invitation_tenants: list[str] = []
    invitation_guests: bool = False
    invitations_auto_accept: bool = False
    token_leeway_seconds: Annotated[int, Field(ge=0, le=300)] = 60
    token_cache_size: Annotated[int, Field(ge=0)] = 10_000

    # Sign-in for browsers
    oauth_providers: list[OAuthProviderSettings] = []
    oauth_return_to: list[str] = []
    portal_origins: list[str] = []
    browser_session_idle_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    browser_session_hours: Annotated[int, Field(ge=1, le=720)] = 12

    # The local issuer: accounts of this service's own, for development
    local_issuer_enabled: bool | None = None
    allow_local_issuer_in_production: bool = False
    local_issuer_key_file: Path = Path(".data/local-issuer.pem")
    local_issuer_tenant: str = "00000000-0000-4000-8000-00000000d0d0"
    local_issuer_audience: str = "pm-assist"
    enable_registration: bool = False
    access_token_expire_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    refresh_token_expire_days: Annotated[int, Field(ge=1, le=365)] = 7
    sign_in_max_failures_account: Annotated[int, Field(ge=1)] = 5
    sign_in_max_failures_address: Annotated[int, Field(ge=1)] = 50
    sign_in_lock_minutes: Annotated[int, Field(ge=1, le=43_200)] = 15

    # Other systems
    integration_tenants: list[str] = []
    integration_guests: bool = False
    integration_minimum_role: Role = Role.ADMIN
    jira_base_url: str | None = None
    jira_user_email: str | None = None
    jira_api_token: SecretStr | None = None
    ado_org_url: str | None = None
    ado_pat_token: SecretStr | None = None
    snow_base_url: str | None = None
    snow_api_token: SecretStr | None = None
    snow_table: Literal["pm_project", "pm_portfolio", "pm_program", "dmn_demand", "rm_epic"] = "pm_project"
    sharepoint_base_url: str = "https://graph.microsoft.com"
    sharepoint_access_token: SecretStr | None = None
    sharepoint_tenant_id: str | None = None
    sharepoint_client_id: str | None = None
    sharepoint_client_secret: SecretStr | None = None
    sharepoint_on_behalf_of: bool = False
    sharepoint_authority: str | None = None
    graph_excel_sites: dict[str, list[str]] = {}
    graph_excel_max_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 20_000_000
    integration_deadline_seconds: Seconds = 15
    integration_allowed_hosts: list[str] = [
        "*.atlassian.net",
        "api.atlassian.com",
        "dev.azure.com",
        "*.visualstudio.com",
        "*.service-now.com",
        "graph.microsoft.com",
        "graph.microsoft.us",
        "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
    ]

    link_check_interval_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    outbound_networks: Annotated[str, AfterValidator(_networks)] = ""
    outbound_http: bool = False
    webhook_seconds: Annotated[float, Field(gt=0, le=20)] = 15
    connector_max_rows: Annotated[int, Field(ge=1, le=10_000)] = 1000
    connector_max_bytes: Annotated[int, Field(ge=1000, le=1_000_000)] = 250_000
    connector_seconds: Annotated[float, Field(gt=0, le=60)] = 20

    # Files
    blob_store: Literal["local", "azure", "s3", "memory"] = "local"
    blob_local_root: Path = Path(".data/blobs")
    blob_container: Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")] = "pm-assist"
    blob_connection_string: SecretStr | None = None
    blob_account_url: str | None = None
    blob_account_key: SecretStr | None = None
    blob_authentication: Literal["key", "managed-identity", "client-secret"] = "key"
    blob_entra_tenant_id: str | None = None
    blob_entra_client_id: str | None = None
    blob_entra_client_secret: SecretStr | None = None
    blob_entra_authority: str = "https://login.microsoftonline.com"
    blob_s3_region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    blob_s3_endpoint: str | None = None
    blob_s3_virtual_host: bool = True
    blob_s3_access_key_id: str | None = None
    blob_s3_secret_access_key: SecretStr | None = None
    blob_s3_encryption: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = None
    blob_s3_kms_key_id: str | None = None
    file_max_bytes: Annotated[int, Field(ge=1)] = 52_428_800
    file_types: list[str] = [
        "application/json",
        "application/msword",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.*",
        "application/vnd.openxmlformats-officedocument.*",
        "application/xml",
        "application/zip",
        "audio/*",
        "image/*",
        "text/*",
        "video/*",
    ]
    file_upload_minutes: Annotated[int, Field(ge=1, le=50)] = 30
    file_scan_policy: Literal["off", "flag", "block_until_clean"] = "off"
    clamd_host: str | None = None
    clamd_port: Annotated[int, Field(ge=1, le=65_535)] = 3310
    clamd_socket: str | None = None
    clamd_max_bytes: Annotated[int, Field(ge=1)] = 104_857_600
    clamd_deadline_seconds: Annotated[float, Field(gt=0, le=240)] = 120
    file_link_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    stream_poll_seconds: Annotated[float, Field(gt=0, le=60)] = 0.5
    outbox_poll_seconds: Annotated[float, Field(ge=0, le=60)] = 1
    jobs_engine: Literal["inline", "celery"] = "inline"
    jobs_broker_url: SecretStr | None = None

    # The audit log
    audit_key_file: Path = Path(".data/audit-key.pem")
    audit_earlier_key_files: list[Path] = []

    # Mail
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    mail_from_name: str = "PM Assist"
    portal_url: str | None = None
    vapid_private_key: SecretStr | None = None
    vapid_contact: Annotated[str, Field(pattern=r"^(mailto:.+@.+|https://.+)$")] | None = None

    # Secrets at rest
    secret_keys: SecretStr | None = None
    secret_keys_vault_url: str | None = None
    secret_keys_vault_secret: str = "pm-assist-secret-keys"  # noqa: S105 - a name
    secret_keys_vault_client_id: str | None = None

    # The PMA token
    pma_signing_keys: SecretStr
    pma_token_expire_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    pma_max_workspaces: Annotated[int, Field(ge=1, le=200)] = 100

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        """Text as written: a list has commas or is JSON. An optional setting left empty is not set, and so is
        a text or a path, whose empty one would be every address of the machine, or this directory with
        ``.env`` in it."""
        field = cls.model_fields[info.field_name or ""]
        if not isinstance(value, str):
            return value
        if get_origin(field.annotation) is list:
            return _listed(value)
        is_plain = field.annotation in (str, Path) and not field.metadata
        return field.default if not value.strip() and (field.default is None or is_plain) else value

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_local_issuer_enabled(self) -> bool:
        """On in development, off in production, unless said otherwise."""
        return not self.is_production if self.local_issuer_enabled is None else self.local_issuer_enabled

    @property
    def has_secret_keys(self) -> bool:
        """Whether there are keys to seal secrets with, here or in a vault."""
        return self.secret_keys is not None or bool(self.secret_keys_vault_url)

    @property
    def appointed_admins(self) -> frozenset[str]:
        """The user ids of ``PLATFORM_ADMINS``, in the form that ``Identity`` has them."""
        return frozenset(
            each.lower() if GUID.fullmatch(each.lower()) else each for each in self.platform_admins
        )

    @property
    def invitation_lifetime(self) -> timedelta:
        return timedelta(days=self.invitation_days)

    @property
    def are_docs_enabled(self) -> bool:
        return not self.is_production if self.docs_enabled is None else self.docs_enabled

    @property
    def base_url(self) -> str:
        """Where clients reach the service, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def key_ring(self) -> KeyRing:
        return KeyRing.parse(self.pma_signing_keys.get_secret_value())
