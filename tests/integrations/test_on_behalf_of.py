"""Asking SharePoint as the person who calls: the real msal against a token endpoint on loopback."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from app.core.clock import system_clock
from app.core.entra_tokens import ClaimsChallenge, EntraTokenUnavailable, on_behalf_of
from app.core.errors import IntegrationFailure, InteractionRequired
from app.integrations.shared_tokens import SharedTokens
from app.integrations.sharepoint import Sharepoint
from app.integrations.upstream import UpstreamClients
from tests.entra_endpoint import TENANT, TokenEndpoint
from tests.harness import Clock
from tests.integrations.upstreams import FakeGraph, graph_items


class Ask:
    """Stands at the border to msal: counts, and answers as told."""

    def __init__(self, endpoint: TokenEndpoint, certificate: Path) -> None:
        session = requests.Session()
        session.verify, session.trust_env = str(certificate), False
        self.session = session
        self._ask: Callable[[str], str] = on_behalf_of(
            authority=endpoint.url,
            tenant=TENANT,
            client_id="app",
            secret="s3cret",
            scope="https://graph.microsoft.com/.default",
            http_client=session,
        )

    def __call__(self, assertion: str) -> str:
        return self._ask(assertion)


@pytest.fixture
async def ask(endpoint: TokenEndpoint, certificate: Path) -> AsyncIterator[Ask]:
    made = Ask(endpoint, certificate)
    yield made
    made.session.close()


def grants(endpoint: TokenEndpoint) -> list[str]:
    return [each["assertion"] for each in endpoint.asked]


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
async def test_fifty_calls_of_one_person_are_one_exchange(ask: Ask, endpoint: TokenEndpoint) -> None:
    clock = Clock()
    people = SharedTokens(ask, monotonic=clock.monotonic)
    tokens = await asyncio.gather(*(people.get("ada") for _ in range(50)), people.get("bob"))
    assert len(set(tokens)) == 2
    assert sorted(grants(endpoint)) == ["ada", "bob"]
    (asked, _) = endpoint.asked
    assert asked["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert asked["requested_token_use"] == "on_behalf_of"
    clock.jump(days=-27_000)
    clock.advance(minutes=5)
    await people.get("ada")
    assert grants(endpoint).count("ada") == 2
    await people.aclose()


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
async def test_what_the_person_must_do_first_is_passed_on(ask: Ask, endpoint: TokenEndpoint) -> None:
    claims = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
    endpoint.error = {"error": "interaction_required", "claims": claims}
    with pytest.raises(ClaimsChallenge) as challenge:
        await asyncio.to_thread(ask, "ada")
    assert challenge.value.claims == claims
    clients = UpstreamClients(system_clock)
    people = SharedTokens(ask)
    with FakeGraph(graph_items(3)) as graph:
        with pytest.raises(InteractionRequired) as required:
            await Sharepoint(clients, graph.url, partial(people.get, "ada"), whose="ada").page(
                search=None, place="", limit=5
            )
        assert required.value.claims == claims
        assert graph.asked == []
        endpoint.error = {"error": "invalid_client"}
        with pytest.raises(IntegrationFailure) as failure:
            await Sharepoint(clients, graph.url, partial(people.get, "ada"), whose="ada").page(
                search=None, place="", limit=5
            )
        assert failure.value.reason == "unauthorized"
    await people.aclose()
    await clients.aclose()


@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
async def test_a_refusal_names_no_secret(ask: Ask, endpoint: TokenEndpoint) -> None:
    endpoint.error = {"error": "invalid_client", "error_description": "the secret s3cret is wrong"}
    with pytest.raises(EntraTokenUnavailable, match=r"^invalid_client$"):
        await asyncio.to_thread(ask, "ada")


def test_the_challenge_is_written_as_microsoft_s_clients_read_it() -> None:
    from app.core.caller import Origin
    from app.http.errors import error_response

    response: Any = error_response(InteractionRequired('{"a":1}'), Origin("r", None))
    expected = base64.b64encode(b'{"a":1}').decode()
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == f'Bearer error="insufficient_claims", claims="{expected}"'
