"""Where the keys for secrets at rest come from: the settings, or a secret in Azure Key Vault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from app.core.addresses import host_of
from app.core.config import Settings
from app.core.entra_tokens import EntraToken, EntraTokenUnavailable, managed_identity
from app.core.token_service import KeyRing, is_weak
from app.integrations.bodies import BodyTooLarge, BodyUnreadable
from app.integrations.http_client import HTTPError, HTTPStatusError, get_blocking

_API_VERSION = "7.4"
_MAX_BYTES = 262_144


class KeysUnavailable(Exception):
    """The text names no key and no token."""


class KeySource(Protocol):
    def load(self) -> KeyRing:
        """Blocks. Raises ``KeysUnavailable``."""


class SettingsKeys:
    def __init__(self, text: str) -> None:
        self._text = text

    def load(self) -> KeyRing:
        try:
            return KeyRing.parse(self._text)
        except ValueError as error:
            raise KeysUnavailable(f"SECRET_KEYS: {error}") from None


class KeyVaultKeys:
    """The newest version of one secret, written as SECRET_KEYS is.

    https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
    """

    def __init__(
        self, vault_url: str, name: str, token: EntraToken, *, takes_weak: bool, timeout: float = 10.0
    ) -> None:
        self._url = f"{vault_url.rstrip('/')}/secrets/{quote(name, safe='')}"
        self._token = token
        self.takes_weak = takes_weak
        self._timeout = timeout

    def load(self) -> KeyRing:
        try:
            headers = {"Authorization": f"Bearer {self._token()}"}
            ring = KeyRing.parse(str(json.loads(self._read(headers))["value"]))
        except EntraTokenUnavailable as error:
            raise KeysUnavailable(f"Key Vault: no token: {error}") from None
        except HTTPStatusError as error:
            raise KeysUnavailable(f"Key Vault answered {error.response.status_code}") from None
        except (HTTPError, BodyTooLarge, BodyUnreadable, LookupError, TypeError, ValueError) as error:
            raise KeysUnavailable(f"Key Vault: {type(error).__name__}") from None
        weak = [key.kid for key in ring.keys if is_weak(key.secret)]
        if weak and not self.takes_weak:
            raise KeysUnavailable(f"Key Vault: weak keys: {', '.join(weak)}")
        return ring

    def _read(self, headers: Mapping[str, str]) -> bytes:
        return get_blocking(
            self._url,
            params={"api-version": _API_VERSION},
            headers=headers,
            seconds=self._timeout,
            most=_MAX_BYTES,
        )


def resource_of(vault_url: str) -> str:
    """What a token for this vault is for: each of Azure's clouds has vaults of its own.

    https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers
    """
    return f"https://{host_of(vault_url).partition('.')[2]}"


def key_source(settings: Settings) -> KeySource | None:
    """By the settings; None where this installation keeps no secrets."""
    if settings.secret_keys_vault_url:
        resource = resource_of(settings.secret_keys_vault_url)
        token = managed_identity(settings.secret_keys_vault_client_id, resource)
        return KeyVaultKeys(
            settings.secret_keys_vault_url,
            settings.secret_keys_vault_secret,
            token,
            takes_weak=not settings.is_production,
        )
    if settings.secret_keys is not None:
        return SettingsKeys(settings.secret_keys.get_secret_value())
    return None
