"""Every route against every kind of caller. The table is held against the application's own routes, so a
route that was added without a thought about who may call it fails here. What resources have in common is
declared in ``resources.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import chain
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from app.core.clock import new_uuid7
from app.core.middleware import ACCESS_TOKEN_ONLY, ANONYMOUS, NOT_BY_COOKIE, PUBLIC, is_scim
from app.main import ROUTERS
from tests.api.resources import (
    CONNECTORS,
    EVENTS,
    ORGANIZATIONS,
    PROJECTS,
    RESOURCES,
    TASKS,
    WEBHOOKS,
    WORKFLOW_TEMPLATES,
    WORKSPACES,
)
from tests.api.test_idempotency import WITHOUT_A_KEY
from tests.browser import HEADER, session_of
from tests.databases import execute, look, tables
from tests.harness import Person, Service, add_org_member, code, move_workspace_into
from tests.http_client import httpx
from tests.resource import UNKNOWN, WORKSPACE, Resource, Rule, filled
from tests.sockets import handshake
from tests.workflows import publish

ROLES = ("VIEWER", "MEMBER", "ADMIN", "OWNER")
EVERYBODY = ("stranger", "removed", "platform", "guest", *ROLES)
"""``platform`` administers it, and is in no workspace and no organisation. ``guest`` is a MEMBER for a project and
an event alone."""
ORG_ROLES = ("MEMBER", "ADMIN", "OWNER")
"""Whoever has such a role in the workspace has it in the organisation too; the VIEWER is not in it."""


W = WORKSPACE
USER = "/users/{user_id}"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
SEEING = (*ROLES, "guest", "platform")
THEIRS = {
    "SELF": ("MEMBER",),
    "VISIBLE": SEEING,
    "PLATFORM": ("platform",),
    "PLATFORM OR SELF": ("platform", "MEMBER"),
}
"""Of the MEMBER, who is seen by whoever is in the workspace, and by the platform."""
ORG = ORGANIZATIONS.item
PROJECT, EVENT, TASK = PROJECTS.item, EVENTS.item, TASKS.item
TEMPLATE = WORKFLOW_TEMPLATES.item
WEBHOOK = WEBHOOKS.item
CONNECTOR = CONNECTORS.item
GRAPH = {"nodes": [{"id": "a", "title": "A"}], "edges": []}
PLATFORM = "/platform"
LINK = {"external_id": "10001", "verify": False}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
DECLARED = {route: rule for resource in RESOURCES for route, rule in resource.rules().items()}
"""The rules of what is declared."""
OTHERS: dict[tuple[str, str], Rule] = {
    ("POST", "/auth/validate"): Rule(None, 200),
    ("GET", "/auth/me"): Rule(None, 200),
    ("POST", "/auth/switch-organization"): Rule(None, 200, {"org_id": None}),
    ("POST", "/auth/logout"): Rule(None, 204),
    ("POST", "/auth/revoke-all"): Rule(None, 204),
    # By tokens there is no session of a browser; tests/api/test_browser_sign_in.py has one.
    ("GET", "/auth/oauth/session"): Rule(None, 401),
    ("POST", "/auth/oauth/logout"): Rule(None, 401),
    ("GET", "/auth/oauth/sessions"): Rule(None, 200),
    ("DELETE", "/auth/oauth/sessions"): Rule(None, 204),
    ("DELETE", "/auth/oauth/sessions/{session_id}"): Rule(None, 404),
    ("POST", f"{W}/restore"): Rule("OWNER", 409),
    ("GET", f"{W}/trash"): Rule("ADMIN", 200),
    ("POST", f"{W}/tasks/{{task_id}}/restore"): Rule("MEMBER", 409),
    ("POST", f"{W}/tasks/bulk"): Rule(
        "MEMBER", 404, {"mode": "atomic", "items": [{"op": "delete", "task_id": UNKNOWN}]}
    ),
    ("PUT", f"{W}/tasks/by-external/{{source}}/{{external_id}}"): Rule(
        "ADMIN", 201, {"project_id": "{project_id}", "title": "From there"}
    ),
    ("POST", f"{W}/tasks/{{task_id}}/pick"): Rule("MEMBER", 200),
    ("POST", f"{W}/tasks/{{task_id}}/assign"): Rule("MEMBER", 200, {"user_id": "{founder}"}),
    ("POST", f"{W}/tasks/{{task_id}}/unassign"): Rule("MEMBER", 200),
    ("POST", f"{W}/tasks/{{task_id}}/transition"): Rule("MEMBER", 200, {"to": "IN_PROGRESS", "reason": "r"}),
    ("GET", f"{W}/tasks/{{task_id}}/transitions"): Rule("VIEWER", 200),
    ("GET", f"{W}/tasks/{{task_id}}/eligibility"): Rule("VIEWER", 200),
    ("GET", f"{W}/tasks/{{task_id}}/dependencies"): Rule("VIEWER", 200),
    ("POST", f"{W}/tasks/{{task_id}}/dependencies"): Rule("MEMBER", 404, {"parent_id": UNKNOWN}),
    ("DELETE", f"{W}/tasks/{{task_id}}/dependencies/{{parent_id}}"): Rule("MEMBER", 404),
    ("POST", f"{W}/workflows/instantiate"): Rule(
        "MEMBER", 201, {"template_id": "{published_id}", "project_id": "{project_id}", "name": "A"}
    ),
    ("GET", f"{W}/workflow-instances"): Rule("VIEWER", 200),
    ("GET", f"{W}/workflow-instances/{{instance_id}}"): Rule("VIEWER", 200),
    ("GET", f"{W}/workflow-instances/{{instance_id}}/graph.svg"): Rule("VIEWER", 200),
    ("POST", f"{W}/workflow-instances/{{instance_id}}/pause"): Rule("MEMBER", 200),
    ("POST", f"{W}/workflow-instances/{{instance_id}}/resume"): Rule("MEMBER", 409),
    ("POST", f"{W}/workflow-instances/{{instance_id}}/cancel"): Rule("MEMBER", 200),
    ("POST", f"{W}/workflow-instances/{{instance_id}}/migrate"): Rule("ADMIN", 409, {}),
    ("POST", f"{W}/okr/cycles/{{cycle_id}}/activate"): Rule("ADMIN", 200),
    ("POST", f"{W}/okr/cycles/{{cycle_id}}/close"): Rule("ADMIN", 200),
    ("POST", f"{W}/okr/cycles/{{cycle_id}}/clone"): Rule(
        "ADMIN", 201, {"name": "Copy", "starts_on": "2027-04-01", "ends_on": "2027-06-30"}
    ),
    ("GET", f"{W}/okr/cycles/{{cycle_id}}/progress"): Rule("VIEWER", 200),
    ("GET", f"{W}/okr/objectives/{{objective_id}}/progress"): Rule("VIEWER", 200),
    ("GET", f"{W}/okr/objectives/{{objective_id}}/parents"): Rule("VIEWER", 200),
    ("PUT", f"{W}/okr/objectives/{{objective_id}}/parents"): Rule("MEMBER", 200, {"parents": []}),
    ("GET", f"{W}/okr/objectives/{{objective_id}}/activity"): Rule("VIEWER", 200),
    ("GET", f"{W}/okr/objectives/{{objective_id}}/files"): Rule("VIEWER", 200),
    ("PUT", f"{W}/okr/objectives/{{objective_id}}/files/{{file_id}}"): Rule("MEMBER", 204),
    ("DELETE", f"{W}/okr/objectives/{{objective_id}}/files/{{file_id}}"): Rule("MEMBER", 404),
    ("POST", f"{W}/okr/objectives/{{objective_id}}/restore"): Rule("MEMBER", 409),
    ("POST", f"{W}/okr/objectives/{{objective_id}}/finish"): Rule("MEMBER", 409, {"outcome": "SUCCESSFUL"}),
    ("POST", f"{W}/okr/objectives/{{objective_id}}/reopen"): Rule("MEMBER", 409),
    ("POST", f"{W}/okr/key-results/{{key_result_id}}/check-ins"): Rule(
        "MEMBER", 409, {"value": "1", "confidence": 5}
    ),
    ("GET", f"{W}/okr/key-results/{{key_result_id}}/check-ins"): Rule("VIEWER", 200),
    ("GET", f"{W}/integration-connections"): Rule("ADMIN", 200),
    ("GET", f"{W}/okr/key-results/{{key_result_id}}/feed"): Rule("VIEWER", 404),
    ("PUT", f"{W}/okr/key-results/{{key_result_id}}/feed"): Rule(
        "MEMBER", 404, {"tasks": {"project_id": "00000000-0000-4000-8000-000000000001", "measure": "count"}}
    ),
    ("DELETE", f"{W}/okr/key-results/{{key_result_id}}/feed"): Rule("MEMBER", 404),
    ("POST", f"{W}/ws-tickets"): Rule("VIEWER", 201),
    ("WS", f"{W}/ws"): Rule("VIEWER", 101),
    ("GET", f"{W}/presence"): Rule("VIEWER", 200),
    ("GET", f"{USER}/presence"): Rule("SELF", 200),
    ("PUT", f"{USER}/presence"): Rule("SELF", 200, {"is_hidden": True}),
    ("POST", f"{W}/suspend"): Rule("OWNER", 200, {"reason": "a pause"}),
    ("POST", f"{W}/archive"): Rule("OWNER", 200, {}),
    ("POST", f"{W}/activate"): Rule("OWNER", 400, {}),
    ("POST", f"{ORG}/suspend"): Rule("ADMIN", 200, {"reason": "a pause"}),
    ("POST", f"{ORG}/archive"): Rule("ADMIN", 200, {}),
    ("POST", f"{ORG}/activate"): Rule("ADMIN", 400, {}),
    ("POST", f"{ORG}/restore"): Rule("ADMIN", 400, {}),
    ("GET", f"{ORG}/history"): Rule("MEMBER", 200),
    ("POST", f"{ORG}/members/leave"): Rule("MEMBER", 204, but={"OWNER": 409}),
    ("GET", f"{ORG}/admins"): Rule("MEMBER", 200),
    ("POST", f"{ORG}/admins"): Rule("OWNER", 200, {"user_id": "{org_member}"}),
    ("DELETE", f"{ORG}/admins/{{user_id}}"): Rule("OWNER", 204),
    ("GET", f"{ORG}/owner"): Rule("MEMBER", 200),
    ("POST", f"{ORG}/transfer-ownership"): Rule("OWNER", 200, {"user_id": "{org_admin}"}),
    ("POST", f"{ORG}/workspaces"): Rule("ADMIN", 201, {"name": "New"}),
    ("GET", f"{ORG}/workspaces"): Rule("MEMBER", 200),
    ("POST", f"{ORG}/workspaces/{{workspace_id}}/suspend"): Rule("ADMIN", 200, {"reason": "a pause"}),
    ("POST", f"{ORG}/workspaces/{{workspace_id}}/archive"): Rule("ADMIN", 200, {}),
    ("POST", f"{ORG}/workspaces/{{workspace_id}}/activate"): Rule("ADMIN", 400, {}),
    ("GET", f"{ORG}/workspaces/{{workspace_id}}/file-limits"): Rule("ADMIN", 200),
    ("PUT", f"{ORG}/workspaces/{{workspace_id}}/file-limits"): Rule("ADMIN", 200, {"files": 5000}),
    ("POST", f"{ORG}/workspaces/{{workspace_id}}/members"): Rule(
        "ADMIN", 201, {"user_id": "{org_member}", "role": "OWNER"}
    ),
    ("POST", f"{ORG}/moves"): Rule("ADMIN", 201, {"workspace_id": "{workspace_id}", "direction": "out"}),
    ("GET", f"{ORG}/moves"): Rule("ADMIN", 200),
    **{
        ("POST", f"{place}/moves/{{move_id}}/{answer}"): Rule(minimum, 200)
        for place, minimum in ((ORG, "ADMIN"), (W, "OWNER"))
        for answer in ("accept", "decline", "cancel")
    },
    # This one is of no organisation that it could leave.
    ("POST", f"{W}/moves"): Rule("OWNER", 400, {"org_id": None}),
    ("GET", f"{W}/moves"): Rule("OWNER", 200),
    ("POST", f"{ORG}/scim-connections"): Rule("OWNER", 201, {"name": "Entra ID"}),
    ("GET", f"{ORG}/scim-connections"): Rule("ADMIN", 200),
    ("GET", f"{ORG}/scim-connections/{{connection_id}}"): Rule("ADMIN", 200),
    ("PATCH", f"{ORG}/scim-connections/{{connection_id}}"): Rule("OWNER", 200, {"is_enabled": False}),
    ("DELETE", f"{ORG}/scim-connections/{{connection_id}}"): Rule("OWNER", 204),
    ("POST", f"{ORG}/scim-connections/{{connection_id}}/rotate"): Rule("OWNER", 200, {"overlap_hours": 1}),
    ("GET", f"{ORG}/scim-groups"): Rule("ADMIN", 200),
    ("GET", f"{ORG}/scim-group-mappings"): Rule("ADMIN", 200),
    # Of a group that is none; tests/api/test_scim_grants.py maps some.
    ("PUT", f"{ORG}/scim-group-mappings"): Rule(
        "ADMIN", 404, {"group_id": UNKNOWN, "workspace_id": UNKNOWN, "role": "MEMBER"}
    ),
    ("POST", f"{ORG}/scim-group-mappings/preview"): Rule(
        "ADMIN", 404, {"group_id": UNKNOWN, "workspace_id": UNKNOWN, "role": "MEMBER"}
    ),
    ("DELETE", f"{ORG}/scim-group-mappings/{{mapping_id}}"): Rule("ADMIN", 404),
    ("GET", f"{ORG}/stops"): Rule("ADMIN", 200),
    # Of nobody who is stopped; tests/api/test_scim_people.py lifts some.
    ("POST", f"{ORG}/stops/{{user_id}}/lift"): Rule("ADMIN", 404, {"reason": "A mistake"}),
    ("GET", f"{ORG}/audit"): Rule("ADMIN", 200),
    ("GET", f"{ORG}/audit/verify"): Rule("ADMIN", 200),
    # Whose workspace it is to be has to be said; test_users.py says it.
    ("GET", "/users"): Rule(None, 422),
    ("GET", USER): Rule("VISIBLE", 200),
    ("PATCH", f"{USER}/profile"): Rule("SELF", 200, {"name": "Renamed", "bio": "Counts."}),
    ("GET", f"{ORG}/usage"): Rule("MEMBER", 200),
    ("GET", f"{ORG}/branding"): Rule("MEMBER", 200),
    ("PUT", f"{ORG}/branding"): Rule("ADMIN", 200, {"product_name": "Engines"}),
    ("PUT", f"{ORG}/branding/logo"): Rule("ADMIN", 200, files={"file": ("logo.png", PNG, "image/png")}),
    ("DELETE", f"{ORG}/branding/logo"): Rule("ADMIN", 204),
    **{
        (method, f"{place}/invitations{tail}"): rule
        for place in (W, ORG)
        for method, tail, rule in (
            ("POST", "", Rule("ADMIN", 201, {"email": "new@example.com", "role": "MEMBER"})),
            ("GET", "", Rule("ADMIN", 200)),
            ("POST", "/{invitation_id}/resend", Rule("ADMIN", 200)),
            ("DELETE", "/{invitation_id}", Rule("ADMIN", 204)),
        )
    },
    **{
        (method, f"{WEBHOOK}/{act}"): Rule("ADMIN", success, body)
        for method, act, success, body in (
            ("POST", "rotate-secret", 200, None),
            ("POST", "enable", 200, None),
            ("POST", "disable", 200, None),
            ("POST", "test", 202, None),
            ("POST", "replay", 202, {"from_seq": 1, "to_seq": 2}),
            ("GET", "deliveries", 200, None),
            ("GET", "deliveries/{delivery_id}", 200, None),
            ("POST", "deliveries/{delivery_id}/resend", 202, None),
        )
    },
    ("POST", f"{W}/connectors/test"): Rule(
        "ADMIN",
        200,
        {"kind": "graph_excel", "config": {"drive_id": "d", "item_id": "i", "name": "Total"}},
    ),
    ("POST", f"{CONNECTOR}/test"): Rule("ADMIN", 200),
    ("POST", f"{CONNECTOR}/preview"): Rule("ADMIN", 200),
    ("POST", f"{CONNECTOR}/refresh"): Rule("ADMIN", 200),
    ("GET", f"{CONNECTOR}/value"): Rule("MEMBER", 200),
    ("GET", f"{W}/connector-values"): Rule("MEMBER", 200),
    ("GET", f"{CONNECTOR}/selections"): Rule("ADMIN", 200),
    ("GET", f"{W}/jobs"): Rule("ADMIN", 200),
    ("GET", f"{W}/jobs/{{job_id}}"): Rule("ADMIN", 200),
    ("POST", f"{W}/jobs/{{job_id}}/retry"): Rule("ADMIN", 200),
    ("POST", f"{W}/jobs/{{job_id}}/cancel"): Rule("ADMIN", 409),
    ("POST", f"{W}/join-links"): Rule("ADMIN", 201, {"usage_limit": 10}),
    ("GET", f"{W}/join-links"): Rule("ADMIN", 200),
    ("DELETE", f"{W}/join-links/{{join_link_id}}"): Rule("ADMIN", 204),
    ("POST", "/join"): Rule(None, 404, {"code": "unknown"}),
    ("POST", f"{W}/transfers"): Rule("OWNER", 201, {"user_id": "{asked}"}),
    ("GET", f"{W}/transfers"): Rule("VIEWER", 200),
    # Of none that there is; tests/api/test_transfers.py asks somebody.
    ("POST", f"{W}/transfers/{{transfer_id}}/accept"): Rule("VIEWER", 404),
    ("POST", f"{W}/transfers/{{transfer_id}}/decline"): Rule("VIEWER", 404),
    ("DELETE", f"{W}/transfers/{{transfer_id}}"): Rule("OWNER", 404),
    ("GET", "/users/me/invitations"): Rule(None, 200),
    ("GET", "/users/me/notifications"): Rule(None, 200),
    ("GET", "/users/me/notifications/unread-count"): Rule(None, 200),
    ("GET", "/users/me/notification-preferences"): Rule(None, 200),
    ("PUT", "/users/me/notification-preferences"): Rule(None, 200, {"digest": "daily"}),
    ("PUT", f"{W}/mute"): Rule("VIEWER", 204),
    ("GET", "/users/me/push-subscriptions"): Rule(None, 200),
    # Here nothing is pushed; tests/api/test_push_subscriptions.py has keys for it.
    ("POST", "/users/me/push-subscriptions"): Rule(
        None, 400, {"endpoint": "https://push.example.com/a", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}}
    ),
    ("DELETE", "/users/me/push-subscriptions/{subscription_id}"): Rule(None, 404),
    ("DELETE", f"{W}/mute"): Rule("VIEWER", 204),
    # Of none of theirs; tests/api/test_notifications.py has some.
    ("PATCH", "/users/me/notifications/{notification_id}"): Rule(None, 404, {"state": "read"}),
    ("POST", "/users/me/notifications/read"): Rule(None, 404, {"up_to": UNKNOWN}),
    # Of a token that nothing has; tests/api/test_invitations.py shows them those that are somebody's.
    ("POST", "/invitations/preview"): Rule(None, 404, {"token": "unknown"}),
    ("POST", "/invitations/accept"): Rule(None, 404, {"token": "unknown"}),
    ("POST", "/invitations/decline"): Rule(None, 404, {"token": "unknown"}),
    ("GET", f"{W}/access-review"): Rule("ADMIN", 200),
    ("GET", f"{ORG}/access-review"): Rule("ADMIN", 200),
    ("GET", f"{PLATFORM}/organizations"): Rule("PLATFORM", 200),
    ("GET", f"{PLATFORM}/workspaces"): Rule("PLATFORM", 200),
    ("GET", f"{PLATFORM}/users"): Rule("PLATFORM", 200),
    ("POST", f"{PLATFORM}{USER}/suspend"): Rule("PLATFORM", 200, {"reason": "phished"}),
    ("POST", f"{PLATFORM}{USER}/activate"): Rule("PLATFORM", 400, {"reason": "cleared"}),
    ("POST", f"{PLATFORM}{ORG}/suspend"): Rule("PLATFORM", 200, {"reason": "unpaid"}),
    ("POST", f"{PLATFORM}{ORG}/activate"): Rule("PLATFORM", 400, {"reason": "paid"}),
    ("POST", f"{PLATFORM}{W}/suspend"): Rule("PLATFORM", 200, {"reason": "unpaid"}),
    ("POST", f"{PLATFORM}{W}/activate"): Rule("PLATFORM", 400, {"reason": "paid"}),
    ("GET", f"{PLATFORM}{ORG}/limits"): Rule("PLATFORM", 200),
    ("GET", f"{PLATFORM}{W}/file-limits"): Rule("PLATFORM", 200),
    ("PUT", f"{PLATFORM}{W}/file-limits"): Rule("PLATFORM", 200, {"files": 5000}),
    ("PUT", f"{PLATFORM}{ORG}/limits"): Rule("PLATFORM", 200, {"plan": "Team", "seats": 5}),
    ("GET", f"{PLATFORM}/audit"): Rule("PLATFORM", 200),
    ("GET", f"{PLATFORM}/audit/verify"): Rule("PLATFORM", 200),
    ("PATCH", f"{USER}/password"): Rule(
        "SELF", 400, {"current_password": "none of theirs", "new_password": "another of theirs"}
    ),
    ("POST", f"{USER}/deactivate"): Rule("PLATFORM", 200, {}),
    ("POST", f"{USER}/suspend"): Rule("PLATFORM", 200, {}),
    ("POST", f"{USER}/activate"): Rule("PLATFORM", 400, {}),
    ("PUT", f"{USER}/avatar"): Rule("SELF", 200, files={"file": ("a.png", PNG, "image/png")}),
    ("GET", f"{USER}/avatar"): Rule("VISIBLE", 404),
    ("DELETE", f"{USER}/avatar"): Rule("SELF", 404),
    ("POST", f"{USER}/data-exports"): Rule("SELF", 202),
    ("GET", f"{USER}/data-exports"): Rule("SELF", 200),
    ("GET", f"{USER}/data-exports/{{export_id}}"): Rule("SELF", 404),
    ("GET", f"{USER}/data-exports/{{export_id}}/download"): Rule("SELF", 404),
    ("POST", f"{USER}/erasure"): Rule("PLATFORM OR SELF", 202, {}),
    ("GET", f"{USER}/history"): Rule("PLATFORM OR SELF", 200),
    ("POST", f"{W}/members/leave"): Rule("VIEWER", 204),
    ("POST", f"{W}/user-types/from-template"): Rule("ADMIN", 200),
    ("GET", f"{W}/eligibility-mappings"): Rule("VIEWER", 200),
    ("PUT", f"{W}/eligibility-mappings/{{user_type_id}}/{{task_type_id}}"): Rule("ADMIN", 200),
    # Of none that there is; tests/api/test_types.py takes one back.
    ("DELETE", f"{W}/eligibility-mappings/{{user_type_id}}/{{task_type_id}}"): Rule("ADMIN", 404),
    ("GET", f"{W}/roles"): Rule("VIEWER", 200),
    ("GET", f"{W}/object-roles"): Rule("ADMIN", 200),
    ("POST", f"{W}/object-roles"): Rule(
        "ADMIN",
        201,
        {"object_type": "project", "object_id": "{project_id}", "user_id": "{founder}", "role": "MANAGER"},
    ),
    ("DELETE", f"{W}/object-roles/{{object_role_id}}"): Rule("ADMIN", 404),
    # There is none; tests/api/test_approvals.py decides about some.
    ("GET", f"{W}/approvals"): Rule("VIEWER", 200),
    ("POST", f"{W}/approvals"): Rule(
        "MEMBER", 404, {"object_type": "workflow_template", "object_id": UNKNOWN}
    ),
    ("GET", f"{W}/approvals/{{approval_id}}"): Rule("VIEWER", 404),
    ("POST", f"{W}/approvals/{{approval_id}}/approve"): Rule("MEMBER", 404),
    ("POST", f"{W}/approvals/{{approval_id}}/reject"): Rule("MEMBER", 404, {"reason": "r"}),
    ("POST", f"{W}/approvals/{{approval_id}}/request-changes"): Rule("MEMBER", 404, {"reason": "r"}),
    ("POST", f"{W}/approvals/{{approval_id}}/override"): Rule("MEMBER", 404),
    ("POST", f"{W}/approvals/{{approval_id}}/withdraw"): Rule("MEMBER", 404),
    ("POST", f"{W}/approvals/{{approval_id}}/delegate"): Rule("MEMBER", 404, {"user_id": "{founder}"}),
    ("GET", f"{W}/approval-flows/{{object_type}}"): Rule("VIEWER", 200),
    ("PUT", f"{W}/approval-flows/{{object_type}}"): Rule("ADMIN", 200, {"stages": []}),
    ("GET", f"{W}/approval-delegations"): Rule("MEMBER", 200),
    ("POST", f"{W}/approval-delegations"): Rule("MEMBER", 201, {"user_id": "{founder}", "ends_at": "{soon}"}),
    ("DELETE", f"{W}/approval-delegations/{{delegation_id}}"): Rule("MEMBER", 404),
    ("POST", f"{W}/access/check"): Rule("VIEWER", 200, {"operation": "workspace.delete"}),
    ("POST", f"{W}/workflow-templates/validate"): Rule("VIEWER", 200, GRAPH),
    ("PUT", f"{TEMPLATE}/draft"): Rule("ADMIN", 200, GRAPH),
    ("DELETE", f"{TEMPLATE}/draft"): Rule("ADMIN", 204),
    ("POST", f"{TEMPLATE}/publish"): Rule("ADMIN", 200),
    # It is a draft; tests/api/test_workflow_templates.py retires what is published.
    ("POST", f"{TEMPLATE}/retire"): Rule("ADMIN", 409, {"template_version": 1}),
    ("POST", f"{TEMPLATE}/duplicate"): Rule("ADMIN", 201, {"name": "Another"}),
    ("GET", f"{TEMPLATE}/versions"): Rule("VIEWER", 200),
    ("GET", f"{TEMPLATE}/graph.svg"): Rule("VIEWER", 200),
    ("GET", f"{TEMPLATE}/versions/{{template_version}}"): Rule("VIEWER", 200),
    ("POST", f"{W}/caches/invalidate"): Rule("ADMIN", 204),
    ("GET", f"{W}/audit"): Rule("ADMIN", 200),
    ("GET", f"{W}/audit/verify"): Rule("ADMIN", 200),
    ("GET", f"{W}/audit/export"): Rule("ADMIN", 200),
    ("POST", f"{W}/audit/checkpoints"): Rule("ADMIN", 201),
    ("GET", f"{W}/audit/checkpoints"): Rule("ADMIN", 200),
    ("POST", f"{PROJECT}/archive"): Rule("ADMIN", 200),
    ("POST", f"{PROJECT}/restore"): Rule("ADMIN", 400),
    # Of the MEMBER, who has made it; test_projects.py tells them from other MEMBERs.
    ("POST", f"{PROJECT}/members"): Rule("MEMBER", 201, {"user_id": "{member}"}),
    ("GET", f"{PROJECT}/members"): Rule("VIEWER", 200),
    # It has none so far.
    ("DELETE", f"{PROJECT}/members/{{user_id}}"): Rule("MEMBER", 404),
    ("GET", f"{EVENT}/members"): Rule("VIEWER", 200),
    ("POST", f"{W}/boards/{{board_id}}/restore"): Rule("MEMBER", 409),
    ("GET", f"{W}/columns/{{column_id}}/tasks"): Rule("VIEWER", 200),
    ("POST", f"{W}/columns/{{column_id}}/tasks"): Rule("MEMBER", 201, {"title": "Here"}),
    ("POST", f"{W}/tasks/{{task_id}}/move"): Rule("MEMBER", 200, {"column_id": "{column_id}"}),
    ("GET", f"{W}/changes"): Rule("VIEWER", 200),
    ("GET", f"{W}/stream"): Rule("VIEWER", 200),
    ("GET", "/event-types"): Rule(None, 200),
    ("GET", f"{TASK}/labels"): Rule("VIEWER", 200),
    ("PUT", f"{TASK}/labels/{{label_id}}"): Rule("MEMBER", 204),
    ("DELETE", f"{TASK}/labels/{{label_id}}"): Rule("MEMBER", 204),
    ("GET", f"{TASK}/watchers"): Rule("VIEWER", 200),
    ("GET", f"{TASK}/viewers"): Rule("VIEWER", 200),
    # One's own affair.
    ("PUT", f"{TASK}/watchers/me"): Rule("VIEWER", 204),
    ("DELETE", f"{TASK}/watchers/me"): Rule("VIEWER", 204),
    ("GET", f"{TASK}/activity"): Rule("VIEWER", 200),
    ("GET", f"{W}/search"): Rule("VIEWER", 200, query={"q": "a"}),
    ("GET", f"{W}/analytics/tasks"): Rule("VIEWER", 200),
    ("GET", f"{W}/analytics/approvals"): Rule("VIEWER", 200),
    ("GET", f"{W}/analytics/okr"): Rule("VIEWER", 200),
    ("GET", f"{W}/analytics/links"): Rule("VIEWER", 200),
    # ADMIN of any workspace; nothing is set up here, which only whoever may ask is told.
    ("GET", "/integrations/jira/projects"): Rule("ADMIN", 502),
    ("GET", "/integrations/jira/projects/{project_id}"): Rule("ADMIN", 502),
    ("GET", "/integrations/ado/projects"): Rule("ADMIN", 502),
    ("GET", "/integrations/ado/projects/{project_id}"): Rule("ADMIN", 502),
    ("GET", "/integrations/snow/spaces"): Rule("ADMIN", 502),
    ("GET", "/integrations/snow/spaces/{space_id}"): Rule("ADMIN", 502),
    ("GET", "/integrations/sharepoint/sites"): Rule("ADMIN", 502),
    ("GET", "/integrations/sharepoint/sites/{site_id}"): Rule("ADMIN", 502),
    ("POST", f"{W}/links/ado"): Rule("ADMIN", 201, LINK),
    ("POST", f"{W}/links/snow"): Rule("ADMIN", 201, LINK),
    ("POST", f"{W}/links/sharepoint"): Rule("ADMIN", 201, LINK),
    ("POST", f"{W}/links/{{link_id}}/check"): Rule("ADMIN", 200),
    ("GET", f"{W}/links/{{link_id}}/history"): Rule("VIEWER", 200),
    ("GET", f"{W}/files/{{file_id}}/download"): Rule("VIEWER", 200),
    # The store of these tests has no links, which only whoever may ask is told.
    ("POST", f"{W}/files/{{file_id}}/link"): Rule("VIEWER", 400),
    ("POST", f"{W}/files/{{file_id}}/scan"): Rule("ADMIN", 409),
    ("POST", f"{W}/files/uploads"): Rule("MEMBER", 400, {"name": "a.txt", "size": 1, "sha256": "0" * 64}),
    ("GET", f"{W}/files/uploads/{{upload_id}}"): Rule("VIEWER", 404),
    ("POST", f"{W}/files/uploads/{{upload_id}}/complete"): Rule("MEMBER", 404),
    ("DELETE", f"{W}/files/uploads/{{upload_id}}"): Rule("MEMBER", 404),
    ("GET", f"{W}/file-usage"): Rule("VIEWER", 200),
    ("PUT", f"{W}/file-limits"): Rule("OWNER", 200, {"files": 5000}),
}
RULES = DECLARED | OTHERS
ROUTES = sorted(RULES)
EXISTING = {
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
    if route.path not in ANONYMOUS | PUBLIC and not is_scim(route.path)
} | {("WS", route.path) for router in ROUTERS for route in router.routes if isinstance(route, WebSocketRoute)}
"""But those of directories, which have callers of their own: ``tests/api/test_scim_callers.py``."""
READING = ("GET", "WS")


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert set(RULES) == EXISTING
    assert ("WS", f"{W}/ws") in EXISTING
    assert not set(DECLARED) & set(OTHERS)


MOVING = ("auditlog", "workspacehead", "platformauditlog", "platformhead", "housekeeping", "writeprobe")
"""Tables that denials write to, and the service by itself."""


GUESTS_READ = (
    *(f"{W}/{name}" for name in ("members", "changes", "stream", "ws", "projects", "events", "task-types")),
    *(f"{W}/{name}" for name in ("boards", "columns", "labels", "roles", "workflow-instances")),
)
GUESTS_DO = (
    *(f"{W}/{name}" for name in ("tasks", "comments", "search")),
    f"{W}/members/leave",
    f"{W}/mute",
    f"{W}/access/check",
    f"{W}/ws-tickets",
    f"{W}/columns/{{column_id}}/tasks",
)
"""What guests may read, and what they may do as others of their role may; none of it shows or changes more than
what is theirs to see."""


def is_for_guests(method: str, template: str) -> bool:
    is_read = method in READING and (template == W or template.startswith(GUESTS_READ))
    return is_read or template.startswith(GUESTS_DO)


def may(who: str, method: str, template: str) -> bool:
    if who == "guest" and template.startswith(W):
        return is_for_guests(method, template) and may("MEMBER", method, template)
    minimum = RULES[method, template].minimum
    if template.startswith(PLATFORM):
        return who == "platform"
    if template.startswith(ORG):
        return who in ORG_ROLES and ORG_ROLES.index(who) >= ORG_ROLES.index(str(minimum))
    if template.startswith(USER):
        return who in THEIRS[str(minimum)]
    return minimum is None or (who in ROLES and ROLES.index(who) >= ROLES.index(minimum))


def takes_more(template: str, minimum: str) -> bool:
    """Than the least role that there is; and whoever gave their own away is told so again."""
    if template in (f"{ORG}/transfer-ownership", f"{W}/transfers"):
        return False
    if template.startswith((PLATFORM, USER)):
        return minimum == "PLATFORM"
    return minimum not in ("None", "MEMBER" if template.startswith(ORG) else "VIEWER")


def named(template: str) -> str:
    """What names the ids that a route needs: its path and its bodies, and what all of that is within."""
    bodies = [rule.body for (_, path), rule in RULES.items() if path == template]
    text = " ".join([template, *map(str, bodies)])
    needed = [
        resource
        for resource in RESOURCES
        if template.startswith(W) and (f"{{{resource.id_name}}}" in text or template == resource.make.path)
    ]
    return " ".join([text, *(each.item for resource in needed for each in resource.places())])


class World:
    """A workspace and an organisation with somebody of each role, a stranger, somebody who was removed, an
    administrator of the platform, and one of every resource."""

    def __init__(self, service: Service, people: dict[str, Person], ids: dict[str, str]) -> None:
        self.service, self.people, self.ids = service, people, ids

    @classmethod
    async def begin(
        cls, service: Service, everybody: Sequence[str] = EVERYBODY, template: str | None = None
    ) -> World:
        """A new one, where others may be. With a ``template``, it has the resources that this names."""
        number = len(service.people)
        founder = await service.person(f"founder {number}")
        workspace_id = (await founder.create_workspace("Matrix"))["id"]
        ids = {"workspace_id": workspace_id} | dict.fromkeys(("project_id", "space_id", "site_id"), "10000")
        ids |= {"source": "jira", "external_id": "10000", "template_version": "1", "parent_id": UNKNOWN}
        ids["session_id"] = UNKNOWN
        ids |= {
            "object_type": "workflow_template",
            "soon": (service.clock() + timedelta(hours=1)).isoformat(),
        }
        world = cls(service, {who: await service.person(f"{who} {number}") for who in everybody}, ids)
        ids |= dict.fromkeys(
            (
                "transfer_id",
                "upload_id",
                "export_id",
                "notification_id",
                "subscription_id",
                "object_role_id",
                "approval_id",
                "delegation_id",
                "mapping_id",
            ),
            UNKNOWN,
        )
        ids["member"] = world.people.get("MEMBER", founder).user_id
        ids["founder"] = founder.user_id
        for who, person in world.people.items():
            if who == "platform":
                made = f"UPDATE UserAccount SET is_platform_admin = 1 WHERE id = '{person.user_id}'"
                execute(service.settings, made)
            elif who != "stranger":
                await world._let_in(founder, who, person)
        for resource in RESOURCES:
            names = {resource.id_name, resource.within.id_name if resource.within else resource.id_name}
            is_named = template is None or all(f"{{{name}}}" in named(template) for name in names)
            if resource is not WORKSPACES and is_named:
                ids[resource.id_name] = (await resource.made(world._maker(resource, founder), ids, 1)).id
                if resource in (PROJECTS, EVENTS) and (guest := world.people.get("guest")):
                    path = f"{PROJECT.format_map(ids | {'project_id': ids[resource.id_name]})}/members"
                    assert (await founder.post(path, {"user_id": guest.user_id})).status_code == 201
                if resource is ORGANIZATIONS:
                    await move_workspace_into(service, workspace_id, ids["org_id"])
                    for role in ("MEMBER", "ADMIN"):
                        other = await service.person(f"another {role} {number}")
                        ids[f"org_{role.lower()}"] = other.user_id
                        for member in (other, *filter(None, [world.people.get(role)])):
                            await add_org_member(service, ids["org_id"], member, role)
        if template is None or "workflow-instances/" in template or "/workflows/" in template:
            ids["published_id"] = publish(service.settings, workspace_id, founder.user_id, "ab", ["ab"])
            if "project_id" not in ids or ids["project_id"] == "10000":
                ids["project_id"] = (await PROJECTS.made(founder, ids, 1)).id
            sent = {"template_id": ids["published_id"], "project_id": ids["project_id"], "name": "A"}
            begun = await founder.post(f"{W.format_map(ids)}/workflows/instantiate", sent)
            ids["instance_id"] = begun.json()["id"]
        if template is None or template.endswith("/transfers"):
            asked = await service.person(f"asked {number}")
            ids["asked"] = (await founder.add(workspace_id, asked, "VIEWER"))["user_id"]
        if template is None or "{connection_id}" in template:
            admin = world.people.get("OWNER", founder)
            connected = await admin.post(f"{ORG.format_map(ids)}/scim-connections", {"name": "Entra ID"})
            ids["connection_id"] = connected.json()["id"]
        if template is None or "{move_id}" in template:
            await world._ask_for_a_move(founder, template or "")
        if template is None or "{join_link_id}" in template:
            link = await founder.post(f"{W.format_map(ids)}/join-links", {"usage_limit": 10})
            ids["join_link_id"] = link.json()["id"]
        if template is None or "{delivery_id}" in template:
            if "webhook_id" not in ids:
                ids["webhook_id"] = (await WEBHOOKS.made(founder, ids, 1)).id
            ids["delivery_id"] = (await founder.post(f"{WEBHOOK.format_map(ids)}/test")).json()["id"]
        if template is None or "{job_id}" in template:
            listed = await founder.get(f"{W.format_map(ids)}/jobs")
            ids["job_id"] = listed.json()["items"][-1]["id"]
        if template is None or "{invitation_id}" in template:
            sent = {"email": "waiting@example.com", "role": "MEMBER"}
            inviter = world.people.get("OWNER", founder)
            for kind, name in ((W, "invitation_id"), (ORG, "org_invitation")):
                if template is None or template.startswith(kind):
                    path = f"{kind.format_map(ids)}/invitations"
                    ids[name] = (await inviter.post(path, sent)).json()["id"]
        return world

    async def _ask_for_a_move(self, founder: Person, template: str) -> None:
        """One that the side of ``template`` may answer so."""
        if "org_id" not in self.ids:
            self.ids["org_id"] = (await founder.post("/organizations", {"name": "Matrix"})).json()["id"]
            direction = "in"
        else:
            direction = "out"
        by_workspace = template.startswith(W) is template.endswith("cancel")
        if by_workspace:
            target = self.ids["org_id"] if direction == "in" else None
            asked = await founder.post(f"/workspaces/{self.ids['workspace_id']}/moves", {"org_id": target})
        else:
            admins = (
                each for each in self.service.people.values() if each.user_id == self.ids.get("org_admin")
            )
            body = {"workspace_id": self.ids["workspace_id"], "direction": direction}
            asked = await next(admins, founder).post(f"/organizations/{self.ids['org_id']}/moves", body)
        assert asked.status_code == 201, asked.text
        self.ids["move_id"] = asked.json()["id"]

    async def _let_in(self, founder: Person, who: str, person: Person) -> None:
        role = "OWNER" if who == "removed" else who
        member = await (
            founder.add(self.ids["workspace_id"], person, "MEMBER", is_guest=True)
            if who == "guest"
            else founder.add(self.ids["workspace_id"], person, role)
        )
        if who == "removed":
            assert (await person.validate()).json()["workspaces"]
            gone = await founder.delete(f"/workspaces/{self.ids['workspace_id']}/members/{member['id']}")
            assert gone.status_code == 204

    def _maker(self, resource: Resource, founder: Person) -> Person:
        """The lowest who may: a resource is its maker's own, where that counts."""
        make = resource.make
        able = (who for who in (*ROLES, "guest") if who in self.people and may(who, make.method, make.path))
        who = next(able, "") if make.minimum else "OWNER"
        return self.people.get(who, founder)

    def demote(self, person: Person) -> None:
        """To the least that there is, wherever they are something."""
        execute(
            self.service.settings,
            f"UPDATE WorkspaceMember SET role = 'VIEWER' WHERE user_id = '{person.user_id}'",
            f"UPDATE OrganizationMember SET role = 'MEMBER' WHERE user_id = '{person.user_id}'",
            f"UPDATE UserAccount SET is_platform_admin = 0 WHERE id = '{person.user_id}'",
        )

    async def call(self, method: str, template: str, headers: dict[str, str]) -> httpx.Response:
        rule, ids = RULES[method, template], self.ids
        for place, name, of in (
            (USER, "user_id", "member"),
            (f"{PLATFORM}{USER}", "user_id", "member"),
            (f"{PROJECT}/members", "user_id", "member"),
            (f"{ORG}/admins", "user_id", "org_admin"),
            (f"{ORG}/invitations", "invitation_id", "org_invitation"),
        ):
            if template.startswith(place):
                ids = ids | {name: ids.get(of, "")}
        body = rule.body and filled(rule.body, ids)
        if method == "WS":
            return await handshake(self.service, template.format_map(ids), headers)
        return await self.service.client.request(
            method, template.format_map(ids), headers=headers, json=body, files=rule.files, params=rule.query
        )

    @cached_property
    def _tables(self) -> list[str]:
        return [name for name in tables(self.service.settings) if name.lower() not in MOVING]

    def state(self) -> list[list[tuple[Any, ...]]]:
        """Everything stored but the audit of denials, which is what a denied call may add."""
        everything = [f"SELECT * FROM {name} ORDER BY 1" for name in self._tables]
        log = "SELECT action, actor_id, target_id FROM AuditLog WHERE outcome <> 'DENIED' ORDER BY timestamp, id"
        everything += [log, log.replace("AuditLog", "PlatformAuditLog")]
        return look(self.service.settings, [(sql, ()) for sql in everything])


