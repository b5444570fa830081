"""Keys for secrets at rest, from the settings and from a vault on loopback."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from app.core.entra_tokens import EntraTokenUnavailable
from app.integrations.key_sources import KeysUnavailable, KeyVaultKeys, SettingsKeys, resource_of
from tests.harness import SECRET_KEY
from tests.integrations.upstreams import Asked, FakeUpstream, Reply


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


class FakeVault(FakeUpstream):
    def answer(self, asked: Asked) -> Reply:
        if asked.authorization != "Bearer vault-token":
            return Reply(401, {"error": {"code": "Unauthorized"}})
        if (asked.path, asked.query) == ("/secrets/the-keys", {"api-version": "7.4"}):
            return Reply(200, {"value": SECRET_KEY, "id": "x"})
        return Reply(404, {"error": {"code": "SecretNotFound"}})


def test_the_settings() -> None:
    assert [each.kid for each in SettingsKeys(SECRET_KEY).load().keys] == ["s1"]
    with pytest.raises(KeysUnavailable, match="SECRET_KEYS: key 1") as failure:
        SettingsKeys("nonsense-word").load()
    assert "nonsense" not in str(failure.value)


def test_a_vault() -> None:
    with FakeVault() as vault:
        assert [
            each.kid for each in KeyVaultKeys(vault.url, "the-keys", lambda: "vault-token").load().keys
        ] == ["s1"]
        for name, token, what in (
            ("the-keys", "wrong", "answered 401"),
            ("another", "vault-token", "answered 404"),
        ):
            with pytest.raises(KeysUnavailable, match=what):
                KeyVaultKeys(vault.url, name, partial(str, token)).load()
        for reply in (
            Reply(200, {"no": "value"}),
            Reply(200, []),
            Reply(200, b"{"),
            Reply(200, {"value": "x"}),
        ):
            vault.fault = always(reply)
            with pytest.raises(KeysUnavailable):
                KeyVaultKeys(vault.url, "the-keys", lambda: "vault-token").load()
    with pytest.raises(KeysUnavailable, match="ConnectError"):
        KeyVaultKeys("http://127.0.0.1:9", "the-keys", lambda: "vault-token").load()


def test_each_cloud_s_vaults_have_tokens_of_their_own() -> None:
    for host in ("vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn"):
        assert resource_of(f"https://ours.{host}/") == f"https://{host}"


def test_a_vault_without_a_token() -> None:
    def none() -> str:
        raise EntraTokenUnavailable("invalid_client")

    with pytest.raises(KeysUnavailable, match="no token: invalid_client"):
        KeyVaultKeys("http://127.0.0.1:9", "the-keys", none).load()
