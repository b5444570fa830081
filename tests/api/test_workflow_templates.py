"""Templates of workflows, from the draft to the version that does not change."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.api.test_statement_counts import counted
from tests.databases import execute
from tests.harness import Person, Service, code
from tests.http_client import httpx
from tests.work import Place, make_place

UNKNOWN = "00000000-0000-7000-8000-000000000000"
NO_TYPE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def place(service: Service) -> Place:
    return await make_place(service)


def node(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "title": f"Do {id_}", **more}


def edges(text: str) -> list[dict[str, str]]:
    """``ab bc``: b waits for a, c for b."""
    return [{"from": pair[0], "to": pair[1]} for pair in text.split()]


def graph(nodes: str, waits: str = "", **more: Any) -> dict[str, Any]:
    return {"nodes": [node(each, **more) for each in nodes], "edges": edges(waits)}


async def template(place: Place, name: str = "Launch", **graph: Any) -> str:
    """A new one's path."""
    answer = await place.owner.post(f"{place.path}/workflow-templates", {"name": name, "graph": graph})
    assert answer.status_code == 201, answer.text
    return f"{place.path}/workflow-templates/{answer.json()['id']}"


async def save(person: Person, path: str, sent: dict[str, Any]) -> httpx.Response:
    return await person.request("PUT", f"{path}/draft", json=sent)


async def problems(place: Place, sent: dict[str, Any], who: Person | None = None) -> list[dict[str, Any]]:
    answer = await (who or place.owner).post(f"{place.path}/workflow-templates/validate", sent)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["problems"]
    for each in found:
        assert each.pop("message")
    return [{name: value for name, value in each.items() if value is not None} for each in found]


async def test_a_draft_becomes_a_version_that_stays(service: Service, place: Place) -> None:
    owner, sent = place.owner, graph("cab", "ca cb ab")
    path = await template(place, **sent)
    made = (await owner.get(path)).json()
    assert (made["latest_version"], made["draft_version"], made["version"]) == (None, 1, 1)
    published = await owner.post(f"{path}/publish")
    assert published.status_code == 200, published.text
    version = published.json()
    assert (version["template_version"], version["status"]) == (1, "PUBLISHED")
    assert version["published_by"] == owner.user_id
    assert (await owner.get(f"{path}/versions/1")).json() == version
    assert version["graph"]["edges"] == sent["edges"]
    assert [each["title"] for each in version["graph"]["nodes"]] == ["Do c", "Do a", "Do b"]
    after = (await owner.get(path)).json()
    assert (after["latest_version"], after["draft_version"], after["version"]) == (1, None, 2)
    assert code(await owner.post(f"{path}/publish")) == (409, "NO_WORKFLOW_DRAFT")

    saved = await save(owner, path, graph("x"))
    assert (saved.json()["latest_version"], saved.json()["draft_version"]) == (1, 2)
    again = await save(owner, path, graph("x"))
    assert again.json() == saved.json()
    await save(owner, path, graph("xy", "xy"))
    assert (await owner.get(f"{path}/versions/1")).json() == version
    assert (await owner.post(f"{path}/publish")).json()["template_version"] == 2
    listed = (await owner.get(f"{path}/versions")).json()["items"]
    assert [(each["template_version"], each["status"]) for each in listed] == [
        (2, "PUBLISHED"),
        (1, "PUBLISHED"),
    ]
    assert "graph" not in listed[0]
    first = (await owner.get(f"{path}/versions", limit=1)).json()
    rest = (await owner.get(f"{path}/versions", limit=1, cursor=first["next_cursor"])).json()
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (listed, None)


@pytest.mark.needs_sql_server("OPENJSON reads the escapes of a string")
async def test_a_version_is_there_row_by_row_in_an_order_that_can_be_done(
    service: Service, place: Place
) -> None:
    task_type, user_type = place.task_type(1, is_restricted=False), place.user_type(1)
    await template(place, **graph("z"))
    path = await template(
        place,
        "Rows",
        nodes=[
            node("last", description='"5" \u00fc \\', due_offset_seconds=0, trigger_rule="ANY_DONE"),
            node("first", task_type_id=task_type, assignee={"user_id": place.owner.user_id}),
            node("middle", assignee={"user_type_id": user_type}, due_offset_seconds=86400),
        ],
        edges=[
            {"from": "first", "to": "last"},
            {"from": "middle", "to": "last"},
            {"from": "first", "to": "middle"},
        ],
    )
    assert (await place.owner.post(f"{path}/publish")).status_code == 200
    rows = service.rows(
        "SELECT ordinal, node_id, title, description, task_type_id, assignee_id, assignee_user_type_id,"
        " due_offset_seconds, trigger_rule, indegree FROM WorkflowNode ORDER BY ordinal"
    )
    owner = place.owner.user_id
    assert rows == [
        (0, "first", "Do first", None, task_type, owner, None, None, "ALL_DONE", 0),
        (1, "middle", "Do middle", None, NO_TYPE, None, user_type, 86400, "ALL_DONE", 1),
        (2, "last", "Do last", '"5" \u00fc \\', NO_TYPE, None, None, 0, "ANY_DONE", 2),
    ]
    found = service.rows(
        "SELECT from_ordinal, to_ordinal FROM WorkflowEdge ORDER BY from_ordinal, to_ordinal"
    )
    assert found == [(0, 1), (0, 2), (1, 2)]