@pytest.fixture
async def world(service: Service) -> World:
    # A stream that has just begun ends here, or this client would wait for its end.
    service.app.state.edge.parts.feed.close()
    return await World.begin(service)


CREDENTIALS = {
    "no token": (401, "MISSING_AZURE_TOKEN"),
    "bad token": (401, "INVALID_AZURE_TOKEN"),
    "Entra only": (401, "MISSING_PMA_TOKEN"),
    "PMA only": (401, "MISSING_AZURE_TOKEN"),
    "bad PMA": (401, "INVALID_PMA_TOKEN"),
    "swapped": (401, "INVALID_AZURE_TOKEN"),
    "mismatched pair": (401, "INVALID_PMA_TOKEN"),
}


def credentials(kind: str, people: dict[str, Person]) -> dict[str, str]:
    owner, admin = people["OWNER"], people["ADMIN"]
    access, pma = f"Bearer {owner.access_token}", owner.pma_token
    return {
        "no token": {},
        "bad token": {"Authorization": f"{access[:-4]}AAAA", "X-PMA-Token": pma},
        "Entra only": {"Authorization": access},
        "PMA only": {"X-PMA-Token": pma},
        "bad PMA": {"Authorization": access, "X-PMA-Token": f"{pma[:-4]}AAAA"},
        "swapped": {"Authorization": f"Bearer {pma}", "X-PMA-Token": owner.access_token},
        "mismatched pair": {"Authorization": access, "X-PMA-Token": admin.pma_token},
    }[kind]


