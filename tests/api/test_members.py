"""Members and roles over HTTP: every rule of rank, and the last owner."""

import itertools

import pytest

from tests.harness import Person, Service, code

ROLES = ("OWNER", "ADMIN", "MEMBER", "VIEWER")
RANK = {"OWNER": 4, "ADMIN": 3, "MEMBER": 2, "VIEWER": 1}


class Team:
    """A workspace with one member of each role beside its first OWNER."""

    def __init__(self, founder: Person, path: str, by_role: dict[str, Person], ids: dict[str, str]) -> None:
        self.founder, self.path, self.by_role, self.ids = founder, path, by_role, ids


async def make_team(service: Service) -> Team:
    """A new workspace with the same people."""
    founder = await service.person("founder")
    workspace = await founder.create_workspace("Team")
    by_role = {role: await service.person(role.lower()) for role in ROLES}
    ids = {role: (await founder.add(workspace["id"], by_role[role], role))["id"] for role in ROLES}
    return Team(founder, f"/workspaces/{workspace['id']}", by_role, ids)


@pytest.fixture
async def team(service: Service) -> Team:
    return await make_team(service)


@pytest.mark.parametrize("actor", ROLES)
async def test_nobody_grants_above_their_own_rank(
    team: Team, service: Service, actor: str, subtests: pytest.Subtests
) -> None:
    for role in ROLES:
        with subtests.test(role):
            newcomer = await service.person(f"newcomer {role}")
            response = await team.by_role[actor].post(
                f"{team.path}/members", {"user_id": newcomer.user_id, "role": role}
            )
            if RANK[actor] >= RANK["ADMIN"] and RANK[role] <= RANK[actor]:
                assert (response.status_code, response.json()["role"]) == (201, role)
                assert (await newcomer.get(team.path)).json()["role"] == role
            else:
                assert code(response) == (403, "USER_NOT_AUTHORIZED")
                assert code(await newcomer.get(team.path)) == (403, "USER_NOT_AUTHORIZED")


@pytest.mark.parametrize("actor", ROLES)
async def test_who_may_change_whom_to_what(
    team: Team, service: Service, actor: str, subtests: pytest.Subtests
) -> None:
    for target, role in itertools.product(ROLES, ROLES):
        allowed = RANK[actor] >= RANK["ADMIN"] and RANK[actor] >= max(RANK[target], RANK[role])
        with subtests.test(f"{target} to {role}"):
            member = f"{team.path}/members/{team.ids[target]}"
            response = await team.by_role[actor].patch(member, {"role": role})
            if allowed:
                assert (response.status_code, response.json()["role"]) == (200, role)
            else:
                assert code(response) == (403, "USER_NOT_AUTHORIZED")
            in_force = (await team.by_role[target].get(team.path)).json()["role"]
            assert in_force == (role if allowed else target)
        if allowed:  # and what was refused has changed nothing, as was seen
            team = await make_team(service)


@pytest.mark.parametrize("actor", ROLES)
async def test_who_may_remove_whom(
    team: Team, service: Service, actor: str, subtests: pytest.Subtests
) -> None:
    for target in ROLES:
        allowed = RANK[actor] >= RANK["ADMIN"] and RANK[actor] >= RANK[target]
        with subtests.test(target):
            response = await team.by_role[actor].delete(f"{team.path}/members/{team.ids[target]}")
            if allowed:
                assert response.status_code == 204
                assert code(await team.by_role[target].get(team.path)) == (403, "USER_NOT_AUTHORIZED")
            else:
                assert code(response) == (403, "USER_NOT_AUTHORIZED")
                assert (await team.by_role[target].get(team.path)).status_code == 200
        if allowed:
            team = await make_team(service)