async def test_the_hash_is_that_of_the_graph_as_rfc_8785_writes_it(place: Place) -> None:
    owner = place.owner
    path = await template(place, nodes=[{"title": "\u00dc \u2713", "id": "a"}], edges=[])
    text = '{"edges":[],"nodes":[{"id":"a","title":"\u00dc \u2713","trigger_rule":"ALL_DONE"}]}'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert (await owner.get(f"{path}/versions/1")).json()["graph_hash"] == expected
    same = {"edges": [], "nodes": [{"id": "a", "assignee": None, "title": " \u00dc \u2713 "}]}
    before = await owner.get(path)
    assert (await save(owner, path, same)).json() == before.json()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (graph(""), [{"code": "empty"}]),
        (graph("aba"), [{"code": "duplicate_node", "node_id": "a"}]),
        (graph("ab", "ab ab"), [{"code": "duplicate_edge", "edge": {"from": "a", "to": "b"}}]),
        (graph("a", "aa"), [{"code": "self_edge", "edge": {"from": "a", "to": "a"}}]),
        (
            graph("a", "ax yy"),
            [
                {"code": "unknown_node", "edge": {"from": "a", "to": "x"}},
                {"code": "unknown_node", "edge": {"from": "y", "to": "y"}},
            ],
        ),
        (graph("abcd", "ab bc cd db"), [{"code": "cycle", "nodes": ["b", "c", "d"]}]),
        (
            graph("abcd", "ab ba cd dc bc"),
            [{"code": "cycle", "nodes": ["c", "d"]}, {"code": "cycle", "nodes": ["a", "b"]}],
        ),
        (graph("a", task_type_id=UNKNOWN), [{"code": "unknown_task_type", "node_id": "a"}]),
        (graph("a", task_type_id=NO_TYPE), [{"code": "unknown_task_type", "node_id": "a"}]),
        (graph("a", assignee={"user_id": UNKNOWN}), [{"code": "unknown_user", "node_id": "a"}]),
        (graph("a", assignee={"user_type_id": UNKNOWN}), [{"code": "unknown_user_type", "node_id": "a"}]),
        (
            graph("a", assignee={"user_type_id": UNKNOWN}, task_type_id=UNKNOWN),
            [{"code": "unknown_task_type", "node_id": "a"}, {"code": "unknown_user_type", "node_id": "a"}],
        ),
        (
            {"nodes": [node(f"n{number}") for number in range(1001)], "edges": edges("ab") * 5001},
            [{"code": "too_many_nodes"}, {"code": "too_many_edges"}],
        ),
    ],
)
async def test_all_that_is_wrong_is_named_and_nothing_of_it_published(
    service: Service, place: Place, sent: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    found = await problems(place, sent)
    key = json.dumps
    assert sorted(found, key=key) == sorted(expected, key=key)
    path = await template(place, **sent)
    before = (await place.owner.get(path)).json()
    refused = await place.owner.post(f"{path}/publish")
    assert code(refused) == (400, "WORKFLOW_INVALID")
    told = refused.json()["details"]["problems"]
    assert [each["code"] for each in told] == [each["code"] for each in found]
    assert (await place.owner.get(path)).json() == before
    assert service.rows("SELECT COUNT(*) FROM WorkflowNode") == [(0,)]


@pytest.mark.parametrize(
    ("granted", "hidden", "is_read_only", "level", "is_mapped", "is_open"),
    [
        (("view", "take"), (), False, "regular", True, True),
        (("view", "take"), (), False, "regular", False, False),
        (("view", "take"), (), False, "admin", False, True),
        (("take",), (), False, "regular", True, False),
        (("view",), (), False, "regular", True, False),
        (("view", "take"), ("TODO",), False, "regular", True, False),
        (("view", "take"), ("DONE",), False, "regular", True, True),
        (("view", "take"), (), True, "regular", True, False),
    ],
)
async def test_a_node_that_nobody_could_take_up_is_named(
    place: Place,
    granted: tuple[str, ...],
    hidden: tuple[str, ...],
    is_read_only: bool,
    level: str,
    is_mapped: bool,
    is_open: bool,
) -> None:
    """Of a restricted type, by the one type of people that there is; held against what a person of it may."""
    grace = await place.member("grace")
    user_type = place.user_type(
        1, grace, granted=granted, hidden=hidden, is_read_only=is_read_only, access_level=level
    )
    task_type = place.task_type(1, *([user_type] if is_mapped else []))
    asked: dict[str, tuple[dict[str, Any], str]] = {
        "anybody": ({}, "nobody_eligible"),
        "the type": ({"assignee": {"user_type_id": user_type}}, "assignee_not_eligible"),
        "the person": ({"assignee": {"user_id": grace.user_id}}, "assignee_not_eligible"),
    }
    for who, (assigned, fault) in asked.items():
        found = await problems(place, graph("a", task_type_id=task_type, **assigned))
        assert found == ([] if is_open else [{"code": fault, "node_id": "a"}]), who
    owner = {"user_id": place.owner.user_id}
    assert await problems(place, graph("a", task_type_id=task_type, assignee=owner)) == []
    assert await problems(place, graph("a")) == []


async def test_what_another_workspace_has_is_unknown(service: Service, place: Place) -> None:
    """Every member may ask, a guest may not."""
    other = await make_place(service, "bob")
    task_type, user_type = other.task_type(2, is_restricted=False), other.user_type(2)
    sent = {
        "nodes": [
            node("a", task_type_id=task_type),
            node("b", assignee={"user_type_id": user_type}),
            node("c", assignee={"user_id": other.owner.user_id}),
        ]
    }
    viewer = await place.member("vera", "VIEWER")
    found = await problems(place, sent, viewer)
    assert [each["code"] for each in found] == ["unknown_task_type", "unknown_user_type", "unknown_user"]
    path = await template(place, **graph("a"))
    for method, tail in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("PUT", "/draft"), ("DELETE", "/draft"), ("POST", "/publish"),
    ):  # fmt: skip
        elsewhere = path.replace(place.workspace_id, other.workspace_id) + tail
        body = {"PATCH": {"name": "x"}, "PUT": graph("b")}.get(method)
        assert code(await other.owner.request(method, elsewhere, json=body)) == (
            404,
            "WORKFLOW_TEMPLATE_NOT_FOUND",
        )