async def test_without_the_right_tokens_nothing_opens(world: World, subtests: pytest.Subtests) -> None:
    before = world.state()
    for kind, expected in CREDENTIALS.items():
        headers = credentials(kind, world.people)
        with subtests.test(kind):
            for method, template in ROUTES:
                response = await world.call(method, template, headers)
                if (
                    template in ACCESS_TOKEN_ONLY
                    and "Authorization" in headers
                    and expected[1].endswith("PMA_TOKEN")
                ):
                    assert response.status_code == 200, (method, template)
                    continue
                assert code(response) == expected, (method, template)
                assert response.headers["www-authenticate"].startswith("Bearer")
            assert world.state() == before


# What a cookie answers otherwise: who has one has a session, and no token is answered to a browser.
BY_COOKIE = {
    ("GET", "/auth/oauth/session"): 200,
    **{route: 400 for route in ROUTES if route[1] in NOT_BY_COOKIE},
}


async def test_a_cookie_opens_what_its_two_tokens_open(world: World, subtests: pytest.Subtests) -> None:
    """Everything to be read, by who may and who may not; and everything to be changed, by who may not."""
    for who in ("stranger", "VIEWER", "ADMIN"):
        person = world.people[who]
        headers = HEADER | {"Cookie": f"pma-session={await session_of(world.service, person)}"}
        with subtests.test(who):
            for method, template in ROUTES:
                if template.endswith("/stream") or (method != "GET" and may(who, method, template)):
                    continue
                by_cookie = await world.call(method, template, headers)
                if (method, template) in BY_COOKIE:
                    assert by_cookie.status_code == BY_COOKIE[method, template], template
                    continue
                by_tokens = await world.call(method, template, person.headers())
                found = [
                    each.json().get("error_code") if each.is_error else None
                    for each in (by_cookie, by_tokens)
                ]
                assert (by_cookie.status_code, found[0]) == (by_tokens.status_code, found[1]), (
                    method,
                    template,
                )