async def test_a_workspace_keeps_an_owner_on_every_path(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    me = (await ada.get(f"{path}/members")).json()["items"][0]["id"]

    for response in (
        await ada.patch(f"{path}/members/{me}", {"role": "ADMIN"}),
        await ada.delete(f"{path}/members/{me}"),
        await ada.post(f"{path}/members/leave"),
    ):
        assert code(response) == (409, "LAST_OWNER")
    assert (await ada.patch(f"{path}/members/{me}", {"role": "OWNER"})).status_code == 200

    other = await ada.add(workspace["id"], bob, "OWNER")
    assert (await ada.patch(f"{path}/members/{me}", {"role": "VIEWER"})).status_code == 200
    assert code(await bob.post(f"{path}/members/leave")) == (409, "LAST_OWNER")
    assert (await bob.patch(f"{path}/members/{me}", {"role": "OWNER"})).status_code == 200
    assert (await ada.delete(f"{path}/members/{other['id']}")).status_code == 204
    assert code(await bob.get(path)) == (403, "USER_NOT_AUTHORIZED")


async def test_everybody_may_leave(team: Team) -> None:
    for role in ROLES:
        person = team.by_role[role]
        assert (await person.post(f"{team.path}/members/leave")).status_code == 204
        assert code(await person.get(team.path)) == (403, "USER_NOT_AUTHORIZED")
        assert (await person.get("/workspaces")).json()["items"] == []
    entries = (await team.founder.get(f"{team.path}/audit", action="member.left")).json()["items"]
    assert len(entries) == len(ROLES)


@pytest.mark.parametrize("step", ["suspend", "archive"])
async def test_what_is_not_in_work_may_be_left_too(service: Service, step: str) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    await ada.add(path.rpartition("/")[2], bob, "MEMBER")
    await ada.post(f"{path}/{step}", {})
    assert code(await ada.post(f"{path}/members/leave")) == (409, "LAST_OWNER")
    assert (await bob.post(f"{path}/members/leave")).status_code == 204
    assert len((await ada.get(f"{path}/members")).json()["items"]) == 1


async def test_a_member_is_added_once(team: Team) -> None:
    again = {"user_id": team.by_role["VIEWER"].user_id, "role": "ADMIN"}
    assert code(await team.founder.post(f"{team.path}/members", again)) == (409, "MEMBER_EXISTS")
    assert (await team.by_role["VIEWER"].get(team.path)).json()["role"] == "VIEWER"


async def test_somebody_can_be_added_before_the_first_sign_in(service: Service) -> None:
    ada = await service.person("ada")
    late = await service.person("late", signed_in=False)
    workspace = await ada.create_workspace()
    added = await ada.post(
        f"/workspaces/{workspace['id']}/members",
        {"user_id": late.user_id.upper(), "role": "MEMBER", "display_name": "Late Comer"},
    )
    assert (added.status_code, added.json()["user_id"]) == (201, late.user_id)
    session = (await late.validate()).json()
    assert [(each["id"], each["role"]) for each in session["workspaces"]] == [(workspace["id"], "MEMBER")]


async def test_a_name_given_on_somebodys_behalf_yields_to_the_directorys(service: Service) -> None:
    ada = await service.person("ada")
    late = await service.person("late", signed_in=False)
    paths = [f"/workspaces/{(await ada.create_workspace())['id']}/members" for _ in range(2)]
    body = {"user_id": late.user_id, "role": "MEMBER", "display_name": "Zzz"}
    versions = [(await ada.post(path, body)).json()["version"] for path in paths]
    await late.validate()
    for path, version in zip(paths, versions, strict=True):
        listed = (await ada.get(path)).json()["items"]
        assert [each["display_name"] for each in listed] == ["Ada", "Late"]
        assert listed[1]["version"] > version
    # From now on nobody names them but the directory, and a new name there is one in every list.
    third = f"/workspaces/{(await ada.create_workspace())['id']}/members"
    assert (await ada.post(third, body)).json()["display_name"] == "Late"
    late.access_token = service.access_token(late.user_id, "aaron")
    await late.validate()
    for path in (*paths, third):
        listed = (await ada.get(path)).json()["items"]
        assert [each["display_name"] for each in listed] == ["Aaron", "Ada"]


async def test_an_owner_who_never_signed_in_or_may_not_act_is_none_to_leave_it_to(service: Service) -> None:
    ada = await service.person("ada")
    late = await service.person("late", signed_in=False)
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}/members"
    await ada.add(workspace["id"], late, "OWNER")
    own = next(each for each in (await ada.get(path)).json()["items"] if each["user_id"] == ada.user_id)
    assert code(await ada.post(f"{path}/leave")) == (409, "LAST_OWNER")
    assert code(await ada.patch(f"{path}/{own['id']}", {"role": "ADMIN"})) == (409, "LAST_OWNER")
    assert code(await ada.delete(f"{path}/{own['id']}")) == (409, "LAST_OWNER")
    await late.validate()
    status = f"UPDATE UserAccount SET status = '%s' WHERE id = '{late.user_id}'"
    service.tamper(status % "SUSPENDED")
    assert code(await ada.post(f"{path}/leave")) == (409, "LAST_OWNER")
    service.tamper(status % "ACTIVE")
    assert (await ada.post(f"{path}/leave")).status_code == 204


