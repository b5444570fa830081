"""A row for each screen of app/console/screens.js: where the walk goes, and what is there when it is shown."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """``path`` has names of ``House.ids`` in braces. ``ready`` is a selector, in the main part, of what the demo shows there;
    ``states`` are further addresses of the screen, dialogs and filters, looked at in one width."""

    name: str
    path: str
    ready: str
    states: tuple[str, ...] = ()


SCREENS = (
    Row("workspaces", "/", "text=Orbital mechanics", ("?dialog=new", "?show=deleted")),
    Row("join", "/join", "text=Token of the invitation"),
    Row("notifications", "/notifications", "tbody tr", ("?state=archived",)),
    Row("preferences", "/notifications/preferences", "table.matrix"),
    Row("organizations", "/organizations", "text=Flight Research", ("?dialog=found", "?show=archived")),
    Row(
        "organization",
        "/organizations/{org}",
        ".room",
        (
            "?dialog=edit",
            "?dialog=act:suspend",
            "?view=people",
            "?view=people&dialog=invite",
            "?view=workspaces",
            "?view=workspaces&dialog=ask",
            "?view=workspaces&dialog=appoint:{org_workspace}",
            "?view=workspaces&dialog=limits:{org_workspace}",
            "?view=look",
            "?view=directory",
            "?view=directory&dialog=map",
            "?view=directory&dialog=rotate:{connection}",
            "?view=directory&dialog=unmap:{mapping}",
            "?view=review",
            "?view=review&dialog=stop:{ada}",
            "?view=log",
            "?view=log&dialog=verify",
        ),
    ),
    Row(
        "platform",
        "/platform",
        "tbody tr",
        (
            "?dialog=limits:{org}",
            "?dialog=act:suspend~{org}",
            "?view=people",
            "?view=people&dialog=history:{ada}",
            "?view=people&dialog=erase:{grace}",
            "?view=workspaces",
            "?view=workspaces&dialog=limits:{workspace}",
            "?view=log",
            "?view=log&dialog=verify",
        ),
    ),
    Row("me", "/me", ".rows li", ("?dialog=everywhere", "?dialog=password", "?dialog=erase")),
    Row(
        "overview",
        "/w/{workspace}",
        ".timeline li",
        ("?dialog=edit", "?dialog=act:suspend", "?dialog=act:delete"),
    ),
    Row("projects", "/w/{workspace}/projects", "text=ENGINE", ("?dialog=new", "?status=deleted")),
    Row("events", "/w/{workspace}/events", "text=No project here"),
    Row(
        "project",
        "/w/{workspace}/projects/{project}",
        ".tiles a",
        ("?dialog=board", "?dialog=member", "?dialog=deleted-boards"),
    ),
    Row("board", "/w/{workspace}/boards/{board}", ".card-task", ("?dialog=column:new",)),
    Row("tasks", "/w/{workspace}/tasks", "text=ENGINE-23", ("?show=deleted", "?dialog=new")),
    Row(
        "task",
        "/w/{workspace}/tasks/{task}",
        ".timeline li",
        ("?dialog=move", "?dialog=edit", "?dialog=depend"),
    ),
    Row("workflows", "/w/{workspace}/workflows", "tbody tr", ("?view=templates", "?dialog=begin")),
    Row("workflow", "/w/{workspace}/workflows/{instance}", ".graph .node", ("?dialog=cancel",)),
    Row(
        "workflow_template",
        "/w/{workspace}/workflow-templates/{template}",
        ".graph .node",
        ("?dialog=step:new",),
    ),
    Row(
        "okrs",
        "/w/{workspace}/okrs",
        ".tree .node",
        (
            "?view=list",
            "?view=deleted",
            "?dialog=cycle",
            "?dialog=objective",
            "?view=cycles",
            "?view=cycles&dialog=clone:{cycle}",
            "?view=cycles&dialog=close:{cycle}",
            "?view=cycles&dialog=cycle-edit:{cycle}",
            "?view=cycles&dialog=cycle-delete:{cycle}",
        ),
    ),
    Row(
        "objective",
        "/w/{workspace}/okrs/{objective}",
        ".key-results li",
        (
            "?dialog=check-in:{key_result}",
            "?dialog=check-ins:{key_result}",
            "?dialog=finish",
            "?dialog=feed:{fed}",
            "?dialog=feed:{key_result}",
            "?dialog=result:{key_result}",
            "?dialog=attach",
            "?dialog=role",
            "?dialog=comment:{comment}",
            "?dialog=comment-delete:{comment}",
        ),
    ),
    Row("key_result", "/w/{workspace}/key-results/{key_result}", ".key-results li"),
    Row(
        "approvals", "/w/{workspace}/approvals", "tbody tr", ("?whose=submitted", "?whose=all&state=APPROVED")
    ),
    Row(
        "approval",
        "/w/{workspace}/approvals/{approval}",
        ".people li",
        (
            "?dialog=reject",
            "?dialog=approve",
            "?dialog=delegate",
            "?dialog=changes",
        ),
    ),
    Row(
        "approval_flows",
        "/w/{workspace}/approval-flows",
        ".stages li",
        ("?dialog=stage-objective:0", "?dialog=own-objective"),
    ),
    Row(
        "approval_delegations",
        "/w/{workspace}/approval-delegations",
        "tbody tr",
        ("?dialog=new", "?dialog=end:{delegation}"),
    ),
    Row("members", "/w/{workspace}/members", "text=Grace Hopper", ("?dialog=add", "?name=zzz")),
    Row("roles", "/w/{workspace}/roles?operation=workspace.", "text=workspace.delete"),
    Row(
        "invitations", "/w/{workspace}/invitations", "text=Links to join", ("?dialog=invite", "?dialog=link")
    ),
    Row(
        "analytics",
        "/w/{workspace}/analytics",
        ".chart img",
        ("?of=okr", "?of=approvals&bucket=month", "?of=links&bucket=day"),
    ),
    Row("files", "/w/{workspace}/files", "tbody tr", ("?dialog=limits",)),
    Row(
        "links",
        "/w/{workspace}/links",
        "tbody tr",
        ("?dialog=add", "?view=connections", "?dialog=connection:jira&view=connections"),
    ),
    Row("link", "/w/{workspace}/links/{link}", "tbody tr", ("?dialog=edit",)),
    Row(
        "connectors",
        "/w/{workspace}/connectors",
        "tbody tr",
        ("?dialog=new:postgres_ro", "?dialog=new:graph_excel"),
    ),
    Row("connector", "/w/{workspace}/connectors/{connector}", "tbody tr", ("?dialog=edit", "?dialog=delete")),
    Row("webhooks", "/w/{workspace}/webhooks", "tbody tr", ("?dialog=new",)),
    Row(
        "webhook",
        "/w/{workspace}/webhooks/{webhook}",
        "tbody tr",
        ("?dialog=delivery:{delivery}", "?dialog=replay"),
    ),
    Row("jobs", "/w/{workspace}/jobs", "tbody tr", ("?state=DEAD",)),
    Row(
        "audit",
        "/w/{workspace}/audit",
        "tbody tr",
        ("?dialog=verify", "?view=checkpoints"),
    ),
    Row("settings", "/w/{workspace}/settings", ".room", ("?dialog=move", "?dialog=act:delete")),
)