async def test_a_cookie_alone_or_with_tokens_opens_nothing(world: World, subtests: pytest.Subtests) -> None:
    owner = world.people["OWNER"]
    cookie = {"Cookie": f"pma-session={await session_of(world.service, owner)}"}
    before = world.state()
    for headers, expected in (
        (cookie, (403, "BROWSER_HEADER_MISSING")),
        (HEADER | cookie | owner.headers(), (400, "CREDENTIALS_CONFLICT")),
    ):
        with subtests.test(expected[1]):
            for method, template in ROUTES:
                assert code(await world.call(method, template, headers)) == expected, (method, template)
    assert world.state() == before


HELD = {
    "workspace": (
        "UPDATE Workspace SET status = '{status}', held_by = 'platform' WHERE id = '{workspace_id}'",
        (W,),
    ),
    "organization": (
        "UPDATE Organization SET status = '{status}', held_by = 'platform' WHERE id = '{org_id}'",
        (W, ORG),
    ),
}
ALLOWED = {
    # Whoever will leaves.
    ("POST", f"{W}/members/leave"),
    ("POST", f"{ORG}/members/leave"),
    # A graph is looked at, a head is signed, a link to read by is handed out: nothing of the workspace is changed.
    ("POST", f"{W}/workflow-templates/validate"),
    ("POST", f"{W}/access/check"),
    ("POST", f"{ORG}/scim-group-mappings/preview"),
    ("POST", f"{W}/audit/checkpoints"),
    ("POST", f"{W}/files/{{file_id}}/link"),
    # Whoever follows what may be read follows it.
    ("POST", f"{W}/ws-tickets"),
}
STEPS = ("/suspend", "/archive", "/activate", "/restore")


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", HELD)
@pytest.mark.parametrize("status", ["SUSPENDED", "ARCHIVED"])
async def test_what_is_not_in_work_is_changed_by_no_route(
    world: World, kind: str, status: str, subtests: pytest.Subtests
) -> None:
    sql, places = HELD[kind]
    execute(world.service.settings, sql.format(status=status, **world.ids))
    before, owner = world.state(), world.people["OWNER"]
    changing = [
        (method, template)
        for method, template in ROUTES
        if method not in READING and template.startswith(places) and (method, template) not in ALLOWED
    ]
    for some in a_few(changing):
        for method, template in some:
            with subtests.test(f"{method} {template}"):
                response = await world.call(method, template, owner.headers())
                if template.endswith(STEPS) and response.status_code != 409:
                    assert response.status_code in (400, 403), response.text
                else:
                    assert code(response) == (409, f"{kind.upper()}_{status}")
        assert world.state() == before, some
    for method, template in ROUTES:
        if method == "GET" and template.startswith(places) and not template.endswith("/stream"):
            answer = await world.call(method, template, owner.headers())
            assert answer.status_code == RULES[method, template].success, template