async def test_nobody_vouches_for_another_issuers_users(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    body = {"user_id": "keycloak:somebody", "role": "MEMBER"}
    response = await ada.post(f"/workspaces/{workspace['id']}/members", body)
    assert code(response) == (403, "USER_NOT_AUTHORIZED")
    assert service.rows("SELECT id FROM UserAccount WHERE id = 'keycloak:somebody'") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "bob"},
        {"role": "ADMIN"},
        {"user_id": "", "role": "ADMIN"},
        {"user_id": "with space", "role": "ADMIN"},
        {"user_id": "x" * 201, "role": "ADMIN"},
        {"user_id": "böb", "role": "ADMIN"},
        {"user_id": "bob", "role": "ADMIN"},
        {"user_id": "bob@example.com", "role": "ADMIN"},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950", "role": "ADMIN"},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e ", "role": "ADMIN"},
        {"user_id": "0f8fad5bd9cb469fa16570867728950e", "role": "ADMIN"},
        {"user_id": "Keycloak:bob", "role": "ADMIN"},
        {"user_id": "keycloak:", "role": "ADMIN"},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "role": "admin"},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "role": "ROOT"},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "role": ["ADMIN"]},
        {"user_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "role": "ADMIN", "display_name": "a\x1fb"},
    ],
)
async def test_members_that_do_not_fit_are_422(team: Team, service: Service, body: object) -> None:
    before = service.rows("SELECT COUNT(*) FROM WorkspaceMember")
    assert code(await team.founder.post(f"{team.path}/members", body)) == (422, "VALIDATION_FAILED")
    assert service.rows("SELECT COUNT(*) FROM WorkspaceMember") == before


async def test_list_by_name_role_and_prefix(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}/members"
    for number, (name, role) in enumerate(
        [("Zoë", "MEMBER"), ("zoe", "VIEWER"), ("Émile", "MEMBER"), ("Bob", "ADMIN"), ("bobby", "MEMBER")]
    ):
        body = {"user_id": f"00000000-0000-4000-8000-00000000000{number}", "role": role, "display_name": name}
        assert (await ada.post(path, body)).status_code == 201

    async def names(**filters: object) -> list[str]:
        collected: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await ada.get(path, limit=2, **filters, **cursor)).json()
            collected += [item["display_name"] for item in page["items"]]
            if not page["next_cursor"]:
                return collected
            cursor = {"cursor": page["next_cursor"]}

    assert await names() == ["Ada", "Bob", "bobby", "zoe", "Zoë", "Émile"]
    assert await names(role="MEMBER") == ["bobby", "Zoë", "Émile"]
    assert await names(name="BOB") == ["Bob", "bobby"]
    assert await names(name="bob", role="ADMIN") == ["Bob"]
    assert await names(name="zo") == ["zoe", "Zoë"]
    assert await names(name="nobody") == []
    assert await names(name="bo%") == []
    assert code(await ada.get(path, role="BOSS")) == (422, "VALIDATION_FAILED")


async def test_every_change_and_every_denial_is_in_the_audit_log(team: Team) -> None:
    viewer = team.by_role["VIEWER"]
    assert code(await viewer.delete(f"{team.path}/members/{team.ids['ADMIN']}"))[0] == 403
    await team.founder.patch(f"{team.path}/members/{team.ids['VIEWER']}", {"role": "MEMBER"})
    newest, denial = (await team.founder.get(f"{team.path}/audit", limit=2)).json()["items"]
    assert (newest["action"], newest["target_id"]) == ("member.role_changed", team.ids["VIEWER"])
    assert newest["details"] == {"user_id": viewer.user_id, "from": "VIEWER", "to": "MEMBER"}
    assert (denial["action"], denial["outcome"], denial["actor_id"]) == (
        "access.denied",
        "DENIED",
        viewer.user_id,
    )
    assert denial["details"] == {"operation": "member.remove", "required": "ADMIN", "role": "VIEWER"}


