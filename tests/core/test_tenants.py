"""Who may create workspaces and use the installation's credentials, by the settings alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.core.identity import Identity
from app.core.tenants import (
    gaps,
    own_tenants,
    who_may_come_by_themselves,
    who_may_create_workspaces,
    who_may_use_credentials,
)
from tests.harness import SIGNING_KEY
from tests.harness import TENANT as LOCAL
from tests.keyserver import OTHER_TENANT, TENANT

AZURE = {"azure_tenant_id": TENANT, "azure_client_id": "client"}
OTHER = {"kind": "entra", "name": "partner", "audiences": ["a"], "tenants": [OTHER_TENANT]}
AGAIN = OTHER | {"name": "again", "authority": "https://login.partner.microsoftonline.cn"}
BOTH = OTHER | {"tenants": [TENANT, OTHER_TENANT]}
KEYCLOAK = {"kind": "oidc", "name": "keycloak", "issuer": "https://sso.example.com", "audiences": ["a"]}


def settings(**values: Any) -> Settings:
    given: dict[str, Any] = {"pma_signing_keys": SIGNING_KEY, "local_issuer_enabled": False}
    return Settings(_env_file=None, **(given | values))


def somebody(tid: str, *, is_guest: bool = False) -> Identity:
    now = datetime.now(UTC)
    return Identity("id", tid, "issuer", None, None, now, now, is_guest=is_guest)


@pytest.mark.parametrize(
    ("values", "own"),
    [
        (AZURE, {TENANT}),
        ({"azure_tenant_id": TENANT.upper(), "azure_client_id": "client"}, {TENANT}),
        (AZURE | {"trusted_issuers": [OTHER, KEYCLOAK]}, {TENANT}),
        (AZURE | {"local_issuer_enabled": True}, {TENANT, LOCAL}),
        ({"local_issuer_enabled": True, "trusted_issuers": [KEYCLOAK]}, {LOCAL}),
        ({"trusted_issuers": [KEYCLOAK]}, {"keycloak"}),
        ({"trusted_issuers": [OTHER]}, {OTHER_TENANT}),
        ({"trusted_issuers": [OTHER, AGAIN]}, {OTHER_TENANT}),
        ({"trusted_issuers": [OTHER | {"tenants": [OTHER_TENANT.upper()]}]}, {OTHER_TENANT}),
        ({"trusted_issuers": [BOTH]}, set()),
        ({"trusted_issuers": [OTHER, KEYCLOAK]}, set()),
    ],
)
def test_which_tenants_are_the_installation_s_own(values: dict[str, Any], own: set[str]) -> None:
    given = settings(**values)
    assert own_tenants(given) == own
    assert bool(list(gaps(given))) is not bool(own)
    for tenants in (who_may_create_workspaces(given), who_may_use_credentials(given)):
        for tid in (TENANT, OTHER_TENANT, LOCAL, "keycloak"):
            assert (tenants.obstacle(somebody(tid)) is None) is (tid in own), tid


@pytest.mark.parametrize(
    ("named", "let_in"),
    [
        ([], {TENANT}),
        ([OTHER_TENANT.upper()], {OTHER_TENANT}),
        ([TENANT, "keycloak"], {TENANT, "keycloak"}),
        (["*"], {TENANT, OTHER_TENANT, "keycloak"}),
    ],
)
def test_a_setting_says_whose_people_and_whether_guests(named: list[str], let_in: set[str]) -> None:
    trusted = AZURE | {"trusted_issuers": [OTHER, KEYCLOAK]}
    for name, decide in (
        ("workspace", who_may_create_workspaces),
        ("integration", who_may_use_credentials),
        ("invitation", who_may_come_by_themselves),
    ):
        tenants = decide(settings(**trusted, **{f"{name}_tenants": named}))
        open_to_guests = decide(settings(**trusted, **{f"{name}_tenants": named, f"{name}_guests": True}))
        for tid in (TENANT, OTHER_TENANT, "keycloak"):
            foreign = None if tid in let_in else f"{name.upper()}_TENANTS"
            guest = somebody(tid, is_guest=True)
            assert tenants.obstacle(somebody(tid)) == foreign, tid
            assert tenants.obstacle(guest) == (foreign or f"{name.upper()}_GUESTS"), tid
            assert open_to_guests.obstacle(guest) == foreign, tid
        assert tenants.obstacle_to(None, is_guest=False) == f"{name.upper()}_TENANTS"


def test_what_is_named_closes_the_gap() -> None:
    several = {"trusted_issuers": [OTHER, KEYCLOAK]}
    assert len(list(gaps(settings(**several)))) == 3
    one, _ = gaps(settings(**several, workspace_tenants=["keycloak"]))
    assert "INTEGRATION_TENANTS" in one
    every = {"workspace_tenants": ["*"], "integration_tenants": ["keycloak"], "invitation_tenants": ["*"]}
    assert not list(gaps(settings(**several, **every)))


@pytest.mark.parametrize("name", ["workspace_tenants", "integration_tenants", "invitation_tenants"])
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["keyclaok"], "keyclaok is no tenant of a trusted issuer"),
        (["partner"], "partner is no tenant of a trusted issuer"),
        (["contoso.com"], "contoso.com is no tenant"),
        ([LOCAL], "is no tenant of a trusted issuer"),
        (["*", TENANT], "stands alone"),
    ],
)
def test_a_tenant_that_is_nobody_s_is_refused(name: str, given: list[str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem) as refused:
        settings(**AZURE, trusted_issuers=[OTHER, KEYCLOAK], **{name: given})
    assert name.upper() in str(refused.value)
