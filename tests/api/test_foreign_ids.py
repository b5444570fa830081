"""Ids of one workspace, in whatever a request to another takes them: in bodies, queries and below its path. The
authorization matrix asks the same of paths alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.databases import tables
from tests.harness import Person, Service
from tests.okrs import METRIC, Okrs
from tests.resource import UNKNOWN

SECRET = "Acquire Initech"
CONNECTOR: dict[str, Any] = {
    "name": SECRET,
    "kind": "graph_excel",
    "config": {"drive_id": "d", "item_id": "i", "name": "Total"},
    "fallback": "STATIC",
    "static_value": {"columns": ["n"], "rows": [[1]]},
}
GRAPH = {"nodes": [{"id": "a", "title": SECRET}], "edges": []}
DECIDES = {"key": "one", "name": "One", "required": 1}
DAYS = {"starts_on": "2027-04-01", "ends_on": "2027-06-30"}


async def furnish(okrs: Okrs, by: Person) -> dict[str, str]:
    """One of everything, all of it called after the secret; by its kind."""
    place = f"/workspaces/{okrs.workspace_id}"

    async def make(path: str, body: Any) -> str:
        answer = await by.post(f"{place}/{path}", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    ids = {"cycle": okrs.cycle_id, "user": by.user_id}
    ids["objective"] = await make("okr/objectives", {"cycle_id": okrs.cycle_id, "title": SECRET})
    measured = {"title": SECRET, "metric": METRIC}
    ids["measure"] = await make(f"okr/objectives/{ids['objective']}/key-results", measured)
    ids["comment"] = await make(f"okr/objectives/{ids['objective']}/comments", {"body": SECRET})
    ids["connector"] = await make("connectors", CONNECTOR)
    ids["project"] = await make("projects", {"key": "SEC", "name": SECRET})
    ids["template"] = await make("workflow-templates", {"name": SECRET, "graph": GRAPH})
    ids["type"] = await make("user-types", {"name": SECRET, "permissions": ["view"], "hidden_states": []})
    ids["task_type"] = await make("task-types", {"name": SECRET, "is_restricted": False})
    sent = await by.request(
        "POST", f"{place}/files", files={"file": ("a.txt", SECRET.encode(), "text/plain")}
    )
    ids["file"] = sent.json()["id"]
    return ids


async def test_ids_of_another_workspace_are_nothing_here(service: Service) -> None:
    theirs = await Okrs.begin(service)
    foreign = await furnish(theirs, theirs.ada)
    submitted = {"object_type": "objective", "object_id": foreign["objective"]}
    asked = await theirs.ada.post(f"/workspaces/{theirs.workspace_id}/approvals", submitted)
    foreign["approval"] = asked.json()["id"]
    mallory = await service.person("mallory")
    own = Okrs(service, mallory, (await mallory.create_workspace())["id"])
    own.cycle_id = (await own.cycle())["id"]
    here = await furnish(own, mallory)
    eve = await own.member("eve", "ADMIN")
    o, m, f = f"okr/objectives/{here['objective']}", f"okr/key-results/{here['measure']}", foreign
    fed = {"connector": {"binding_id": f["connector"], "column": "n", "row": 1}}
    tasks = {"project_id": here["project"], "measure": "count"}
    role = {"object_type": "objective", "object_id": here["objective"], "role": "APPROVER"}
    flow, approval = "approval-flows/objective", f"approvals/{f['approval']}"
    until = service.clock().replace(year=2028).isoformat()
    deciders = ({"user_ids": [f["user"]]}, {"user_type_ids": [f["type"]]})
    tried: list[tuple[str, str, Any]] = [
        ("POST", "okr/objectives", {"cycle_id": f["cycle"], "title": "t"}),
        ("POST", "okr/objectives", {"cycle_id": here["cycle"], "title": "t", "owner_id": f["user"]}),
        ("PATCH", o, {"owner_id": f["user"]}),
        ("PUT", f"{o}/parents", {"parents": [{"objective_id": f["objective"], "weight": 1}]}),
        ("PUT", f"{o}/files/{f['file']}", None),
        ("PATCH", f"{o}/comments/{f['comment']}", {"body": "b"}),
        ("DELETE", f"{o}/comments/{f['comment']}", None),
        ("POST", f"okr/objectives/{f['objective']}/comments", {"body": "b"}),
        ("POST", f"okr/objectives/{f['objective']}/key-results", {"title": "t", "metric": METRIC}),
        ("GET", f"okr/objectives/{f['objective']}/activity", None),
        ("POST", f"okr/key-results/{f['measure']}/check-ins", {"value": "1", "confidence": 5}),
        ("POST", f"okr/cycles/{f['cycle']}/clone", {"name": "Copy", **DAYS}),
        ("PUT", f"{m}/feed", fed),
        ("PUT", f"{m}/feed", {"tasks": tasks | {"project_id": f["project"]}}),
        ("PUT", f"{m}/feed", {"tasks": tasks | {"task_type_id": f["task_type"]}}),
        ("GET", f"connectors/{f['connector']}/value", None),
        ("POST", f"connectors/{f['connector']}/preview", None),
        ("POST", f"connectors/{f['connector']}/refresh", None),
        ("POST", "approvals", submitted),
        ("POST", "approvals", {"object_type": "workflow_template", "object_id": f["template"]}),
        ("GET", approval, None),
        *(("POST", f"{approval}/{act}", {"reason": "r"}) for act in ("approve", "reject", "withdraw")),
        ("POST", f"{approval}/override", None),
        ("POST", f"{approval}/delegate", {"user_id": eve.user_id}),
        *(("PUT", flow, {"stages": [DECIDES | {"deciders": each}]}) for each in deciders),
        ("POST", "approval-delegations", {"user_id": f["user"], "ends_at": until}),
        ("POST", "object-roles", role | {"user_id": f["user"]}),
        ("POST", "object-roles", role | {"user_id": eve.user_id, "object_id": f["objective"]}),
        ("GET", f"approvals?whose=all&object_type=objective&object_id={f['objective']}", None),
        ("GET", f"analytics/okr?cycle_id={f['cycle']}", None),
        ("GET", f"analytics/okr?objective_id={f['objective']}", None),
        ("GET", f"analytics/tasks?project_id={f['project']}", None),
        ("GET", f"okr/objectives?cycle_id={f['cycle']}", None),
    ]
    before = stored(service, theirs.workspace_id)
    for method, path, body in tried:
        # As ids that nothing has: that there is such a thing elsewhere is told by nothing either.
        answers = []
        for text in (json.dumps([path, body]), unknown(json.dumps([path, body]), foreign)):
            where, sent = json.loads(text)
            answer = await mallory.request(method, f"/workspaces/{own.workspace_id}/{where}", json=sent)
            answers.append((answer.status_code, answer.json() | {"request_id": None}))
        assert answers[0] == answers[1], (method, path, body)
        assert method == "GET" or 400 <= answers[0][0] < 500, (method, path, body, answers)
        assert SECRET not in str(answers), (method, path)
    assert stored(service, theirs.workspace_id) == before


def unknown(text: str, ids: Mapping[str, str]) -> str:
    for each in ids.values():
        text = text.replace(each, UNKNOWN)
    return text


def stored(service: Service, workspace_id: str) -> list[Any]:
    """All that the tables hold of a workspace."""
    found = (service.rows(f"SELECT * FROM {table}") for table in sorted(tables(service.settings)))
    return [[row for row in rows if workspace_id in map(str, row)] for rows in found]
