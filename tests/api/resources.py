"""The resources of this service. A new one is declared here, and is tried with the others."""

from __future__ import annotations

from tests.harness import add_org_member
from tests.resource import UNKNOWN, WORKSPACE, Act, Change, Listed, Make, Resource

_USERS = [f"00000000-0000-4000-8000-abcdef{number:06}" for number in range(8)]
WORKSPACES = Resource(
    name="workspace",
    item=WORKSPACE,
    missing="WORKSPACE_NOT_FOUND",
    make=Make(
        path="/workspaces",
        minimum=None,
        sent=lambda number: {"name": f"Number {number}"},
        action="workspace.created",
        beside=frozenset({"pma_token", "pma_token_expires_at"}),
    ),
    let_in=lambda owner, other, id_: owner.add(id_, other, "VIEWER"),
    stops={"suspend": "WORKSPACE_SUSPENDED", "archive": "WORKSPACE_ARCHIVED"},
    listed=Listed(path="/workspaces", minimum=None, filters={"deleted": True, "archived": True}),
    change=Change(minimum="ADMIN", bodies=({"name": "A"}, {"name": "B"}), action="workspace.updated"),
    remove=Act(minimum="OWNER", action="workspace.deleted"),
)
ORGANIZATIONS = Resource(
    name="organization",
    item="/organizations/{org_id}",
    missing="ORGANIZATION_NOT_FOUND",
    read="MEMBER",
    make=Make(
        path="/organizations",
        minimum=None,
        sent=lambda number: {"name": f"Number {number}"},
        action="organization.created",
        has_event=False,
    ),
    let_in=lambda owner, other, id_: add_org_member(owner.service, id_, other, "MEMBER"),
    stops={"suspend": "ORGANIZATION_SUSPENDED", "archive": "ORGANIZATION_ARCHIVED"},
    listed=Listed(path="/organizations", minimum=None, filters={"archived": True}),
    change=Change(
        minimum="ADMIN",
        bodies=({"name": "A"}, {"name": "B"}),
        action="organization.updated",
        has_event=False,
    ),
)
ORG_MEMBERS = Resource(
    name="user",
    within=ORGANIZATIONS,
    item="/organizations/{org_id}/members/{user_id}",
    missing="MEMBER_NOT_FOUND",
    read="MEMBER",
    make=Make(
        path="/organizations/{org_id}/members",
        minimum="ADMIN",
        sent=lambda number: {"user_id": _USERS[number]},
        action="organization.member_added",
        has_event=False,
        ids=_USERS,
    ),
    listed=Listed(
        path="/organizations/{org_id}/members", minimum="MEMBER", filters={"role": "MEMBER", "name": "a"}
    ),
    remove=Act(minimum="ADMIN", action="organization.member_removed", has_event=False),
)
MEMBERS = Resource(
    name="member",
    within=WORKSPACES,
    item=f"{WORKSPACE}/members/{{member_id}}",
    missing="MEMBER_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/members",
        minimum="ADMIN",
        sent=lambda number: {"user_id": f"00000000-0000-4000-8000-{number:012}", "role": "VIEWER"},
        action="member.added",
    ),
    listed=Listed(
        path=f"{WORKSPACE}/members", filters={"role": "VIEWER", "name": "a", "user_type_id": UNKNOWN}
    ),
    change=Change(
        minimum="ADMIN", bodies=({"role": "MEMBER"}, {"role": "ADMIN"}), action="member.role_changed"
    ),
    remove=Act(minimum="ADMIN", action="member.removed"),
)
LINKS = Resource(
    name="link",
    within=WORKSPACES,
    item=f"{WORKSPACE}/links/{{link_id}}",
    missing="LINK_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/links/jira",
        minimum="ADMIN",
        sent=lambda number: {"external_id": str(number), "verify": False},
        action="link.added",
    ),
    listed=Listed(path=f"{WORKSPACE}/links", filters={"provider": "jira"}),
    change=Change(
        minimum="ADMIN",
        bodies=({"display_name": "A", "config": {"a": 1}}, {"display_name": "B", "config": None}),
        action="link.updated",
    ),
    remove=Act(minimum="ADMIN", action="link.removed"),
)
CONNECTIONS = Resource(
    name="connection",
    within=WORKSPACES,
    item=f"{WORKSPACE}/integration-connections/{{provider}}",
    missing="CONNECTION_NOT_FOUND",
    read="ADMIN",
    make=Make(
        method="PUT",
        path=f"{WORKSPACE}/integration-connections/{{provider}}",
        minimum="ADMIN",
        sent=lambda number: {"base_url": f"https://n{number}.atlassian.net", "secret": "s"},
        action="connection.set",
        ids=("jira", "ado", "snow", "sharepoint"),
    ),
    change=Change(
        method="PUT",
        minimum="ADMIN",
        bodies=(
            {"base_url": "https://a.atlassian.net", "secret": "a"},
            {"base_url": "https://b.atlassian.net", "secret": "b"},
        ),
        action="connection.set",
        repeats_count=True,
    ),
    remove=Act(minimum="ADMIN", action="connection.removed"),
)
FILES = Resource(
    name="file",
    within=WORKSPACES,
    item=f"{WORKSPACE}/files/{{file_id}}",
    missing="FILE_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/files",
        minimum="MEMBER",
        sent=lambda number: {"file": (f"notes {number}.txt", b"some notes", "text/plain")},
        is_form=True,
        action="file.uploaded",
    ),
    listed=Listed(path=f"{WORKSPACE}/files"),
    # For a MEMBER's own.
    remove=Act(minimum="MEMBER", action="file.deleted"),
    is_versioned=False,
)
PROJECTS = Resource(
    name="project",
    within=WORKSPACES,
    item=f"{WORKSPACE}/projects/{{project_id}}",
    missing="PROJECT_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/projects",
        minimum="MEMBER",
        sent=lambda number: {"key": f"P{number}", "name": f"Number {number}"},
        action="project.created",
    ),
    listed=Listed(
        path=f"{WORKSPACE}/projects",
        filters={"kind": "event", "status": "ARCHIVED", "name": "n", "mine": True, "deleted": True},
    ),
    change=Change(
        minimum="MEMBER",
        bodies=(
            {"key": "AA", "name": "A", "description": "a"},
            {"key": "BB", "name": "B", "description": None},
        ),
        action="project.updated",
    ),
    remove=Act(minimum="ADMIN", action="project.deleted"),
)
EVENTS = Resource(
    name="project",
    within=WORKSPACES,
    item=f"{WORKSPACE}/events/{{event_id}}",
    missing="PROJECT_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/events",
        minimum="MEMBER",
        sent=lambda number: {"key": f"E{number}", "name": f"Number {number}"},
        action="project.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/events", filters={"status": "ARCHIVED", "name": "n", "mine": True}),
)
BOARDS = Resource(
    name="board",
    within=PROJECTS,
    item=f"{WORKSPACE}/boards/{{board_id}}",
    missing="BOARD_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/projects/{{project_id}}/boards",
        minimum="MEMBER",
        sent=lambda number: {"name": f"Number {number}"},
        action="board.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/projects/{{project_id}}/boards", without=frozenset({"columns"})),
    change=Change(minimum="MEMBER", bodies=({"name": "A"}, {"name": "B"}), action="board.updated"),
    remove=Act(minimum="MEMBER", action="board.deleted"),
)
COLUMNS = Resource(
    name="column",
    within=BOARDS,
    item=f"{WORKSPACE}/columns/{{column_id}}",
    missing="COLUMN_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/boards/{{board_id}}/columns",
        minimum="MEMBER",
        sent=lambda number: {"name": f"Number {number}", "wip_limit": number + 1},
        action="column.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/boards/{{board_id}}/columns"),
    change=Change(
        minimum="MEMBER",
        bodies=(
            {"name": "A", "wip_limit": 9, "maps_to_state": "TODO", "after": None},
            {"name": "B", "wip_limit": None, "maps_to_state": None},
        ),
        action="column.updated",
    ),
    remove=Act(minimum="MEMBER", action="column.deleted"),
)
TASKS = Resource(
    name="task",
    within=PROJECTS,
    item=f"{WORKSPACE}/tasks/{{task_id}}",
    missing="TASK_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/tasks",
        minimum="MEMBER",
        sent=lambda number: {"project_id": "{project_id}", "title": f"Number {number}"},
        action="task.created",
    ),
    listed=Listed(
        path=f"{WORKSPACE}/tasks",
        filters={
            "project_id": UNKNOWN,
            "assignee_id": UNKNOWN,
            "state": "DONE",
            "task_type_id": UNKNOWN,
            "label_id": UNKNOWN,
            "priority": "high",
            "created_by": UNKNOWN,
            "due_after": "2026-12-24T12:00:00Z",
            "due_before": "2026-12-24T12:00:00Z",
            "no_due": True,
            "watched": True,
        },
        without=frozenset({"description"}),
    ),
    change=Change(
        minimum="MEMBER",
        bodies=(
            {"title": "A", "description": "a", "priority": "high", "due_at": "2026-12-24T12:00:00Z"},
            {"title": "B", "description": None, "priority": "low", "due_at": None},
        ),
        action="task.updated",
    ),
    remove=Act(minimum="MEMBER", action="task.deleted"),
)
USER_TYPES = Resource(
    name="user_type",
    within=WORKSPACES,
    item=f"{WORKSPACE}/user-types/{{user_type_id}}",
    missing="USER_TYPE_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/user-types",
        minimum="ADMIN",
        sent=lambda number: {
            "name": f"Type {number}",
            "permissions": ["view", "take"],
            "hidden_states": ["TODO"] if number % 2 else [],
        },
        action="user_type.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/user-types"),
    change=Change(
        minimum="ADMIN",
        bodies=(
            {"name": "A", "access_level": "regular", "permissions": ["view"], "hidden_states": ["DONE"]},
            {"description": "B", "read_only": True, "permissions": [], "hidden_states": ["TODO"]},
        ),
        action="user_type.updated",
    ),
    remove=Act(minimum="ADMIN", action="user_type.deleted"),
)
TASK_TYPES = Resource(
    name="task_type",
    within=WORKSPACES,
    item=f"{WORKSPACE}/task-types/{{task_type_id}}",
    missing="TASK_TYPE_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/task-types",
        minimum="ADMIN",
        sent=lambda number: {"name": f"Type {number}", "is_restricted": bool(number % 2)},
        action="task_type.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/task-types"),
    change=Change(
        minimum="ADMIN",
        bodies=({"name": "A", "is_restricted": True}, {"name": "B", "description": "b"}),
        action="task_type.updated",
    ),
    remove=Act(minimum="ADMIN", action="task_type.deleted"),
)
COMMENTS = Resource(
    name="comment",
    within=TASKS,
    item=f"{WORKSPACE}/comments/{{comment_id}}",
    missing="COMMENT_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/tasks/{{task_id}}/comments",
        minimum="MEMBER",
        sent=lambda number: {"body": f"Number {number}"},
        action="comment.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/tasks/{{task_id}}/comments"),
    # Who wrote it changes it; who wrote it, and an ADMIN, deletes it.
    change=Change(minimum="MEMBER", bodies=({"body": "A"}, {"body": "B"}), action="comment.updated"),
    remove=Act(minimum="MEMBER", action="comment.deleted"),
)
LABELS = Resource(
    name="label",
    within=WORKSPACES,
    item=f"{WORKSPACE}/labels/{{label_id}}",
    missing="LABEL_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/labels",
        minimum="MEMBER",
        sent=lambda number: {"name": f"Number {number}", "color": f"#00000{number % 10}"},
        action="label.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/labels", filters={"name": "n"}),
    change=Change(
        minimum="MEMBER",
        bodies=({"name": "A", "color": "#AAAAAA"}, {"name": "B", "color": None}),
        action="label.updated",
    ),
    remove=Act(minimum="ADMIN", action="label.deleted"),
)
FILTERS = Resource(
    name="filter",
    within=WORKSPACES,
    item=f"{WORKSPACE}/filters/{{filter_id}}",
    missing="FILTER_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/filters",
        minimum="MEMBER",
        sent=lambda number: {
            "name": f"Number {number}",
            "filter": {"state": ["TODO"], "assignee_id": ["me"]},
            "is_shared": True,
        },
        action="filter.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/filters"),
    change=Change(
        minimum="MEMBER",
        bodies=({"name": "A", "filter": {"priority": ["high"]}}, {"name": "B", "filter": {}}),
        action="filter.updated",
    ),
    remove=Act(minimum="MEMBER", action="filter.deleted"),
)
WORKFLOW_TEMPLATES = Resource(
    name="workflow_template",
    within=WORKSPACES,
    item=f"{WORKSPACE}/workflow-templates/{{template_id}}",
    missing="WORKFLOW_TEMPLATE_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/workflow-templates",
        minimum="ADMIN",
        sent=lambda number: {
            "name": f"Template {number}",
            "graph": {"nodes": [{"id": "a", "title": f"Number {number}"}], "edges": []},
        },
        action="workflow_template.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/workflow-templates"),
    change=Change(
        minimum="ADMIN",
        bodies=({"name": "A", "description": "a"}, {"name": "B", "description": None}),
        action="workflow_template.updated",
    ),
    remove=Act(minimum="ADMIN", action="workflow_template.deleted"),
)
WEBHOOKS = Resource(
    name="webhook",
    within=WORKSPACES,
    item=f"{WORKSPACE}/webhooks/{{webhook_id}}",
    missing="WEBHOOK_NOT_FOUND",
    read="ADMIN",
    make=Make(
        path=f"{WORKSPACE}/webhooks",
        minimum="ADMIN",
        sent=lambda number: {"url": f"https://hooks.example.com/{number}", "event_types": ["task.*"]},
        action="webhook.created",
        beside=frozenset({"secret"}),
    ),
    listed=Listed(path=f"{WORKSPACE}/webhooks", minimum="ADMIN"),
    change=Change(
        minimum="ADMIN",
        bodies=(
            {"url": "https://hooks.example.com/a", "event_types": ["*"], "is_ordered": True},
            {"url": "https://hooks.example.com/b", "description": "B"},
        ),
        action="webhook.updated",
    ),
    remove=Act(minimum="ADMIN", action="webhook.deleted"),
)
OKR_CYCLES = Resource(
    name="okr_cycle",
    within=WORKSPACES,
    item=f"{WORKSPACE}/okr/cycles/{{cycle_id}}",
    missing="OKR_CYCLE_NOT_FOUND",
    stops={"close": "OKR_CYCLE_CLOSED"},
    make=Make(
        path=f"{WORKSPACE}/okr/cycles",
        minimum="ADMIN",
        sent=lambda number: {
            "name": f"Number {number}",
            "starts_on": "2027-01-01",
            "ends_on": "2027-03-31",
        },
        action="okr_cycle.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/okr/cycles", filters={"state": "CLOSED"}),
    change=Change(
        minimum="ADMIN",
        bodies=({"name": "A"}, {"name": "B", "starts_on": "2027-01-04", "ends_on": "2027-04-03"}),
        action="okr_cycle.updated",
    ),
    remove=Act(minimum="ADMIN", action="okr_cycle.deleted"),
    is_kept=True,
)
OBJECTIVES = Resource(
    name="objective",
    within=OKR_CYCLES,
    item=f"{WORKSPACE}/okr/objectives/{{objective_id}}",
    missing="OBJECTIVE_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/okr/objectives",
        minimum="MEMBER",
        sent=lambda number: {"cycle_id": "{cycle_id}", "title": f"Number {number}"},
        action="objective.created",
    ),
    listed=Listed(
        path=f"{WORKSPACE}/okr/objectives",
        filters={
            "cycle_id": UNKNOWN,
            "owner_id": UNKNOWN,
            "level": "TEAM",
            "state": "ACTIVE",
            "parent_id": UNKNOWN,
            "deleted": True,
        },
        without=frozenset({"description"}),
    ),
    # Whose it is, and an ADMIN.
    change=Change(
        minimum="MEMBER",
        bodies=({"title": "A", "description": "a", "level": "COMPANY"}, {"title": "B", "description": None}),
        action="objective.updated",
    ),
    remove=Act(minimum="MEMBER", action="objective.deleted"),
)
KEY_RESULTS = Resource(
    name="key_result",
    within=OBJECTIVES,
    item=f"{WORKSPACE}/okr/key-results/{{key_result_id}}",
    missing="KEY_RESULT_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/okr/objectives/{{objective_id}}/key-results",
        minimum="MEMBER",
        sent=lambda number: {
            "title": f"Number {number}",
            "metric": {"direction": "INCREASE", "baseline": "0", "target": "100.5"},
        },
        action="key_result.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/okr/objectives/{{objective_id}}/key-results"),
    change=Change(
        minimum="MEMBER",
        bodies=({"title": "A", "weight": 2, "stale_after": 86400}, {"title": "B", "stale_after": None}),
        action="key_result.updated",
    ),
    remove=Act(minimum="MEMBER", action="key_result.deleted"),
)
CONNECTORS = Resource(
    name="connector",
    within=WORKSPACES,
    item=f"{WORKSPACE}/connectors/{{connector_id}}",
    missing="CONNECTOR_NOT_FOUND",
    read="ADMIN",
    make=Make(
        path=f"{WORKSPACE}/connectors",
        minimum="ADMIN",
        sent=lambda number: {
            "name": f"Number {number}",
            "kind": "graph_excel",
            "config": {"drive_id": "d", "item_id": f"i{number}", "name": "Total"},
            "fallback": "STATIC",
            "static_value": {"columns": ["n"], "rows": [[number]]},
        },
        action="connector.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/connectors", minimum="ADMIN"),
    change=Change(
        minimum="ADMIN",
        bodies=(
            {"name": "A", "schedule": {"every_minutes": 15}},
            {"name": "B", "config": {"drive_id": "d", "item_id": "other", "table": "T"}, "schedule": None},
        ),
        action="connector.updated",
    ),
    remove=Act(minimum="ADMIN", action="connector.deleted"),
)
OBJECTIVE_COMMENTS = Resource(
    name="objective_comment",
    within=OBJECTIVES,
    item=f"{WORKSPACE}/okr/comments/{{objective_comment_id}}",
    missing="OBJECTIVE_COMMENT_NOT_FOUND",
    make=Make(
        path=f"{WORKSPACE}/okr/objectives/{{objective_id}}/comments",
        minimum="MEMBER",
        sent=lambda number: {"body": f"Number {number}"},
        action="objective_comment.created",
    ),
    listed=Listed(path=f"{WORKSPACE}/okr/objectives/{{objective_id}}/comments"),
    change=Change(
        minimum="MEMBER", bodies=({"body": "A"}, {"body": "B"}), action="objective_comment.updated"
    ),
    remove=Act(minimum="MEMBER", action="objective_comment.deleted"),
)
RESOURCES = (
    WORKSPACES,
    ORGANIZATIONS,
    ORG_MEMBERS,
    MEMBERS,
    LINKS,
    CONNECTIONS,
    CONNECTORS,
    WEBHOOKS,
    FILES,
    PROJECTS,
    EVENTS,
    BOARDS,
    COLUMNS,
    TASKS,
    FILTERS,
    USER_TYPES,
    TASK_TYPES,
    COMMENTS,
    LABELS,
    WORKFLOW_TEMPLATES,
    OKR_CYCLES,
    OBJECTIVES,
    KEY_RESULTS,
    OBJECTIVE_COMMENTS,
)
