"""Who may provision: the routes of SCIM against every kind of caller. A connection's secret is a way in of its
own, which opens these routes of one organisation and nothing else, and nothing else opens them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from app.api.scim import router
from tests.databases import TestDatabase
from tests.directory import PATCH, Directory, connect
from tests.harness import (
    Person,
    Service,
    add_org_member,
    asked_of_the_database,
    code,
    make_settings,
    running,
)

ROUTES = sorted(
    (method, route.path.partition("/scim/v2")[2])
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
)
UNKNOWN = "00000000-0000-7000-8000-000000000000"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/Users"): {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new"},
    ("POST", "/Groups"): {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "New"},
}
STATUS = {("POST", "/Users"): 201, ("POST", "/Groups"): 201, ("POST", "/Bulk"): 501}


def expected(method: str, path: str) -> int:
    """Of whoever may; what is named is not there."""
    if "{rid}" in path and not path.startswith(("/Schemas", "/ResourceTypes")):
        return 404
    return STATUS.get((method, path), 404 if "{rid}" in path else 200)


async def call(directory: Directory, method: str, path: str) -> int:
    body: dict[str, Any] | None = BODIES.get(
        (method, path), {} if method in ("POST", "PUT", "PATCH") else None
    )
    if method in ("PUT", "PATCH"):
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "displayName", "value": "A"}],
        }
    response = await directory.request(method, path.format(rid=UNKNOWN), body)
    return response.status_code


def test_the_routes_of_directories_are_these() -> None:
    assert len(ROUTES) == 21


async def test_a_secret_opens_the_routes_of_its_organisation_and_no_others(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    other = await connect(await service.person("eve"))
    strangers = {
        "nobody": "",
        "no secret": "pmascim_" + "0" * 32 + "_" + "a" * 43,
        "wrong secret": directory.secret[:-1] + ("a" if directory.secret[-1] != "a" else "b"),
        "another organisation": other.secret,
        "a person": (await service.person("ada")).access_token,
    }
    for method, path in ROUTES:
        assert await call(directory, method, path) == expected(method, path), (method, path)
        for who, secret in strangers.items():
            stranger = Directory(service, directory.org_id, "", secret, directory.root)
            assert await call(stranger, method, path) == 401, (who, method, path)
    # Of the two that made something, nothing was made by a stranger.
    assert service.rows("SELECT user_name FROM ScimUser") == [("new",)]
    assert service.rows("SELECT display_name FROM ScimGroup") == [("New",)]


@pytest.mark.parametrize("path", ["/organizations", "/workspaces", "/auth/me", "/users/me/invitations"])
async def test_a_secret_is_no_token(service: Service, path: str) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    headers = {"Authorization": f"Bearer {directory.secret}", "X-PMA-Token": ada.pma_token}
    assert code(await service.client.get(path, headers=headers)) == (401, "INVALID_AZURE_TOKEN")


async def test_members_of_the_organisation_do_not_connect_directories(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    org_id = (await ada.post("/organizations", {"name": "A"})).json()["id"]
    await add_org_member(service, org_id, bob, "MEMBER")
    refused = await bob.post(f"/organizations/{org_id}/scim-connections", {"name": "Mine"})
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")


async def test_a_secret_is_shown_once_and_kept_as_a_digest(service: Service) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    path = f"/organizations/{directory.org_id}/scim-connections"
    one, listed = await ada.get(f"{path}/{directory.connection_id}"), await ada.get(path)
    assert "secret" not in one.json()
    assert listed.json()["items"] == [one.json()]
    assert one.json()["tid"] == service.settings.local_issuer_tenant
    stored = "".join(map(str, service.rows("SELECT * FROM ScimConnection")[0]))
    told = "".join(str(row) for row in service.rows("SELECT details FROM PlatformAuditLog"))
    assert directory.secret not in stored + told


async def test_a_retry_is_not_told_the_secret_again(service: Service) -> None:
    ada = await service.person("ada")
    org_id = (await ada.post("/organizations", {"name": "A"})).json()["id"]
    path, key = (
        f"/organizations/{org_id}/scim-connections",
        {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
    )
    headers = {**ada.headers(), **key}
    first, second = [
        await service.client.post(path, headers=headers, json={"name": "Entra"}) for _ in range(2)
    ]
    assert first.json()["secret"] and second.json()["secret"] is None
    assert first.json()["id"] == second.json()["id"]


async def test_one_directory_has_one_connection_to_an_organisation(service: Service) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    again = await ada.post(f"/organizations/{directory.org_id}/scim-connections", {"name": "Two"})
    assert code(again) == (409, "SCIM_CONNECTION_EXISTS")


async def rotated(admin: Person, directory: Directory, hours: int) -> Directory:
    path = f"/organizations/{directory.org_id}/scim-connections/{directory.connection_id}/rotate"
    answered = await admin.post(path, {"overlap_hours": hours})
    assert answered.status_code == 200, answered.text
    secret = answered.json()["secret"]
    return Directory(directory.service, directory.org_id, directory.connection_id, secret, directory.root)


async def test_a_secret_is_rotated_with_an_overlap(service: Service) -> None:
    ada = await service.person("ada")
    first = await connect(ada)
    second = await rotated(ada, first, 2)
    for each in (first, second):
        assert await call(each, "GET", "/Users") == 200
    service.clock.advance(hours=2)
    await ada.validate()
    assert [await call(each, "GET", "/Users") for each in (first, second)] == [401, 200]
    third = await rotated(ada, second, 0)
    assert [await call(each, "GET", "/Users") for each in (first, second, third)] == [401, 401, 200]
    fourth = await rotated(ada, third, 5)
    fifth = await rotated(ada, fourth, 5)
    # Of two rotations within the overlap the last secret but one is the one that is good still.
    assert [await call(each, "GET", "/Users") for each in (third, fourth, fifth)] == [401, 200, 200]


async def test_a_connection_that_is_disabled_is_let_in_no_more_until_it_is_enabled(service: Service) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    await directory.add_user("bob")
    path = f"/organizations/{directory.org_id}/scim-connections/{directory.connection_id}"
    assert (await ada.patch(path, {"is_enabled": False})).json()["is_enabled"] is False
    assert await call(directory, "GET", "/Users") == 401
    assert (await ada.patch(path, {"is_enabled": True})).json()["users"] == 1
    assert await call(directory, "GET", "/Users") == 200


async def test_a_connection_is_cut_with_what_it_told(service: Service) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    bob = await directory.add_user("bob")
    await directory.add_group("Staff", bob["id"])
    path = f"/organizations/{directory.org_id}/scim-connections/{directory.connection_id}"
    assert (await ada.delete(path)).status_code == 204
    assert await call(directory, "GET", "/Users") == 401
    for table in ("ScimUser", "ScimUserEmail", "ScimGroup", "ScimGroupMember", "ScimConnection"):
        assert service.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]
    members = (await ada.get(f"/organizations/{directory.org_id}/members")).json()["items"]
    assert sorted(each["source"] for each in members) == ["directory", "manual"]
    assert (await connect(ada, directory.org_id)).connection_id != directory.connection_id


async def test_that_a_directory_was_here_is_written_once_an_hour(service: Service) -> None:
    ada = await service.person("ada")
    directory = await connect(ada)
    path = f"/organizations/{directory.org_id}/scim-connections/{directory.connection_id}"

    async def seen() -> str:
        await ada.validate()
        used: str = (await ada.get(path)).json()["last_used_at"]
        return used

    assert await seen() is None
    await call(directory, "GET", "/Users")
    first = await seen()
    service.clock.advance(minutes=59)
    await call(directory, "POST", "/Users")
    assert await seen() == first
    service.clock.advance(minutes=2)
    await call(directory, "POST", "/Groups")
    assert await seen() > first


async def test_a_secret_of_no_directory_is_bounded_by_address(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file, rate_limit_guesses="3/hour", rate_limit_scim="100/hour")
    async with running(settings) as service:
        directory = await connect(await service.person("ada"))
        assert (await directory.request("GET", "/Users")).status_code == 200
        asked = asked_of_the_database(service)
        wrong = replace(directory, secret=f"{directory.secret[:-43]}{'x' * 43}")
        other_path = replace(wrong, root=f"{directory.root}/nowhere")
        answers = [
            (await each.request("GET", "/Users")).status_code for each in (wrong, other_path, *[wrong] * 4)
        ]
        assert answers == [401, 404, 401, 401, 429, 429]
        assert asked == ["find_scim_secret"] * 3
        right = await directory.request("GET", "/Users")
        assert right.status_code == 200
        assert '"scim";r=99;' in right.headers["ratelimit"], "guesses use up nothing of the directory's"


async def test_a_directory_has_room_for_so_many(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, scim_max_users=2, scim_max_groups=1)) as service:
        ada = await service.person("ada")
        directory = await connect(ada)
        kept = "SELECT user_count, group_count FROM ScimConnection"
        first, _ = [await directory.add_user(name) for name in ("bob", "zoe")]
        group = await directory.add_group("Staff")
        for path in ("/Users", "/Groups"):
            refused = await directory.request("POST", path, BODIES["POST", path])
            assert (refused.status_code, refused.json()["status"]) == (413, "413"), refused.text
            assert "at most" in refused.json()["detail"]
        # What is there goes on, and what goes makes room.
        await directory.set_active(first["id"], False)
        for path in (f"/Users/{first['id']}", f"/Groups/{group['id']}"):
            assert (await directory.request("DELETE", path)).status_code == 204
        assert service.rows(kept) == [(1, 0)]
        for path in ("/Users", "/Groups"):
            assert (await directory.request("POST", path, BODIES["POST", path])).status_code == 201
            assert (await directory.request("GET", path)).json()["totalResults"] == service.rows(
                f"SELECT COUNT(*) FROM Scim{path[1:-1]}"
            )[0][0]
        listed = (await ada.get(f"/organizations/{directory.org_id}/scim-connections")).json()["items"]
        assert [(each["users"], each["groups"]) for each in listed] == [(2, 1)]


async def test_no_request_takes_longer_than_it_should(service: Service) -> None:
    directory = await connect(await service.person("ada"))
    many = [{"value": f"b{number}@contoso.local", "type": "other"} for number in range(50)]
    bob = (await directory.add_user("bob", emails=many))["id"]

    def found_by(text: str) -> dict[str, Any]:
        return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}

    selected = {"op": "replace", "path": 'emails[value eq "b49@contoso.local"].display', "value": "x"}
    title = {"op": "replace", "path": "title", "value": "x" * 200}
    ten = " or ".join(['title co "q"'] * 10)
    cases: list[tuple[str, str, Any, int, str | None]] = [
        ("POST", "/Users/.search", found_by(ten), 200, None),
        ("POST", "/Users/.search", found_by(f'{ten} or not (emails[type eq "x"])'), 400, "invalidFilter"),
        ("POST", "/Users/.search", found_by(f'title co "{"q" * 2000}"'), 400, "invalidFilter"),
        ("GET", f'/Users?filter=userName eq "{"q" * 2000}"', None, 400, "invalidFilter"),
        ("PATCH", f"/Users/{bob}", patch_of(*[selected] * 20), 204, None),
        ("PATCH", f"/Users/{bob}", patch_of(*[selected] * 200), 413, None),
        ("PATCH", f"/Users/{bob}", patch_of(*[title] * 600), 413, None),
        ("PUT", f"/Users/{bob}", {**BODIES["POST", "/Users"], "title": "x" * 131_072}, 413, None),
        ("POST", "/Groups", {**BODIES["POST", "/Groups"], "extra": "x" * 131_072}, 413, None),
    ]
    for method, path, body, status, scim_type in cases:
        answer = await directory.request(method, path, body)
        assert answer.status_code == status, (path, str(body)[:100], answer.text[:300])
        assert answer.content == b"" or answer.json().get("scimType") == scim_type
    # Of those that no index answers one is matched at a time.
    slots = service.edge.scim.scans
    with slots.take(directory.connection_id):
        refused = await directory.request("GET", '/Users?filter=title co "x"')
        assert (refused.status_code, refused.json()["status"]) == (429, "429")
        assert (await directory.request("GET", '/Users?filter=userName eq "x"')).status_code == 200
    assert slots.total == 0


async def test_matching_ends_where_there_is_too_much_to_compare() -> None:
    from scim2_models import ScimFilter, TooManyException

    from app.services import scim_models, scim_storage

    provider = scim_models.provider()
    model: Any = provider.model_for(provider.resource_types[0])
    given = ScimFilter[model]('emails[value co "q"]')
    person = model.model_validate({"userName": "x", "emails": [{"value": "a@b"}] * 4})
    assert await scim_storage._matching(given, 1, [person] * 100) == []
    person.emails = person.emails * 2000
    with pytest.raises(TooManyException):
        await scim_storage._matching(given, 10, [person])


def patch_of(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": operations}
