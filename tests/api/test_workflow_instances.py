"""Workflows: what is made of a version, who is let go when, and what is shown to whom."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.databases import execute
from tests.harness import Person, Service, code
from tests.resource import UNKNOWN
from tests.work import Place, make_place
from tests.workflows import publish

DIAMOND = ("abcd", ["ab", "ac", "bd", "cd"])


class Flow:
    """An instance, and its tasks by the names of their nodes."""

    def __init__(self, place: Place, made: dict[str, Any]) -> None:
        self.place, self.made = place, made
        self.path = f"{place.path}/workflow-instances/{made['id']}"
        rows = place.service.rows("SELECT node_id, id FROM Task WHERE workflow_instance_id = ?", made["id"])
        self.ids = {name: str(id_).lower() for name, id_ in rows}

    async def read(self, who: Person | None = None) -> dict[str, Any]:
        answer = await (who or self.place.owner).get(self.path)
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def task(self, name: str) -> dict[str, Any]:
        task: dict[str, Any] = (await self.place.owner.get(f"{self.place.tasks}/{self.ids[name]}")).json()
        return task

    async def states(self) -> str:
        """The first letter of each state, by ordinal."""
        return "".join((node["state"] or "-")[0] for node in (await self.read())["nodes"])

    async def finish(self, name: str, who: Person | None = None) -> None:
        for state in ("IN_PROGRESS", "DONE"):
            body = {"to": state, "reason": "done"}
            path = f"{self.place.tasks}/{self.ids[name]}/transition"
            answer = await (who or self.place.owner).post(path, body)
            assert answer.status_code == 200, answer.text

    async def act(self, what: str) -> Any:
        return await self.place.owner.post(f"{self.path}/{what}")


async def begin(place: Place, nodes: str, edges: list[str], **more: Any) -> Flow:
    template = publish(
        place.service.settings, place.workspace_id, place.owner.user_id, nodes, edges, more=more
    )
    return Flow(place, (await start(place, template)).json())


async def start(place: Place, template_id: str, who: Person | None = None, **more: Any) -> Any:
    body = {"template_id": template_id, "project_id": place.project_id, "name": "Party", **more}
    return await (who or place.owner).post(f"{place.path}/workflows/instantiate", body)


async def test_a_workflow_is_made_and_done(service: Service) -> None:
    place = await make_place(service)
    await place.task("before")
    due = {"due_offset_seconds": 86400, "description": "The big one"}
    template = publish(service.settings, place.workspace_id, place.owner.user_id, *DIAMOND, more={"b": due})
    made = await start(place, template)
    assert made.status_code == 201, made.text
    flow = Flow(place, made.json())
    assert (flow.made["state"], flow.made["template_version"], flow.made["ended_at"]) == ("RUNNING", 1, None)
    assert [(await flow.task(name))["key"] for name in "abcd"] == ["ABC-2", "ABC-3", "ABC-4", "ABC-5"]
    assert await flow.states() == "TBBB"
    task = await flow.task("b")
    assert (task["title"], task["description"], task["blocked_by"]) == ("Do b", "The big one", "DEPENDENCY")
    assert task["due_at"][:10] > task["created_at"][:10]
    read = await flow.read()
    assert read["critical_path"] == [0, 1, 3]
    assert read["blocking"] == [0]
    assert read["progress"] == {
        "total": 4, "todo": 1, "in_progress": 0, "blocked": 3, "done": 0, "deleted": 0, "hidden": 0,
    }  # fmt: skip
    assert [(edge["from"], edge["to"]) for edge in read["edges"]] == [(0, 1), (0, 2), (1, 3), (2, 3)]
    await flow.finish("a")
    assert await flow.states() == "DTTB"
    await flow.finish("b")
    assert await flow.states() == "DDTB"
    assert (await flow.read())["critical_path"] == [2, 3]
    await flow.finish("c")
    await flow.finish("d")
    read = await flow.read()
    assert (read["state"], read["critical_path"], read["blocking"]) == ("COMPLETED", [], [])
    assert read["ended_at"] is not None
    found = await place.owner.get(f"{place.path}/search", q="big one")
    assert [hit["id"] for hit in found.json()["items"]] == [flow.ids["b"]]
    assert (await place.owner.get(f"{place.path}/audit/verify")).json()["valid"]
    types = [row[0] for row in service.rows("SELECT type FROM Event ORDER BY seq")]
    assert types.count("task.created") == 5
    assert types[-1] == "workflow_instance.completed"
    assert types.count("workflow_instance.created") == 1


@pytest.mark.parametrize("nodes", [1, 10, 120])
async def test_it_costs_the_same_however_large_it_is(service: Service, nodes: int) -> None:
    from tests.api.test_statement_counts import counted, driven

    if service.settings.db_type != "sqlite":
        pytest.skip("SQLite's driver counts its commits")
    place = await make_place(service)
    names = [f"n{number}" for number in range(nodes)]
    edges = list(pairwise(names))
    template = publish(service.settings, place.workspace_id, place.owner.user_id, names, edges)
    before, (hops, commits) = counted(service), driven(service)
    made = await start(place, template)
    ran, (now_hops, now_commits) = counted(service) - before, driven(service)
    assert (ran.total(), now_hops - hops, now_commits - commits) == (18, 8, 1), ran
    assert service.rows("SELECT COUNT(*) FROM Task") == [(nodes,)]
    assert service.rows("SELECT COUNT(*) FROM TaskDependency WHERE source = 'workflow'") == [(nodes - 1,)]
    before, (hops, _) = counted(service), driven(service)
    assert (await place.owner.get(f"{place.path}/workflow-instances/{made.json()['id']}")).status_code == 200
    assert ((counted(service) - before).total(), driven(service)[0] - hops) == (4, 4)


async def test_nodes_with_much_text_are_all_made(service: Service) -> None:
    """Of more text than a page of rows holds."""
    place, names = await make_place(service), [f"n{number}" for number in range(12)]
    more = {name: {"description": f"{name} {'x' * 40_000}"} for name in names}
    template = publish(service.settings, place.workspace_id, place.owner.user_id, names, more=more)
    assert (await start(place, template)).status_code == 201
    assert service.rows("SELECT COUNT(*), MIN(LENGTH(description)) FROM Task") == [(12, 40_003)]


async def test_a_correlation_key_names_one_instance(twins: tuple[Service, Service]) -> None:
    place = await make_place(twins[0])
    ada = place.owner
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    template = publish(twins[0].settings, place.workspace_id, ada.user_id, "ab", ["ab"])
    calls = (start(place, template, who, correlation_key="order-1") for who in (ada, again) * 3)
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["id"] for answer in answers}) == 1
    publish(
        twins[0].settings, place.workspace_id, ada.user_id, "abc", ["ab"], template_id=template, version=2
    )
    # Whichever was the latest then.
    assert (await start(place, template, correlation_key="order-1")).json() == answers[0].json()
    assert (await start(place, template, correlation_key="order-1", version=1)).json() == answers[0].json()
    for other in ({"name": "Other"}, {"version": 2}):
        refused = await start(place, template, correlation_key="order-1", **other)
        assert code(refused) == (409, "CORRELATION_KEY_USED"), other
    assert twins[0].rows("SELECT COUNT(*), MAX(number) FROM Task") == [(2, 2)]
    other = (await ada.post(f"{place.path}/projects", {"key": "XYZ", "name": "x"})).json()["id"]
    calls = (
        start(place, template, who, correlation_key="order-2", project_id=project)
        for who, project in ((ada, place.project_id), (again, other))
    )
    assert sorted(answer.status_code for answer in await asyncio.gather(*calls)) == [201, 409]


async def test_what_cannot_be_made(service: Service) -> None:
    place = await make_place(service)
    by = (service.settings, place.workspace_id, place.owner.user_id)
    template, draft = publish(*by, "a"), publish(*by, "a", status="DRAFT")
    publish(*by, "a", template_id=template, version=2, status="RETIRED")
    for template_id, version, expected in (
        (UNKNOWN, None, (404, "WORKFLOW_TEMPLATE_NOT_FOUND")),
        (UNKNOWN, 1, (404, "WORKFLOW_TEMPLATE_NOT_FOUND")),
        (template, 7, (404, "WORKFLOW_VERSION_NOT_FOUND")),
        (template, 2, (409, "WORKFLOW_NOT_IN_FORCE")),
        (draft, 1, (409, "WORKFLOW_NOT_IN_FORCE")),
        (draft, None, (409, "WORKFLOW_NOT_IN_FORCE")),
        (template, 0, (422, "VALIDATION_FAILED")),
    ):
        assert code(await start(place, template_id, version=version)) == expected
    assert code(await start(place, template, project_id=UNKNOWN)) == (404, "PROJECT_NOT_FOUND")
    assert (await start(place, template, version=1)).status_code == 201
    bob = await place.member("bob")
    place.user_type(1, bob, granted=("view", "take", "move_state"))
    denied = await start(place, template, bob)
    assert (code(denied), denied.json()["details"]["required"]) == ((403, "USER_NOT_AUTHORIZED"), "assign")
    await place.owner.post(f"{place.path}/projects/{place.project_id}/archive")
    assert code(await start(place, template)) == (409, "PROJECT_ARCHIVED")
    # What was refused took no number.
    assert service.rows("SELECT next_number FROM Project") == [(2,)]


async def test_who_is_named_is_assigned_when_it_is_theirs_to_take(service: Service) -> None:
    place = await make_place(service)
    bob, eve = await place.member("bob"), await place.member("eve")
    place.user_type(1, eve, granted=("view",))
    flow = await begin(
        place, "abcd", ["ac"],
        a={"assignee_id": bob.user_id}, b={"assignee_id": eve.user_id}, c={"assignee_id": bob.user_id},
        d={"assignee_user_type_id": UNKNOWN},
    )  # fmt: skip
    assert [(await flow.task(name))["assignee_id"] for name in "abcd"] == [bob.user_id, None, None, None]
    assert (await flow.read())["nodes"][3]["assignee_user_type_id"] == UNKNOWN
    before = (await place.owner.get(f"{place.path}/changes")).json()["last_seq"]
    await flow.finish("a")
    task = await flow.task("c")
    assert (task["state"], task["assignee_id"]) == ("TODO", bob.user_id)
    events = (await place.owner.get(f"{place.path}/changes", after_seq=before)).json()["items"]
    assert [each["type"] for each in events][-2:] == ["task.transitioned", "task.assigned"]
    assert events[-1]["data"]["assignee_id"] == bob.user_id
    await bob.post(f"{place.tasks}/{flow.ids['c']}/unassign")


async def test_one_of_several_is_enough_where_the_node_says_so(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abcd", ["ac", "bc", "ad", "bd"], c={"trigger_rule": "ANY_DONE"})
    await flow.finish("b")
    assert await flow.states() == "TDTB"
    # Nothing happens to what is under way when the others follow.
    await flow.finish("c")
    await flow.finish("a")
    assert await flow.states() == "DDDT"
    assert service.rows(f"SELECT COUNT(*) FROM TaskTransition WHERE task_id = '{flow.ids['c']}'") == [(3,)]


async def test_what_is_deleted_is_no_one_of_several(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abc", ["ac", "bc"], c={"trigger_rule": "ANY_DONE"})
    for name, state in (("a", "B"), ("b", "T")):
        assert (await place.owner.delete(f"{place.tasks}/{flow.ids[name]}")).status_code == 204
        assert (await flow.states())[2] == state
    nodes = (await flow.read())["nodes"]
    assert [(node["is_deleted"], node["is_hidden"]) for node in nodes] == [(True, False)] * 2 + [
        (False, False)
    ]
    assert (await flow.read())["progress"]["deleted"] == 2


async def test_a_dependency_by_hand_holds_even_where_one_is_enough(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abc", ["ac", "bc"], c={"trigger_rule": "ANY_DONE"})
    other = (await place.task("by hand"))["id"]
    path = f"{place.tasks}/{flow.ids['c']}/dependencies"
    assert (await place.owner.post(path, {"parent_id": other})).status_code == 201
    await flow.finish("a")
    assert (await flow.states())[2] == "B"
    await place.owner.delete(f"{place.tasks}/{other}")
    assert (await flow.states())[2] == "T"


async def test_what_is_restored_is_let_go_if_its_wait_is_over(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abc", ["ac", "bc"])
    ada, tasks = place.owner, place.tasks
    await ada.delete(f"{tasks}/{flow.ids['c']}")
    await flow.finish("a")
    # A parent that comes back holds again what was not let go.
    await ada.delete(f"{tasks}/{flow.ids['b']}")
    await ada.post(f"{tasks}/{flow.ids['b']}/restore")
    restored = await ada.post(f"{tasks}/{flow.ids['c']}/restore")
    assert restored.json()["state"] == "BLOCKED"
    await ada.delete(f"{tasks}/{flow.ids['c']}")
    await flow.finish("b")
    # Nothing that lives is left.
    assert (await flow.read())["state"] == "COMPLETED"
    restored = await ada.post(f"{tasks}/{flow.ids['c']}/restore")
    assert (restored.json()["state"], restored.json()["blocked_by"]) == ("TODO", None)
    assert (await flow.read())["state"] == "COMPLETED"


async def test_a_pause_lets_nobody_go_until_it_ends(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abc", ["ab", "bc"])
    assert (await flow.act("pause")).json()["state"] == "PAUSED"
    assert code(await flow.act("pause")) == (409, "WORKFLOW_INSTANCE_STATE")
    await flow.finish("a")
    assert await flow.states() == "DBB"
    assert (await flow.act("resume")).json()["state"] == "RUNNING"
    assert await flow.states() == "DTB"
    refused = await flow.act("resume")
    assert refused.json()["details"] == {"state": "RUNNING", "allowed": ["PAUSED"]}
    await flow.act("pause")
    await flow.finish("b")
    await place.owner.delete(f"{place.tasks}/{flow.ids['c']}")
    assert (await flow.read())["state"] == "PAUSED"
    resumed = (await flow.act("resume")).json()
    assert (resumed["state"], resumed["ended_at"] is not None) == ("COMPLETED", True)
    for act in ("pause", "resume", "cancel"):
        assert code(await flow.act(act)) == (409, "WORKFLOW_INSTANCE_STATE")
    actions = [
        row[0]
        for row in service.rows("SELECT action FROM AuditLog WHERE action LIKE 'workflow%' ORDER BY seq")
    ]
    names = ["created", "paused", "resumed", "paused", "resumed"]
    assert actions == [f"workflow_instance.{name}" for name in names]


async def test_what_is_cancelled_lets_nobody_go_for_good(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "ab", ["ab"])
    cancelled = (await flow.act("cancel")).json()
    assert (cancelled["state"], cancelled["ended_at"] is not None) == ("CANCELLED", True)
    await flow.finish("a")
    assert await flow.states() == "DB"
    await place.owner.delete(f"{place.tasks}/{flow.ids['b']}")
    assert (await flow.read())["state"] == "CANCELLED"


async def test_a_hidden_task_is_a_node_and_nothing_else(service: Service) -> None:
    place = await make_place(service)
    bob = await place.member("bob")
    place.user_type(1, bob)
    secret = place.task_type(1)
    flow = await begin(
        place, "abcd", ["ab", "bc", "cd"], b={"task_type_id": secret}, d={"task_type_id": secret}
    )
    read = await flow.read(bob)
    bare = dict.fromkeys(read["nodes"][0]) | {"is_hidden": True, "is_deleted": False}
    assert read["nodes"][1] == bare | {"ordinal": 1}
    assert [node["node_id"] for node in read["nodes"]] == ["a", None, "c", None]
    assert read["progress"]["hidden"] == 2
    await flow.finish("a")
    before = await flow.read(bob)
    await place.owner.post(f"{place.tasks}/{flow.ids['b']}/transition", {"to": "IN_PROGRESS", "reason": "r"})
    # That somebody works on it is not to be told from anything.
    assert await flow.read(bob) == before
    assert before["critical_path"] == [1, 2, 3]
    events = (await bob.get(f"{place.path}/changes", limit=200)).json()["items"]
    assert {event["object_id"] for event in events}.isdisjoint({flow.ids["b"], flow.ids["d"]})
    assert len([event for event in events if event["type"] == "task.created"]) == 2


async def test_which_are_listed(service: Service) -> None:
    place = await make_place(service)
    ada = place.owner
    flows = [await begin(place, "ab", ["ab"]) for _ in range(3)]
    await flows[1].act("pause")
    other = await ada.post(f"{place.path}/projects", {"key": "OWN", "name": "x", "visibility": "members"})
    template = flows[0].made["template_id"]
    hidden = (await start(place, template, project_id=other.json()["id"])).json()
    ids = [flow.made["id"] for flow in flows]

    async def listed(who: Person = ada, **asked: Any) -> list[str]:
        page = (await who.get(f"{place.path}/workflow-instances", **asked)).json()
        return [item["id"] for item in page["items"]]

    assert await listed() == [hidden["id"], *reversed(ids)]
    assert await listed(project_id=place.project_id) == ids[::-1]
    assert await listed(project_id=place.project_id, state="PAUSED", template_id=template) == []
    assert await listed(template_id=template) == [hidden["id"], ids[0]]
    assert await listed(template_id=template, state="PAUSED") == []
    assert await listed(state="PAUSED") == [ids[1]]
    first = (await ada.get(f"{place.path}/workflow-instances", limit=2)).json()
    rest = (await ada.get(f"{place.path}/workflow-instances", limit=2, cursor=first["next_cursor"])).json()
    assert [item["id"] for item in rest["items"]] == [ids[1], ids[0]]
    bob = await place.member("bob")
    assert await listed(bob) == ids[::-1]
    path = f"{place.path}/workflow-instances/{hidden['id']}"
    assert code(await bob.get(path)) == (404, "WORKFLOW_INSTANCE_NOT_FOUND")
    assert code(await bob.post(f"{path}/pause")) == (404, "WORKFLOW_INSTANCE_NOT_FOUND")
    execute(service.settings, f"UPDATE Project SET deleted_at = updated_at WHERE id = '{place.project_id}'")
    assert await listed(bob) == []


async def test_an_instance_goes_on_by_a_newer_version(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abcde", ["ab", "bc", "cd", "be"])
    by = (service.settings, place.workspace_id, place.owner.user_id)
    template, path = flow.made["template_id"], f"{flow.path}/migrate"
    assert code(await place.owner.post(path, {})) == (409, "WORKFLOW_VERSION_NOT_NEWER")
    await flow.finish("a")
    assert await flow.states() == "DTBBB"
    # a is done and no more; c and d are no more; b waits for x, which is new; e waits for b or x.
    publish(
        *by,
        "xbye",
        ["xb", "be", "xe"],
        template_id=template,
        version=2,
        more={"e": {"trigger_rule": "ANY_DONE"}},
    )
    told = {
        "from_version": 1, "to_version": 2, "added": ["x", "y"], "removed": ["c", "d"], "kept": ["b", "e"],
        "begun": [], "is_dry_run": True,
    }  # fmt: skip
    before = service.rows("SELECT id, version FROM Task ORDER BY id")
    assert (await place.owner.post(path, {"dry_run": True})).json() == told
    assert service.rows("SELECT id, version FROM Task ORDER BY id") == before
    bob = await place.member("bob")
    assert code(await bob.post(path, {})) == (403, "USER_NOT_AUTHORIZED")
    seq = (await place.owner.get(f"{place.path}/changes")).json()["last_seq"]
    assert (await place.owner.post(path, {})).json() == told | {"is_dry_run": False}
    flow = Flow(place, flow.made | {"template_version": 2})
    read = await flow.read()
    assert (read["template_version"], [node["node_id"] for node in read["nodes"]]) == (2, list("xbye"))
    assert await flow.states() == "TBTB"
    assert [(await flow.task(name))["key"] for name in "xy"] == ["ABC-6", "ABC-7"]
    assert (await flow.task("a"))["state"] == "DONE"
    events = (await place.owner.get(f"{place.path}/changes", after_seq=seq)).json()["items"]
    assert sorted(event["type"] for event in events) == [
        "task.created", "task.created", "task.deleted", "task.deleted", "task.transitioned",
        "workflow_instance.migrated",
    ]  # fmt: skip
    await flow.finish("x")
    assert await flow.states() == "DTTT"
    for name in "bye":
        await flow.finish(name)
    assert (await flow.read())["state"] == "COMPLETED"
    assert code(await place.owner.post(path, {})) == (409, "WORKFLOW_INSTANCE_STATE")
    assert (await place.owner.get(f"{place.path}/audit/verify")).json()["valid"]


async def test_what_is_in_the_way_of_a_newer_version(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "abc", ["bc"])
    by = (service.settings, place.workspace_id, place.owner.user_id)
    template, path = flow.made["template_id"], f"{flow.path}/migrate"
    publish(*by, "bc", ["bc"], template_id=template, version=2)
    body = {"to": "IN_PROGRESS", "reason": "r"}
    await place.owner.post(f"{place.tasks}/{flow.ids['a']}/transition", body)
    assert (await place.owner.post(path, {"dry_run": True})).json()["begun"] == ["a"]
    refused = await place.owner.post(path, {})
    assert (code(refused), refused.json()["details"]) == ((409, "WORKFLOW_NODE_BEGUN"), {"nodes": ["a"]})
    await place.owner.delete(f"{place.tasks}/{flow.ids['a']}")
    assert code(await place.owner.post(path, {"version": 9})) == (404, "WORKFLOW_VERSION_NOT_FOUND")
    assert (await place.owner.post(path, {"version": 2})).status_code == 200
    # By hand b waits for d, outside; the next version has what waits for c go before b: no cycle, then one.
    publish(*by, "cb", ["cb"], template_id=template, version=3)
    other = (await place.task("by hand"))["id"]
    for child, parent in ((flow.ids["b"], other), (other, flow.ids["c"])):
        added = await place.owner.post(f"{place.tasks}/{child}/dependencies", {"parent_id": parent})
        if child == other:
            assert code(added) == (400, "DEPENDENCY_CYCLE")
    assert (await place.owner.post(path, {})).status_code == 200
    publish(*by, "bc", ["bc"], template_id=template, version=4)
    added = await place.owner.post(
        f"{place.tasks}/{flow.ids['b']}/dependencies", {"parent_id": flow.ids["c"]}
    )
    assert code(added) == (409, "DEPENDENCY_EXISTS")
    await place.owner.post(f"{place.tasks}/{other}/dependencies", {"parent_id": flow.ids["c"]})
    # b waits for d by hand, d for c by hand, and c would wait for b.
    assert code(await place.owner.post(path, {})) == (400, "DEPENDENCY_CYCLE")
    assert (await flow.read())["template_version"] == 3


async def test_what_waited_for_a_node_that_is_no_more_is_let_go(service: Service) -> None:
    place = await make_place(service)
    flow = await begin(place, "ab", ["ab"])
    outside = (await place.task("outside"))["id"]
    await place.owner.post(f"{place.tasks}/{outside}/dependencies", {"parent_id": flow.ids["b"]})
    by = (service.settings, place.workspace_id, place.owner.user_id)
    publish(*by, "a", template_id=flow.made["template_id"], version=2)
    assert (await place.owner.post(f"{flow.path}/migrate", {})).status_code == 200
    assert (await place.owner.get(f"{place.tasks}/{outside}")).json()["state"] == "TODO"
    # Restored, it is a task like any other.
    restored = (await place.owner.post(f"{place.tasks}/{flow.ids['b']}/restore")).json()
    assert (restored["state"], restored["blocked_by"]) == ("TODO", None)
    await flow.finish("a")
    assert (await flow.read())["state"] == "COMPLETED"


async def test_a_picture_shows_what_its_reader_may_see(service: Service) -> None:
    place = await make_place(service)
    bob = await place.member("bob")
    place.user_type(1, bob)
    secret, title = place.task_type(1), "<b>Plan & go</b>"
    flow = await begin(place, "abc", ["ab", "bc"], a={"title": title}, b={"task_type_id": secret})
    await flow.finish("a")
    await place.owner.delete(f"{place.tasks}/{flow.ids['c']}")
    mine, theirs = [await who.get(f"{flow.path}/graph.svg") for who in (place.owner, bob)]
    assert mine.headers["content-type"].startswith("image/svg+xml")
    assert "&lt;b&gt;Plan &amp; go&lt;/b&gt; (DONE)" in mine.text
    assert ("Do b (TODO)" in mine.text, "Do c (DELETED)" in mine.text) == (True, True)
    assert ("TODO" in theirs.text, "Do b" in theirs.text, "(DONE)" in theirs.text) == (False, False, True)
    assert theirs.text.count("<rect") == 3
    headers = bob.headers() | {"Accept": "text/vnd.mermaid"}
    text = (await service.client.get(f"{flow.path}/graph.svg", headers=headers)).text
    assert text.startswith("flowchart LR") and 'n1[""]' in text