async def test_what_is_retired_is_not_the_latest(place: Place) -> None:
    owner, path = place.owner, await template(place, **graph("a"))
    assert code(await owner.post(f"{path}/retire", {"template_version": 1})) == (
        409,
        "WORKFLOW_NOT_PUBLISHED",
    )
    assert code(await owner.post(f"{path}/retire", {"template_version": 2})) == (
        404,
        "WORKFLOW_VERSION_NOT_FOUND",
    )
    await owner.post(f"{path}/publish")
    await save(owner, path, graph("b"))
    await owner.post(f"{path}/publish")
    for retired, latest in ((2, 1), (1, None)):
        answer = await owner.post(f"{path}/retire", {"template_version": retired})
        assert (answer.status_code, answer.json()["status"]) == (200, "RETIRED")
        now = (await owner.get(path)).json()
        assert now["latest_version"] == latest
        again = await owner.post(f"{path}/retire", {"template_version": retired})
        assert again.json() == answer.json()
        assert (await owner.get(path)).json() == now
    saved = await save(owner, path, graph("c"))
    assert saved.json()["draft_version"] == 3
    assert code(await owner.delete(path)) == (409, "WORKFLOW_TEMPLATE_IN_USE")
    assert (await owner.get(path)).json()["draft_version"] == 3


