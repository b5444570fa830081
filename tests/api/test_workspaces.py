"""Workspaces over HTTP: what their users do, and what they do wrong."""

import pytest

from tests.harness import Service, code


async def test_creator_is_owner_and_can_go_on_at_once(service: Service) -> None:
    ada = await service.person("ada")
    created = await ada.create_workspace("Roadmap", description="What comes next")
    assert (created["name"], created["role"], created["version"]) == ("Roadmap", "OWNER", 1)

    fetched = await ada.get(f"/workspaces/{created['id']}")
    assert fetched.status_code == 200
    assert fetched.json() == {key: value for key, value in created.items() if not key.startswith("pma_token")}

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
        {"name": "ok", "unknown": 1},
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


async def test_lists_mine_by_name_in_pages(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    names = ["beta", "Alpha", "alpha", "Ärger", "zeta", "Gamma", "10", "9", "gamma ray", "GAMMA"]
    for name in names:
        await ada.create_workspace(name)
    await bob.create_workspace("not Ada's")

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ada.get("/workspaces", limit=3, **cursor)).json()
        assert len(page["items"]) <= 3
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(names)
    folded = [name.casefold() for name in seen]
    assert folded == sorted(folded)


async def test_a_page_that_is_exactly_full_is_the_last(service: Service) -> None:
    ada = await service.person("ada")
    for name in "abc":
        await ada.create_workspace(name)
    assert (await ada.get("/workspaces", limit=3)).json()["next_cursor"] is None


async def test_paging_neither_skips_nor_repeats_while_rows_come_and_go(service: Service) -> None:
    ada = await service.person("ada")
    for number in range(6):
        await ada.create_workspace(f"{number}")
    first = (await ada.get("/workspaces", limit=3)).json()
    await ada.create_workspace("0 before the cursor")
    await ada.create_workspace("7 after the cursor")
    rest = (await ada.get("/workspaces", limit=50, cursor=first["next_cursor"])).json()
    names = [item["name"] for item in first["items"] + rest["items"]]
    assert names == ["0", "1", "2", "3", "4", "5", "7 after the cursor"]


async def test_a_cursor_fits_one_list_one_filter_and_one_caller(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    for name in "abc":
        await ada.create_workspace(name)
        workspace = await bob.create_workspace(name)
    cursor = (await ada.get("/workspaces", limit=1)).json()["next_cursor"]
    members = f"/workspaces/{workspace['id']}/members"

    for response in (
        await bob.get("/workspaces", cursor=cursor),
        await ada.get("/workspaces", cursor=cursor, deleted=True),
        await bob.get(members, cursor=cursor),
        await ada.get("/workspaces", cursor=cursor[:-1]),
        await ada.get("/workspaces", cursor="x" + cursor),
        await ada.get("/workspaces", cursor="WyJhIiwgImIiXQ.AAAA"),
        await ada.get("/workspaces", cursor=""),
        await ada.get("/workspaces", cursor="\u00e9"),
    ):
        assert code(response) == (400, "INVALID_CURSOR")
    assert code(await ada.get("/workspaces", cursor="x" * 5000)) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1e3", ""])
async def test_limit_has_bounds(service: Service, limit: str) -> None:
    ada = await service.person("ada")
    assert code(await ada.get("/workspaces", limit=limit)) == (422, "VALIDATION_FAILED")


async def test_patch_changes_what_is_given(service: Service) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace('Old', description='d'))['id']}"

    renamed = (await ada.patch(path, {"name": "New"})).json()
    assert (renamed["name"], renamed["description"], renamed["version"]) == ("New", "d", 2)
    cleared = (await ada.patch(path, {"description": None})).json()
    assert (cleared["name"], cleared["description"], cleared["version"]) == ("New", None, 3)
    same = (await ada.patch(path, {"name": "New"})).json()
    assert same == cleared
    for body in ({}, {"name": None}, {"name": ""}, {"role": "OWNER"}):
        assert code(await ada.patch(path, body)) == (422, "VALIDATION_FAILED")

    assert [item["name"] for item in (await ada.get("/workspaces")).json()["items"]] == ["New"]
    actions = [entry["action"] for entry in (await ada.get(f"{path}/audit")).json()["items"]]
    assert actions == ["workspace.updated", "workspace.updated", "workspace.created"]


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
            await person.patch(path, {"name": "x"}),
            await person.delete(path),
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


async def test_unknown_workspaces_and_ids_out_of_form(service: Service) -> None:
    ada = await service.person("ada")
    assert code(await ada.get("/workspaces/00000000-0000-7000-8000-000000000000")) == (
        404,
        "WORKSPACE_NOT_FOUND",
    )
    for text in ("1", "x" * 300, "' OR 1=1 --", "%00"):
        assert code(await ada.get(f"/workspaces/{text}")) == (422, "VALIDATION_FAILED")


async def test_ids_are_answered_in_lower_case_however_they_are_asked(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    response = await ada.get(f"/workspaces/{workspace['id'].upper()}")
    assert (response.status_code, response.json()["id"]) == (200, workspace["id"])
