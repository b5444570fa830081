"""Comments: who says something, who is spoken to, and what is left of what was said."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.clock import utc_text
from app.core.policies import LOOKS_ON
from tests.databases import execute
from tests.harness import Person, Service, code, move_workspace_into


class Team:
    """A workspace with a project and a task: its OWNER ada, and others of a role each."""

    def __init__(self, service: Service, ada: Person, workspace_id: str) -> None:
        self.service, self.ada, self.workspace_id = service, ada, workspace_id
        self.place = f"/workspaces/{workspace_id}"
        self.project_id = self.task_id = ""

    @classmethod
    async def begin(cls, service: Service) -> Team:
        ada = await service.person("ada")
        team = cls(service, ada, (await ada.create_workspace())["id"])
        project = await ada.post(f"{team.place}/projects", {"key": "ABC", "name": "Fair"})
        team.project_id = project.json()["id"]
        team.task_id = await team.task("Tents")
        return team

    async def task(self, title: str, **more: Any) -> str:
        sent = {"project_id": self.project_id, "title": title, **more}
        made = await self.ada.post(f"{self.place}/tasks", sent)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def member(self, name: str, role: str = "MEMBER", **columns: object) -> Person:
        person = await self.service.person(name)
        member = await self.ada.add(self.workspace_id, person, role)
        for column, value in columns.items():
            self.set("WorkspaceMember", member["id"], column, value)
        return person

    def set(self, table: str, id_: str, column: str, value: object) -> None:
        said = f"'{value}'" if isinstance(value, str) else value
        execute(self.service.settings, f"UPDATE {table} SET {column} = {said} WHERE id = '{id_}'")

    async def type(self, **more: Any) -> str:
        sent = {"name": "Customer", "access_level": "regular", "permissions": ["view"], **more}
        made = await self.ada.post(f"{self.place}/user-types", sent)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def say(self, person: Person, body: str = "Said", *mentions: str) -> dict[str, Any]:
        sent = {"body": body, "mentions": list(mentions)}
        made = await person.post(f"{self.place}/tasks/{self.task_id}/comments", sent)
        assert made.status_code == 201, made.text
        comment: dict[str, Any] = made.json()
        return comment


@pytest.fixture
async def team(service: Service) -> Team:
    return await Team.begin(service)


async def test_its_author_changes_it_and_an_admin_deletes_it(team: Team) -> None:
    bob, eve = await team.member("bob"), await team.member("eve", "ADMIN")
    made = await team.say(bob, "First")
    path = f"{team.place}/comments/{made['id']}"
    assert (made["created_by"], made["edited_at"], made["version"]) == (bob.user_id, None, 1)
    for person in (eve, team.ada):
        assert code(await person.patch(path, {"body": "Mine"})) == (403, "USER_NOT_AUTHORIZED")
    changed = (await bob.patch(path, {"body": "Second"})).json()
    assert (changed["body"], changed["version"]) == ("Second", 2)
    assert changed["edited_at"] is not None
    again = (await bob.patch(path, {"body": "Second"})).json()
    assert again == changed, "nothing changed"
    carl = await team.member("carl")
    assert code(await carl.delete(path)) == (403, "USER_NOT_AUTHORIZED")
    assert (await eve.delete(path)).status_code == 204
    assert code(await bob.get(path)) == (404, "COMMENT_NOT_FOUND")
    assert team.service.rows("SELECT COUNT(*) FROM Comment") == [(0,)]
    assert team.service.rows("SELECT COUNT(*) FROM SearchDocument WHERE kind = 'comment'") == [(0,)]


async def test_who_looks_on_says_nothing(team: Team) -> None:
    type_id = await team.type(read_only=True)
    customer = await team.member("customer", user_type_id=type_id)
    viewer = await team.member("viewer", "VIEWER")
    admin = await team.member("admin", "ADMIN", user_type_id=type_id)
    path = f"{team.place}/tasks/{team.task_id}/comments"
    refused = (await customer.post(path, {"body": "No"})).json()
    assert refused["message"] == LOOKS_ON.reason, "the rule that access/check explains"
    for person in (customer, viewer):
        assert code(await person.post(path, {"body": "No"})) == (403, "USER_NOT_AUTHORIZED")
        assert (await person.get(path)).status_code == 200
    await team.say(admin)
    made = await team.say(await team.member("bob"))
    bob = team.service.people["bob"]
    mine = f"{team.place}/comments/{made['id']}"
    execute(
        team.service.settings,
        f"UPDATE WorkspaceMember SET user_type_id = '{type_id}' WHERE user_id = '{bob.user_id}'",
    )
    assert code(await bob.patch(mine, {"body": "No"})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.delete(mine)) == (403, "USER_NOT_AUTHORIZED")


async def test_what_is_hidden_is_not_there(team: Team) -> None:
    made = await team.say(team.ada, "Nobody may hear of the merger")
    customer = await team.member("customer", user_type_id=await team.type(hidden_states=["TODO"]))
    for method, path in (
        ("GET", f"tasks/{team.task_id}/comments"),
        ("POST", f"tasks/{team.task_id}/comments"),
    ):
        answer = await customer.request(method, f"{team.place}/{path}", json={"body": "Ah"})
        assert code(answer) == (404, "TASK_NOT_FOUND")
    for method in ("GET", "PATCH", "DELETE"):
        answer = await customer.request(method, f"{team.place}/comments/{made['id']}", json={"body": "Ah"})
        assert code(answer) == (404, "COMMENT_NOT_FOUND")
    assert (await customer.get(f"{team.place}/search", q="merger")).json()["items"] == []
    told = (await customer.get(f"{team.place}/changes")).json()["items"]
    assert [each for each in told if each["type"].startswith(("comment.", "task."))] == []


async def test_who_is_spoken_to_may_see_the_task(team: Team) -> None:
    bob, eve = await team.member("bob"), await team.service.person("eve")
    customer = await team.member("customer", user_type_id=await team.type(hidden_states=["TODO"]))
    everybody = (bob.user_id, eve.user_id, customer.user_id, team.ada.user_id, bob.user_id)
    made = await team.say(team.ada, "Come", *everybody)
    assert made["mentions"] == sorted([bob.user_id, team.ada.user_id])
    viewers = f"{team.place}/tasks/{team.task_id}/viewers"
    seeing = [each["user_id"] for each in (await bob.get(viewers)).json()["items"]]
    assert seeing == [team.ada.user_id, bob.user_id], "whom one may speak to, by name"
    assert [each["user_id"] for each in (await bob.get(viewers, name="B")).json()["items"]] == [bob.user_id]
    assert code(await customer.get(viewers)) == (404, "TASK_NOT_FOUND")
    path = f"{team.place}/comments/{made['id']}"
    other = (await team.ada.patch(path, {"mentions": [bob.user_id, eve.user_id]})).json()
    assert (other["mentions"], other["version"], other["edited_at"]) == ([bob.user_id], 2, None)
    same = (await team.ada.patch(path, {"mentions": [bob.user_id, customer.user_id]})).json()
    assert same == other
    none = (await team.ada.patch(path, {"mentions": [], "body": "Go"})).json()
    assert (none["mentions"], none["body"]) == ([], "Go")
    assert (await team.ada.get(f"{team.place}/tasks/{team.task_id}/comments")).json()["items"] == [none]


async def test_who_is_stopped_is_not_spoken_to_and_who_sees_a_hidden_project_is_found_at_once(
    team: Team,
) -> None:
    org_id = (await team.ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await move_workspace_into(team.service, team.workspace_id, org_id)
    sees_all = await team.type(access_level="admin")
    people = {
        "ada": team.ada,
        "bea": await team.member("bea", "ADMIN"),
        "cid": await team.member("cid", user_type_id=sees_all),
        "dan": await team.member("dan", user_type_id=sees_all),
        "eve": await team.member("eve"),
        "fay": await team.member("fay"),
        "gus": await team.member("gus", is_guest=1),
        "hal": await team.member("hal", "ADMIN"),
        "ida": await team.member("ida"),
    }
    project = f"{team.place}/projects/{team.project_id}"
    for name in ("bea", "dan", "eve", "gus", "hal", "ida"):
        answer = await team.ada.post(f"{project}/members", {"user_id": people[name].user_id})
        assert answer.status_code in (200, 201), answer.text
    execute(
        team.service.settings,
        f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{people['hal'].user_id}'",
        "INSERT INTO OrganizationStop (org_id, user_id, tid, stopped_at)"
        f" VALUES ('{org_id}', '{people['ida'].user_id}', 't', '{utc_text(team.service.clock())}')",
    )

    async def spoken_to(**filters: Any) -> list[str]:
        found: list[str] = []
        viewers = f"{team.place}/tasks/{team.task_id}/viewers"
        after: dict[str, str] = {}
        while True:
            page = (await people["gus"].get(viewers, limit=3, **after, **filters)).json()
            found += [each["display_name"].lower() for each in page["items"]]
            if page["next_cursor"] is None:
                return found
            after = {"cursor": page["next_cursor"]}

    everybody = [person.user_id for person in people.values()]
    for visibility, expected in (
        ("workspace", ["ada", "bea", "cid", "dan", "eve", "fay", "gus"]),
        ("members", ["ada", "bea", "cid", "dan", "eve", "gus"]),
    ):
        assert (await team.ada.patch(project, {"visibility": visibility})).status_code == 200
        assert await spoken_to() == expected
        assert await spoken_to(name="E") == ["eve"]
        made = await team.say(team.ada, "Come", *everybody)
        assert made["mentions"] == sorted(people[name].user_id for name in expected)


async def test_what_is_told_of_it_is_no_word_of_it(team: Team) -> None:
    made = await team.say(team.ada, "Confidential")
    await team.ada.patch(f"{team.place}/comments/{made['id']}", {"body": "Also confidential"})
    await team.ada.delete(f"{team.place}/comments/{made['id']}")
    events = (await team.ada.get(f"{team.place}/changes")).json()["items"]
    told = [each for each in events if each["object_type"] == "comment"]
    assert [each["type"] for each in told] == ["comment.created", "comment.updated", "comment.deleted"]
    assert all(each["data"] == {"task_id": team.task_id} for each in told)
    for table, column in (("AuditLog", "details"), ("Event", "data"), ("SearchTerm", "term")):
        found = team.service.rows(f"SELECT COUNT(*) FROM {table} WHERE LOWER({column}) LIKE '%confidential%'")
        assert found == [(0,)], table


async def test_it_is_found_by_what_it_says_now(team: Team) -> None:
    made = await team.say(team.ada, f"{'word ' * 100}The caterer has confirmed the vegetarian menu")
    path = f"{team.place}/search"
    (found,) = (await team.ada.get(path, q="caterer vege")).json()["items"]
    assert (found["kind"], found["id"], found["task_id"]) == ("comment", made["id"], team.task_id)
    assert (found["key"], found["title"]) == ("ABC-1", "Tents")
    assert "caterer" in found["excerpt"]
    assert len(found["excerpt"]) <= 300
    await team.ada.patch(f"{team.place}/comments/{made['id']}", {"body": "The caterer has withdrawn"})
    assert (await team.ada.get(path, q="vegetarian")).json()["items"] == []
    assert len((await team.ada.get(path, q="withdrawn")).json()["items"]) == 1


async def test_nothing_is_said_in_an_archived_project(team: Team) -> None:
    made = await team.say(team.ada)
    await team.ada.post(f"{team.place}/projects/{team.project_id}/archive")
    path = f"{team.place}/comments/{made['id']}"
    sent = f"{team.place}/tasks/{team.task_id}/comments"
    answers = [
        await team.ada.post(sent, {"body": "No"}),
        await team.ada.patch(path, {"body": "No"}),
        await team.ada.delete(path),
    ]
    assert {code(each) for each in answers} == {(409, "PROJECT_ARCHIVED")}
    assert (await team.ada.get(path)).json() == made


async def test_what_is_no_comment_is_refused(team: Team) -> None:
    path = f"{team.place}/tasks/{team.task_id}/comments"
    for sent in (
        {"body": " \n "},
        {"body": "x" * 10_001},
        {"body": "a\x00b"},
        {"body": "a", "mentions": ["nobody at all"]},
        {"body": "a", "mentions": [team.ada.user_id] * 51},
        {},
    ):
        assert code(await team.ada.post(path, sent)) == (422, "VALIDATION_FAILED"), sent
