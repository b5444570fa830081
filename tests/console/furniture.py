"""What the demo lacks and screens are to show, made through the API; names that would do harm where they are not shown
as text."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.browser import HEADER
from tests.local_server import free_port

HOSTILE_NAME = "<img src=x onerror=alert(1)>"


async def furnish(context: Any, url: str, path: str, hooks: str, project: str) -> dict[str, str]:
    """``path`` is the workspace's; at ``hooks`` somebody listens. Answers ids by name."""

    async def post(place: str, body: Any = None) -> Any:
        options = {} if body is None else {"data": body}
        headers = {**HEADER, "Idempotency-Key": uuid.uuid4().hex}
        answer = await context.request.post(f"{url}{path}/{place}", headers=headers, **options)
        assert answer.status < 300, f"{place}: {await answer.text()}"
        return await answer.json() if answer.status != 204 else None

    file = await _upload(context, f"{url}{path}/files", f"{HOSTILE_NAME}.txt", b"plain")
    link = await post("links/jira", {"external_id": "P0001", "display_name": HOSTILE_NAME})
    await post(f"links/{link['id']}/check")
    # What is sent where nobody listens waits to be tried again.
    await post("webhooks", {"url": f"http://127.0.0.1:{free_port()}/", "event_types": ["webhook.created"]})
    hook = await post("webhooks", {"url": f"{hooks}/walk", "description": HOSTILE_NAME})
    delivery = await post(f"webhooks/{hook['id']}/test")
    nodes = [{"id": letter, "title": f"{HOSTILE_NAME} {letter}"} for letter in "abc"] + [
        {"id": "d", "title": "Together", "trigger_rule": "ANY_DONE"}
    ]
    edges = [
        {"from": "a", "to": "b"},
        {"from": "a", "to": "c"},
        {"from": "b", "to": "d"},
        {"from": "c", "to": "d"},
    ]
    flow = await post("workflow-templates", {"name": HOSTILE_NAME, "graph": {"nodes": nodes, "edges": edges}})
    # The demo has templates approved first.
    at_once = await context.request.put(
        f"{url}{path}/approval-flows/workflow_template", headers=HEADER, data={"stages": []}
    )
    assert at_once.ok, await at_once.text()
    await post(f"workflow-templates/{flow['id']}/publish")
    begun = {"template_id": flow["id"], "project_id": project, "name": HOSTILE_NAME}
    instance = await post("workflows/instantiate", begun)
    # Nobody listens there; what was given stands for it.
    config = {
        "host": "127.0.0.1",
        "port": free_port(),
        "database": "d",
        "user": "u",
        "query": "SELECT 1 AS a",
    }
    given = {"columns": ["region", "revenue"], "rows": [[HOSTILE_NAME, 12], ["Lyon", "0.10"]]}
    connector = await post(
        "connectors",
        {
            "kind": "postgres_ro",
            "name": HOSTILE_NAME,
            "config": {**config, "tls": "disable"},
            "secret": "not to be shown",
            "fallback": "STATIC",
            "static_value": given,
        },
    )
    await post(f"connectors/{connector['id']}/refresh")
    return {
        "connector": connector["id"],
        "template": flow["id"],
        "instance": instance["id"],
        "file": file["id"],
        "link": link["id"],
        "webhook": hook["id"],
        "delivery": delivery["id"],
    }


async def furnish_directory(context: Any, url: str, org: str) -> dict[str, str]:
    """A directory of the organisation that has told of a group, which makes people something."""
    path = f"{url}/organizations/{org}"

    async def call(method: str, place: str, data: Any = None, **headers: str) -> Any:
        given = {**HEADER, "Idempotency-Key": uuid.uuid4().hex, **headers}
        answer = await context.request.fetch(f"{path}/{place}", method=method, headers=given, data=data)
        assert answer.status < 300, f"{place}: {await answer.text()}"
        return await answer.json()

    made = await call("POST", "scim-connections", {"name": HOSTILE_NAME})
    bearer = {"Authorization": f"Bearer {made['secret']}", "Content-Type": "application/scim+json"}
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": HOSTILE_NAME}
    await call("POST", "scim/v2/Groups", json.dumps(group), **bearer)
    group_id = (await call("GET", "scim-groups"))["items"][0]["id"]
    workspace = (await call("GET", "workspaces"))["items"][0]["id"]
    wanted = {"group_id": group_id, "workspace_id": workspace, "role": "MEMBER"}
    mapping = await call("PUT", "scim-group-mappings", wanted)
    return {"connection": made["id"], "mapping": mapping["id"], "org_workspace": workspace}


