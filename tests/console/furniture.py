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
    return {
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
    return {"connection": made["id"], "mapping": mapping["id"]}


async def _upload(context: Any, address: str, name: str, content: bytes) -> Any:
    part = {"name": name, "mimeType": "text/plain", "buffer": content}
    answer = await context.request.post(address, headers=HEADER, multipart={"file": part})
    assert answer.status == 201, await answer.text()
    return await answer.json()
