"""Working in one organisation: the token for it alone, and what is remembered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Person, Service, add_org_member, code

ACCOUNT = {"email": "new@example.com", "password": "correct horse battery", "display_name": "New"}


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def organization(person: Person, name: str) -> str:
    return str((await person.post("/organizations", {"name": name})).json()["id"])


async def workspace(person: Person, org: str, name: str) -> str:
    return str((await person.post(f"/organizations/{org}/workspaces", {"name": name})).json()["id"])


async def switch(person: Person, org: str | None) -> dict[str, Any]:
    """From now on the person has the token that is answered."""
    response = await person.post("/auth/switch-organization", {"org_id": org})
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    person.pma_token = body["pma_token"]
    return body


def listed(body: dict[str, Any]) -> set[str]:
    return {each["name"] for each in body["workspaces"]}


async def test_the_token_opens_one_organisation_and_nothing_of_others(service: Service, ada: Person) -> None:
    mine, other = await organization(ada, "Mine"), await organization(ada, "Other")
    inside, outside = await workspace(ada, mine, "Inside"), await workspace(ada, other, "Outside")
    own = (await ada.create_workspace("Own"))["id"]
    everything = ada.pma_token
    body = await switch(ada, mine)
    assert listed(body) == {"Inside"}
    assert body["organization"] == {"id": mine, "name": "Mine", "role": "OWNER"}
    assert (await ada.get(f"/workspaces/{inside}")).status_code == 200
    assert (await ada.get(f"/organizations/{mine}")).status_code == 200
    for path in (f"/workspaces/{outside}", f"/workspaces/{own}", f"/organizations/{other}"):
        assert code(await ada.get(path)) == (403, "USER_NOT_AUTHORIZED"), path
        assert code(await ada.patch(path, {"name": "Mine"})) == (403, "USER_NOT_AUTHORIZED"), path
    for path in ("/workspaces", "/organizations"):
        assert code(await ada.post(path, {"name": "New"})) == (403, "USER_NOT_AUTHORIZED"), path
    assert [each["id"] for each in (await ada.get("/workspaces")).json()["items"]] == [inside]
    # What is new in the organisation is open at once, and the token that comes with it is of the same kind.
    made = await ada.post(f"/organizations/{mine}/workspaces", {"name": "Newer"})
    assert (await ada.get(f"/workspaces/{made.json()['id']}")).status_code == 200
    ada.pma_token = made.json()["pma_token"]
    me = (await ada.get("/auth/me")).json()
    assert (me["organization_scope"], listed(me)) == (mine, {"Inside", "Newer"})
    assert code(await ada.get(f"/workspaces/{own}")) == (403, "USER_NOT_AUTHORIZED")
    # From one to another, and to all.
    assert listed(await switch(ada, other)) == {"Outside"}
    body = await switch(ada, None)
    assert (listed(body), body["organization"]) == ({"Inside", "Newer", "Outside", "Own"}, None)
    assert (await ada.get(f"/workspaces/{own}")).status_code == 200
    ada.pma_token = everything
    assert (await ada.get(f"/workspaces/{outside}")).status_code == 200


async def test_the_choice_is_remembered_while_one_is_a_member(service: Service, ada: Person) -> None:
    org, bob = await organization(ada, "Engines"), await service.person("bob")
    assert (await bob.get("/auth/me")).json()["organization"] is None
    refused = await bob.post("/auth/switch-organization", {"org_id": org})
    assert code(refused) == (404, "ORGANIZATION_NOT_FOUND")
    await add_org_member(service, org, bob, "MEMBER")
    await switch(bob, org)
    expected = {"id": org, "name": "Engines", "role": "MEMBER"}
    assert (await bob.validate()).json()["organization"] == expected
    assert (await bob.get("/auth/me")).json()["organization"] == expected
    assert (await bob.get("/auth/me")).json()["organization_scope"] is None
    await ada.post(f"/organizations/{org}/suspend", {})
    await switch(bob, org)
    await ada.post(f"/organizations/{org}/activate", {})
    await ada.delete(f"/organizations/{org}/members/{bob.user_id}")
    assert code(await bob.get(f"/organizations/{org}")) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await bob.get("/auth/me")).json()["organization"] is None
    switches = service.rows(
        "SELECT actor_id FROM PlatformAuditLog WHERE action = 'session.organization_switched'"
    )
    assert switches == [(bob.user_id,)] * 2


async def test_the_token_comes_into_nothing_of_others(service: Service, ada: Person) -> None:
    mine, other = await organization(ada, "Mine"), await organization(ada, "Other")
    inside, outside = await workspace(ada, mine, "Inside"), await workspace(ada, other, "Outside")
    own = (await ada.create_workspace("Own"))["id"]
    bob = await service.person("bob")
    await add_org_member(service, mine, bob, "MEMBER")
    body = {"email": "bob@example.com", "role": "MEMBER"}

    async def invited(place: str) -> str:
        return str((await ada.post(f"{place}/invitations", body)).json()["token"])

    async def link(place: str) -> str:
        made = await ada.post(f"/workspaces/{place}/join-links", {"usage_limit": 5})
        assert made.status_code == 201, made.text
        return str(made.json()["code"])

    links = {place: await link(place) for place in (inside, outside, own)}
    places = [
        f"/workspaces/{inside}",
        f"/workspaces/{outside}",
        f"/workspaces/{own}",
        f"/organizations/{other}",
    ]
    tokens = {place: await invited(place) for place in places}
    await switch(bob, mine)
    for place in places[1:]:
        for path in ("/invitations/accept", "/invitations/decline"):
            assert code(await bob.post(path, {"token": tokens[place]})) == (403, "USER_NOT_AUTHORIZED"), place
    for place in (outside, own):
        assert code(await bob.post("/join", {"code": links[place]})) == (403, "USER_NOT_AUTHORIZED"), place
    assert (await bob.post("/invitations/accept", {"token": tokens[places[0]]})).status_code == 200
    assert code(await bob.post("/join", {"code": links[inside]})) == (409, "MEMBER_EXISTS")
    # With a token for everything all of them wait as they did.
    await switch(bob, None)
    for place in places[1:]:
        assert (await bob.post("/invitations/accept", {"token": tokens[place]})).status_code == 200, place


async def test_what_is_sent_has_to_say_which(service: Service, ada: Person) -> None:
    for body in ({}, {"org_id": "x"}, {"org_id": 1}, {"org_id": None, "more": 1}):
        assert code(await ada.post("/auth/switch-organization", body)) == (422, "VALIDATION_FAILED"), body


async def test_an_account_comes_with_its_organisation(service: Service) -> None:
    body = {**ACCOUNT, "organization": {"name": "Engines", "slug": "engines"}}
    made = await service.client.post("/auth/register", json=body)
    assert made.status_code == 201, made.text
    form = {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}
    access = (await service.client.post("/auth/token", data=form)).json()["access_token"]
    new = Person(service, "new", made.json()["user_id"], access)
    org = made.json()["org_id"]
    assert (await new.validate()).json()["organization"] == {"id": org, "name": "Engines", "role": "OWNER"}
    entry = (await new.get(f"/organizations/{org}/audit")).json()["items"][0]
    assert (entry["action"], entry["actor_id"]) == ("organization.created", new.user_id)
    assert (await new.get(f"/organizations/{org}/audit/verify")).json()["valid"]
    plain = await service.client.post("/auth/register", json={**ACCOUNT, "email": "plain@example.com"})
    assert plain.json()["org_id"] is None


async def test_of_account_and_organisation_there_are_both_or_none(service: Service, ada: Person) -> None:
    await ada.post("/organizations", {"name": "First", "slug": "engines"})
    body = {**ACCOUNT, "organization": {"name": "Engines", "slug": "engines"}}
    assert code(await service.client.post("/auth/register", json=body)) == (409, "SLUG_TAKEN")
    assert service.rows("SELECT 1 FROM UserAccount WHERE email = ?", ACCOUNT["email"]) == []
    body["organization"] = {"name": "Engines"}
    assert (await service.client.post("/auth/register", json=body)).status_code == 201
    assert code(await service.client.post("/auth/register", json=body)) == (409, "ACCOUNT_EXISTS")
    assert service.rows("SELECT COUNT(*) FROM Organization") == [(2,)]