async def decided(author: Any, decider: Any, url: str, path: str, project: str) -> dict[str, str]:
    """An objective that somebody else has approved, with what measures it and what adds to it; and a request that waits.
    Nobody approves of their own, so it takes two."""

    async def post(context: Any, place: str, body: Any = None) -> Any:
        options = {} if body is None else {"data": body}
        headers = {**HEADER, "Idempotency-Key": uuid.uuid4().hex}
        answer = await context.request.post(f"{url}{path}/{place}", headers=headers, **options)
        assert answer.status < 300, f"{place}: {await answer.text()}"
        return await answer.json() if answer.status != 204 else None

    stages = [{"key": "owners", "name": HOSTILE_NAME, "deciders": {"roles": ["OWNER"]}}]
    flow = await decider.request.put(
        f"{url}{path}/approval-flows/objective", headers=HEADER, data={"stages": stages}
    )
    assert flow.ok, await flow.text()
    cycle = await post(
        decider, "okr/cycles", {"name": "Autumn", "starts_on": "2026-10-01", "ends_on": "2027-03-31"}
    )
    await post(decider, f"okr/cycles/{cycle['id']}/activate")
    objectives, results, requests = [], [], []
    for title in ("Everybody can follow the engine", HOSTILE_NAME, "Waits to be decided"):
        made = await post(author, "okr/objectives", {"cycle_id": cycle["id"], "title": title})
        metric = {"direction": "INCREASE", "unit": "pages", "baseline": "0", "commit": "40", "target": "80"}
        for measure in (
            {"metric": metric},
            {"zones": {"target": "The notes are in print", "commit": "Proofs are read"}},
            {"metric": metric, "stale_after": 3600},
        ):
            body = {"title": f"Notes of {title}", **measure}
            results.append((await post(author, f"okr/objectives/{made['id']}/key-results", body))["id"])
        objectives.append(made["id"])
    parents = {"parents": [{"objective_id": objectives[0], "weight": 2}]}
    answer = await author.request.put(
        f"{url}{path}/okr/objectives/{objectives[1]}/parents", headers=HEADER, data=parents
    )
    assert answer.ok, await answer.text()
    for objective in objectives:
        body = {"object_type": "objective", "object_id": objective}
        requests.append((await post(author, "approvals", body))["id"])
    for request in requests[:2]:
        await post(decider, f"approvals/{request}/approve")
    for result, said in zip(results, ({"value": "52"}, {"zone": "TARGET"}), strict=False):
        check_in = {**said, "confidence": 7, "note": HOSTILE_NAME}
        await post(author, f"okr/key-results/{result}/check-ins", check_in)
    said = await post(decider, f"okr/objectives/{objectives[0]}/comments", {"body": HOSTILE_NAME})
    fed = f"{url}{path}/okr/key-results/{results[2]}/feed"
    answer = await author.request.put(
        fed, headers=HEADER, data={"tasks": {"project_id": project, "measure": "count"}}
    )
    assert answer.ok, await answer.text()
    own = (await author.request.get(f"{url}/auth/me", headers=HEADER)).json
    away = {"user_id": (await own())["user"]["user_id"], "ends_at": "2027-01-31T17:00:00Z"}
    delegation = await post(decider, "approval-delegations", away)
    return {
        "cycle": cycle["id"],
        "comment": said["id"],
        "delegation": delegation["id"],
        "objective": objectives[0],
        "key_result": results[0],
        "fed": results[2],
        "approval": requests[2],
    }


async def _upload(context: Any, address: str, name: str, content: bytes) -> Any:
    part = {"name": name, "mimeType": "text/plain", "buffer": content}
    answer = await context.request.post(address, headers=HEADER, multipart={"file": part})
    assert answer.status == 201, await answer.text()
    return await answer.json()