async def test_a_duplicate_begins_with_the_graph_of_a_version(place: Place) -> None:
    owner, path = place.owner, await template(place, **graph("ab", "ab"))
    published = (await owner.post(f"{path}/publish")).json()
    await save(owner, path, graph("a", "aa"))
    for body, wanted in (({"template_version": 1}, published["graph"]), ({}, None)):
        answer = await owner.post(f"{path}/duplicate", {"name": f"Copy {len(body)}", **body})
        assert (answer.status_code, answer.json()["latest_version"]) == (201, None)
        assert answer.json()["draft_version"] == 1
        copy = await owner.get(f"{place.path}/workflow-templates/{answer.json()['id']}/versions/1")
        newest = (await owner.get(f"{path}/versions/2")).json()["graph"]
        assert copy.json()["graph"] == (wanted or newest)
    taken = await owner.post(f"{path}/duplicate", {"name": " LAUNCH "})
    assert code(taken) == (409, "WORKFLOW_TEMPLATE_EXISTS")
    missing = await owner.post(f"{path}/duplicate", {"name": "x", "template_version": 9})
    assert code(missing) == (404, "WORKFLOW_VERSION_NOT_FOUND")
    empty = await owner.post(f"{place.path}/workflow-templates", {"name": "Empty"})
    assert empty.json()["draft_version"] is None
    copied = await owner.post(
        f"{place.path}/workflow-templates/{empty.json()['id']}/duplicate", {"name": "Empty 2"}
    )
    assert (copied.status_code, copied.json()["draft_version"]) == (201, None)


async def test_a_draft_is_saved_and_published_only_as_it_was_seen(place: Place) -> None:
    owner, path = place.owner, await template(place, **graph("a"))
    seen = (await owner.get(path)).headers["etag"]
    headers = owner.headers() | {"If-Match": seen}
    client = place.service.client
    saved = await client.put(f"{path}/draft", json=graph("b"), headers=headers)
    assert saved.status_code == 200
    drafted = (("PUT", "/draft", graph("c")), ("DELETE", "/draft", None), ("POST", "/publish", None))
    for method, tail, body in drafted:
        refused = await client.request(method, path + tail, json=body, headers=headers)
        assert code(refused) == (412, "VERSION_MISMATCH")
    kept = (await owner.get(f"{path}/versions/1")).json()["graph"]["nodes"]
    assert [each["id"] for each in kept] == ["b"]


@pytest.mark.parametrize(
    "wrong",
    [
        node("\u00e4"),
        node(""),
        node("x" * 65),
        node("a b"),
        node("a", title=""),
        node("a", due_offset_seconds=-1),
        node("a", due_offset_seconds=1.5),
        node("a", trigger_rule="SOME"),
        node("a", assignee={}),
        node("a", assignee={"user_id": UNKNOWN, "user_type_id": UNKNOWN}),
        node("a", task_type_id="x"),
        node("a", state="DONE"),
    ],
)
async def test_what_is_no_node_is_not_saved_at_all(place: Place, wrong: dict[str, Any]) -> None:
    sent = {"nodes": [wrong], "edges": []}
    place_ = f"{place.path}/workflow-templates"
    for path, body in ((place_, {"name": "x", "graph": sent}), (f"{place_}/validate", sent)):
        assert code(await place.owner.post(path, body)) == (422, "VALIDATION_FAILED")
    assert code(
        await place.owner.post(
            f"{place_}/validate", {"nodes": [node("a")], "edges": [{"from_": "a", "to": "a"}]}
        )
    ) == (422, "VALIDATION_FAILED")


async def test_each_process_forgets_what_it_kept(twins: tuple[Service, Service]) -> None:
    first, second = twins
    here = await make_place(first)
    there = await second.person("ada")
    path = await template(here, **graph("a"))

    async def seen() -> tuple[Any, ...]:
        one = (await there.get(path)).json()
        listed = (await there.get(f"{here.path}/workflow-templates")).json()["items"]
        assert listed == [one]
        return one["name"], one["latest_version"], one["draft_version"]

    assert await seen() == ("Launch", None, 1)
    await here.owner.post(f"{path}/publish")
    assert await seen() == ("Launch", 1, None)
    await here.owner.patch(path, {"name": "Landing"})
    await save(here.owner, path, graph("b"))
    assert await seen() == ("Landing", 1, 2)
    await here.owner.post(f"{path}/retire", {"template_version": 1})
    assert await seen() == ("Landing", None, 2)


async def test_a_type_that_a_published_workflow_needs_is_not_deleted(place: Place) -> None:
    task_type = place.task_type(1, is_restricted=False)
    path = await template(place, **graph("a", task_type_id=task_type))
    assert (await place.owner.post(f"{path}/publish")).status_code == 200
    deleted = await place.owner.delete(f"{place.path}/task-types/{task_type}")
    assert code(deleted) == (409, "TASK_TYPE_IN_USE")