async def test_a_guest_is_a_member_or_a_viewer(service: Service) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}/members"
    refused = await ada.post(path, {"user_id": bob.user_id, "role": "ADMIN", "is_guest": True})
    assert (code(refused), refused.json()["details"]) == ((400, "GUEST_ROLE"), {"role": "ADMIN"})
    member = await ada.add(workspace["id"], bob, "VIEWER", is_guest=True)
    assert member["is_guest"]
    place = f"{path}/{member['id']}"
    assert (await ada.get(place)).json() == member
    listed = (await ada.get(path)).json()["items"]
    assert [each["is_guest"] for each in listed] == [False, True]
    # Another role leaves a guest one, and none that a guest cannot have is given by the way.
    assert (await ada.patch(place, {"role": "MEMBER"})).json()["is_guest"]
    for body in ({"role": "ADMIN"}, {"role": "OWNER", "is_guest": True}):
        assert code(await ada.patch(place, body)) == (400, "GUEST_ROLE")
    for nothing in ({}, {"role": None}, {"is_guest": None, "role": "VIEWER"}):
        assert code(await ada.patch(place, nothing)) == (422, "VALIDATION_FAILED")
    promoted = await ada.patch(place, {"role": "ADMIN", "is_guest": False})
    assert (promoted.json()["role"], promoted.json()["is_guest"]) == ("ADMIN", False)
    assert code(await ada.patch(place, {"is_guest": True})) == (400, "GUEST_ROLE")
    mine = next(each for each in listed if each["user_id"] == ada.user_id)
    assert code(await ada.patch(f"{path}/{mine['id']}", {"is_guest": True})) == (400, "GUEST_ROLE")
    log = (await ada.get(f"/workspaces/{workspace['id']}/audit", action="member.role_changed")).json()[
        "items"
    ]
    assert [each["details"] for each in log] == [
        {"user_id": bob.user_id, "from": "MEMBER", "to": "ADMIN", "is_guest": False},
        {"user_id": bob.user_id, "from": "VIEWER", "to": "MEMBER"},
    ]


async def test_nobody_but_who_manages_members_makes_guests(service: Service) -> None:
    ada, bob, eve = [await service.person(name) for name in ("ada", "bob", "eve")]
    workspace = await ada.create_workspace()
    member = await ada.add(workspace["id"], bob, "MEMBER", is_guest=True)
    theirs = await ada.add(workspace["id"], eve, "MEMBER")
    for person, who in ((bob, member), (eve, member), (eve, theirs)):
        place = f"/workspaces/{workspace['id']}/members/{who['id']}"
        assert code(await person.patch(place, {"is_guest": False})) == (403, "USER_NOT_AUTHORIZED")
    place = f"/workspaces/{workspace['id']}/members/{theirs['id']}"
    assert (await ada.patch(place, {"is_guest": True})).status_code == 200
    # The next request of a guest is one.
    assert code(await eve.get(f"/workspaces/{workspace['id']}/files")) == (403, "USER_NOT_AUTHORIZED")
    told = (await ada.get(f"/workspaces/{workspace['id']}/changes")).json()["items"]
    assert told[-1]["type"] == "member.guest_changed"


async def test_a_guest_takes_no_workspace_over(service: Service) -> None:
    ada, bob, eve = [await service.person(name) for name in ("ada", "bob", "eve")]
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    await ada.add(workspace["id"], bob, "MEMBER", is_guest=True)
    member = await ada.add(workspace["id"], eve, "MEMBER")
    assert code(await ada.post(f"{path}/transfers", {"user_id": bob.user_id})) == (400, "GUEST_ROLE")
    asked = (await ada.post(f"{path}/transfers", {"user_id": eve.user_id})).json()["id"]
    assert (await ada.patch(f"{path}/members/{member['id']}", {"is_guest": True})).status_code == 200
    assert code(await eve.post(f"{path}/transfers/{asked}/accept")) == (403, "USER_NOT_AUTHORIZED")