@pytest.mark.slow
@pytest.mark.parametrize("who", EVERYBODY)
async def test_whoever_may_can(service: Service, who: str, subtests: pytest.Subtests) -> None:
    """Each call in a world of its own, because it changes it. The first who may is
    demoted then: what was kept for a retry is theirs no more."""
    for method, template in ROUTES:
        if method not in READING and may(who, method, template):
            with subtests.test(f"{who}: {method} {template}"):
                world = await World.begin(service, [who], template)
                headers = world.people[who].headers() | {"Idempotency-Key": new_uuid7()}
                response = await world.call(method, template, headers)
                rule = RULES[method, template]
                assert response.status_code == rule.but.get(who, rule.success), response.text
                is_first = who == next(each for each in EVERYBODY if may(each, method, template))
                keeps = method == "POST" and not template.startswith(("/auth/", *WITHOUT_A_KEY))
                if is_first and keeps and response.is_success:
                    # What was given up by the act is not what it takes to be told of it again.
                    again = await world.call(method, template, headers)
                    assert (again.status_code, again.headers.get("idempotency-replayed")) == (
                        response.status_code,
                        "true",
                    ), again.text
                if is_first and method == "POST" and takes_more(template, str(rule.minimum)):
                    world.demote(world.people[who])
                    again = await world.call(method, template, headers)
                    assert again.is_error or not again.content, again.text


