"""Keys for secrets at rest, from the settings and from a vault on loopback."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial

import pytest

from app.core.config import Settings
from app.core.entra_tokens import EntraTokenUnavailable
from app.integrations.key_sources import KeysUnavailable, KeyVaultKeys, SettingsKeys, key_source, resource_of
from tests.harness import SECRET_KEY, SIGNING_KEY, TENANT
from tests.integrations.upstreams import Asked, FakeUpstream, Reply


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


def vault_keys(
    url: str,
    name: str = "the-keys",
    token: Callable[[], str] = lambda: "vault-token",
    takes_weak: bool = False,
) -> KeyVaultKeys:
    return KeyVaultKeys(url, name, token, takes_weak=takes_weak)


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
        for url in (vault.url, f"{vault.url}/"):
            assert [each.kid for each in vault_keys(url).load().keys] == ["s1"]
        for name, token, what in (
            ("the-keys", "wrong", "answered 401"),
            ("another", "vault-token", "answered 404"),
        ):
            with pytest.raises(KeysUnavailable, match=what):
                vault_keys(vault.url, name, partial(str, token)).load()
        for reply in (
            Reply(200, {"no": "value"}),
            Reply(200, []),
            Reply(200, b"{"),
            Reply(200, {"value": "x"}),
            Reply(200, {"value": SECRET_KEY, "filling": "x" * 262_144}),
        ):
            vault.fault = always(reply)
            with pytest.raises(KeysUnavailable):
                vault_keys(vault.url).load()
        vault.fault = None
        with pytest.raises(KeysUnavailable, match="answered 404"):
            vault_keys(vault.url, "the-keys/of?another").load()
        assert vault.asked[-1].path == "/secrets/the-keys%2Fof%3Fanother"
    with pytest.raises(KeysUnavailable, match="ConnectError"):
        vault_keys("http://127.0.0.1:9").load()


@pytest.mark.parametrize("weak", [bytes(32), b"a sentence that somebody thought of"])
def test_a_vault_s_keys_are_no_weaker_in_production_than_the_setting_s(weak: bytes) -> None:
    text = base64.urlsafe_b64encode(weak).decode().rstrip("=")
    with FakeVault() as vault:
        vault.fault = always(Reply(200, {"value": f"{SECRET_KEY},old:{text}"}))
        with pytest.raises(KeysUnavailable, match=r"weak keys: old$"):
            vault_keys(vault.url).load()
        assert len(vault_keys(vault.url, takes_weak=True).load().keys) == 2


@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_environment_decides_which_keys_a_vault_may_hold(environment: str) -> None:
    settings = Settings(
        _env_file=None,
        environment=environment,
        pma_signing_keys=SIGNING_KEY,
        azure_tenant_id=TENANT,
        azure_client_id=TENANT,
        secret_keys_vault_url="https://ours.vault.azure.net",
    )
    source = key_source(settings)
    assert isinstance(source, KeyVaultKeys)
    assert source.takes_weak is (environment == "development")


def test_each_cloud_s_vaults_have_tokens_of_their_own() -> None:
    for host in ("vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn"):
        assert resource_of(f"https://ours.{host}/") == f"https://{host}"


def test_a_vault_without_a_token() -> None:
    def none() -> str:
        raise EntraTokenUnavailable("invalid_client")

    with pytest.raises(KeysUnavailable, match="no token: invalid_client"):
        vault_keys("http://127.0.0.1:9", token=none).load()
