"""Workspaces over HTTP: what their users do, and what they do wrong."""

import pytest

from tests.harness import Service, code


async def test_creator_is_owner_and_can_go_on_at_once(service: Service) -> None:
    ada = await service.person("ada")
    created = await ada.create_workspace("Roadmap", description="What comes next")
    assert (created["name"], created["role"], created["version"]) == ("Roadmap", "OWNER", 1)

    ada.pma_token = created["pma_token"]
    assert (await ada.get(f"/workspaces/{created['id']}")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 256},
        {"name": "\U0001f600" * 128},
        {"name": "a\x00b"},
        {"name": "a\x1fb"},
        {"name": "line\nbreak"},
        {"name": 7},
        {"name": None},
        {"name": ["a"]},
        {"name": "ok", "description": "x" * 10_001},
        {"name": "ok", "description": "nul \x00"},
        [],
        "text",
    ],
)
async def test_what_does_not_fit_is_422_and_makes_nothing(service: Service, body: object) -> None:
    ada = await service.person("ada")
    assert code(await ada.post("/workspaces", body)) == (422, "VALIDATION_FAILED")
    assert service.rows("SELECT id FROM Workspace") == []


@pytest.mark.parametrize("raw", [b"", b"{", b'{"name": "\\ud800"}', b"\xff\xfe", b"null", b'{"name": NaN}'])
async def test_bytes_that_are_no_json_are_422(service: Service, raw: bytes) -> None:
    ada = await service.person("ada")
    response = await service.client.post(
        "/workspaces", content=raw, headers={**ada.headers(), "Content-Type": "application/json"}
    )
    assert code(response) == (422, "VALIDATION_FAILED")
    assert "ud800" not in response.text


async def test_names_keep_what_people_write(service: Service) -> None:
    ada = await service.person("ada")
    for given, kept in (
        ("  Plan B  ", "Plan B"),
        ("Ünïcödé 漢字 😀", "Ünïcödé 漢字 😀"),
        ("e\u0301", "\u00e9"),
        ("Robert'); DROP TABLE Workspace;--", "Robert'); DROP TABLE Workspace;--"),
        ("\U0001f600" * 127, "\U0001f600" * 127),
    ):
        assert (await ada.create_workspace(given))["name"] == kept


async def test_lists_mine_by_name(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    names = ["beta", "Alpha", "alpha", "Ärger", "zeta", "Gamma", "10", "9", "gamma ray", "GAMMA"]
    for name in names:
        await ada.create_workspace(name)
    await bob.create_workspace("not Ada's")

    seen = [item["name"] for item in (await ada.get("/workspaces")).json()["items"]]
    assert sorted(seen) == sorted(names)
    folded = [name.casefold() for name in seen]
    assert folded == sorted(folded)


async def test_patch_changes_what_is_given(service: Service) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace('Old', description='d'))['id']}"

    renamed = (await ada.patch(path, {"name": "New"})).json()
    assert (renamed["name"], renamed["description"], renamed["version"]) == ("New", "d", 2)
    cleared = (await ada.patch(path, {"description": None})).json()
    assert (cleared["name"], cleared["description"], cleared["version"]) == ("New", None, 3)
    for body in ({}, {"name": None}, {"name": ""}, {"role": "OWNER"}):
        assert code(await ada.patch(path, body)) == (422, "VALIDATION_FAILED")

    assert [item["name"] for item in (await ada.get("/workspaces")).json()["items"]] == ["New"]


async def test_a_rename_moves_the_workspace_in_every_members_list(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace("Zebra")
    await ada.add(workspace["id"], bob, "VIEWER")
    await bob.create_workspace("Middle")
    await ada.patch(f"/workspaces/{workspace['id']}", {"name": "Antelope"})
    assert [item["name"] for item in (await bob.get("/workspaces")).json()["items"]] == ["Antelope", "Middle"]


async def test_delete_hides_everything_and_restore_brings_it_back(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace("Gone")
    await ada.add(workspace["id"], bob, "ADMIN")
    path = f"/workspaces/{workspace['id']}"

    assert (await ada.delete(path)).status_code == 204
    for person in (ada, bob):
        for response in (
            await person.get(path),
            await person.get(f"{path}/members"),
            await person.get(f"{path}/audit"),
        ):
            assert code(response) == (404, "WORKSPACE_NOT_FOUND")
        assert (await person.get("/workspaces")).json()["items"] == []
    deleted = (await ada.get("/workspaces", deleted=True)).json()["items"]
    assert [item["id"] for item in deleted] == [workspace["id"]]
    assert deleted[0]["deleted_at"] is not None
    assert (await bob.get("/workspaces", deleted=True)).json()["items"] == []

    assert code(await bob.post(f"{path}/restore")) == (404, "WORKSPACE_NOT_FOUND")
    restored = await ada.post(f"{path}/restore")
    assert (restored.status_code, restored.json()["deleted_at"]) == (200, None)
    assert code(await ada.post(f"{path}/restore")) == (409, "WORKSPACE_NOT_DELETED")
    assert (await bob.get(path)).json()["role"] == "ADMIN"
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"] is True