async def test_whoever_may_read_can(world: World, subtests: pytest.Subtests) -> None:
    """In one world, because reading changes none."""
    for who in EVERYBODY:
        with subtests.test(who):
            for method, template in ROUTES:
                if method in READING and may(who, method, template):
                    response = await world.call(method, template, world.people[who].headers())
                    assert response.status_code == RULES[method, template].success, response.text


def a_few(routes: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    """After each few the whole database is looked at, which takes longer than they do."""
    return (routes[start : start + 16] for start in range(0, len(routes), 16))


def refusal(who: str, template: str) -> tuple[int, str]:
    """That there is an organisation is the business of whoever is in it."""
    if template.startswith(ORG) and who not in ORG_ROLES:
        return 404, "ORGANIZATION_NOT_FOUND"
    if template.startswith(USER) and who not in SEEING:
        return 404, "USER_NOT_FOUND"
    return 403, "USER_NOT_AUTHORIZED"


@pytest.mark.no_cover
@pytest.mark.parametrize("who", EVERYBODY)
async def test_whoever_may_not_cannot_and_it_is_in_the_log(world: World, who: str) -> None:
    person, before, refused = world.people[who], world.state(), 0
    for some in a_few([route for route in ROUTES if not may(who, *route)]):
        for method, template in some:
            response = await world.call(method, template, person.headers())
            # A deleted workspace is nobody's business but its OWNERs', and this one is not deleted.
            found = response.status_code, response.json()["error_code"]
            assert found == refusal(who, template), (method, template)
            # A refusal that is about no workspace is in no workspace's log.
            refused += (
                template.startswith((W, PLATFORM))
                or (template.startswith(ORG) and who in ORG_ROLES)
                or (template.startswith(USER) and who in SEEING)
            )
        assert world.state() == before, some
        # Routes that ask for the same are told together at the end of a window.
        await world.service.edge.parts.audit.denials.flush()
        log = "SELECT actor_id, details FROM AuditLog WHERE outcome = 'DENIED'"
        logs = (log, log.replace("AuditLog", "PlatformAuditLog"))
        denials = chain.from_iterable(look(world.service.settings, [(sql, ()) for sql in logs]))
        counts = [(actor, json.loads(details).get("count", 1)) for actor, details in denials]
        assert {actor for actor, _ in counts} <= {person.user_id}
        assert sum(count for _, count in counts) == refused, some
    assert who == "OWNER" or refused > 0


async def test_the_ids_of_one_workspace_open_nothing_in_another(world: World) -> None:
    """An OWNER elsewhere, with the ids of this workspace, is a stranger here."""
    stranger = world.people["stranger"]
    own = await stranger.create_workspace("Elsewhere")
    stranger.pma_token = own["pma_token"]
    before = world.state()
    for some in a_few([route for route in ROUTES if "{workspace_id}" in route[1]]):
        for method, template in some:
            response = await world.call(method, template, stranger.headers())
            found = response.status_code, response.json()["error_code"]
            assert found == refusal("stranger", template), (method, template)
        assert world.state() == before, some


async def test_paths_that_do_not_exist_tell_a_stranger_nothing(service: Service) -> None:
    ada = await service.person("ada")
    for path in (
        "/nothing",
        "/workspacesx",
        "/auth",
        "/auth/validate/",
        "/docs/../workspaces",
    ):
        assert (await service.client.get(path)).status_code == 401
        assert (await ada.get(path)).status_code in (404, 405, 200, 307)
    response = await ada.request("PUT", "/workspaces")
    assert (response.status_code, response.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    response = await ada.get("/nothing")
    assert (response.status_code, response.json()["error_code"]) == (404, "NOT_FOUND")