async def test_a_version_is_drawn_as_it_is_asked_for(place: Place) -> None:
    owner, path = place.owner, await template(place, **graph("ab", "ab", title="<b>&"))
    picture = f"{path}/graph.svg"

    async def drawn(accept: str | None = None, **params: Any) -> httpx.Response:
        headers = owner.headers() | ({"Accept": accept} if accept else {})
        return await place.service.client.get(picture, headers=headers, params=params)

    draft = await drawn()
    assert (draft.status_code, draft.headers["content-type"]) == (200, "image/svg+xml")
    assert draft.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert draft.headers["x-content-type-options"] == "nosniff"
    assert draft.headers["vary"] == "Accept"
    assert draft.text.count("&lt;b&gt;&amp;") == 4
    for accept, kind in (
        ("text/vnd.mermaid", "text/vnd.mermaid"),
        ("text/plain", "text/plain"),
        ("image/svg+xml;q=0.5, text/plain;q=0.8, text/vnd.mermaid;q=0.1", "text/plain"),
        ("TEXT/*", "text/vnd.mermaid"),
        ("text/html,application/xhtml+xml,image/avif,image/*,*/*;q=0.8", "image/svg+xml"),
        ("text/plain;q=0, text/vnd.mermaid;q=0", "image/svg+xml"),
        ("application/json, ,;;q=x", "image/svg+xml"),
    ):
        answer = await drawn(accept)
        assert answer.headers["content-type"].partition(";")[0] == kind, accept
        assert answer.text.startswith("<svg" if kind == "image/svg+xml" else "flowchart LR\n")

    await owner.post(f"{path}/publish")
    await save(owner, path, graph("abc", "ab"))
    latest, second = await drawn(), await drawn(template_version=2)
    assert latest.text == draft.text
    assert second.text.count("<rect") == 3
    assert code(await drawn(template_version=3)) == (404, "WORKFLOW_VERSION_NOT_FOUND")
    await save(owner, path, graph("ab", "ab ba"))
    wrong = await drawn(template_version=2)
    assert code(wrong) == (400, "WORKFLOW_INVALID")
    assert wrong.json()["details"]["problems"][0]["nodes"] == ["a", "b"]
    empty = (await owner.post(f"{place.path}/workflow-templates", {"name": "Empty"})).json()["id"]
    missing = await owner.get(f"{place.path}/workflow-templates/{empty}/graph.svg")
    assert code(missing) == (404, "WORKFLOW_VERSION_NOT_FOUND")


async def test_a_publication_takes_as_many_statements_for_a_thousand_nodes_as_for_two(place: Place) -> None:
    async def statements(sent: dict[str, Any]) -> int:
        path = await template(place, f"{len(sent['nodes'])}", **sent)
        before = counted(place.service)
        published = await place.owner.post(f"{path}/publish")
        assert published.status_code == 200, published.text
        return (counted(place.service) - before).total()

    large = [node(f"n{number}", task_type_id=None) for number in range(1000)]
    chain = [{"from": f"n{number}", "to": f"n{number + 1}"} for number in range(999)]
    assert await statements({"nodes": large, "edges": chain}) == await statements(graph("ab", "ab"))
    assert place.service.rows("SELECT COUNT(*) FROM WorkflowNode") == [(1002,)]
    assert place.service.rows("SELECT COUNT(*) FROM WorkflowEdge") == [(1000,)]


async def test_the_database_keeps_what_is_published(service: Service, place: Place) -> None:
    owner, path = place.owner, await template(place, **graph("ab", "ab"))
    await owner.post(f"{path}/publish")
    await save(owner, path, graph("c"))
    published = "UPDATE WorkflowTemplateVersion SET {} WHERE template_version = 1"
    changes = (
        "UPDATE WorkflowNode SET title = 'x'",
        "UPDATE WorkflowEdge SET to_ordinal = to_ordinal",
        "DELETE FROM WorkflowEdge",
        "DELETE FROM WorkflowNode",
        published.format("graph = '{}'"),
        published.format(f"graph_hash = '{'0' * 64}'"),
        published.format("published_by = NULL"),
        published.format("status = 'DRAFT', published_at = NULL"),
        published.format("status = 'RETIRED', created_by = 'x'"),
        published.format("status = 'RETIRED', graph = graph + ' '"),
        published.format("status = 'PUBLISHED'"),
    )
    before = (await owner.get(f"{path}/versions/1")).json()
    for statement in changes:
        with pytest.raises(Exception, match="append-only"):
            execute(service.settings, statement)
    execute(service.settings, "UPDATE WorkflowTemplateVersion SET graph = '{}' WHERE template_version = 2")
    assert (await owner.get(f"{path}/versions/1")).json() == before
    retired = await owner.post(f"{path}/retire", {"template_version": 1})
    assert retired.status_code == 200
    with pytest.raises(Exception, match="append-only"):
        execute(service.settings, published.format("status = 'PUBLISHED'"))
