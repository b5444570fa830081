"""The part of the demo that is workflows: EventFlow's one template."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.core.caller import Caller
from app.core.workflow_graphs import Assignee, Edge, Graph, Node
from app.services import workflow_templates, workflow_versions
from scripts._story import Story

_NODES = (
    ("venue", "Book the venue", "Venue", 7, ()),
    ("menu", "Agree on the menu", "Catering", 14, ("venue",)),
    ("sound", "Rent sound and light", "Sound and light", 14, ("venue",)),
    ("exits", "Check the exits", "Security", 14, ("venue",)),
    ("invitations", "Send the invitations", "Guest services", 21, ("venue", "menu")),
    ("rehearsal", "Rehearse in the hall", "Sound and light", 28, ("sound", "exits")),
    ("doors", "Open the doors", "Guest services", 30, ("invitations", "rehearsal")),
)
"""Id, title, type of tasks, when it is due in days, and what it waits for."""


async def tell_of_a_workflow(
    story: Story,
    admin: Caller,
    workspace_id: str,
    of_people: Mapping[str, str],
    of_tasks: Mapping[str, str],
) -> None:
    """Every event goes this way. ``of_people`` and ``of_tasks`` are the types by their names."""
    graph = Graph(
        nodes=tuple(
            Node(
                id=id_,
                title=title,
                task_type_id=of_tasks[kind],
                assignee=Assignee(user_type_id=of_people["EventManager"]) if id_ == "venue" else None,
                due_offset_seconds=int(timedelta(days=days).total_seconds()),
            )
            for id_, title, kind, days, _ in _NODES
        ),
        edges=tuple(Edge(before, id_) for id_, _, _, _, waits_for in _NODES for before in waits_for),
    )
    made = await story.tell(
        admin,
        workflow_templates.add_template,
        workspace_id=workspace_id,
        name="Run an event",
        description="From the venue to the open doors.",
        graph=graph,
    )
    await story.tell(
        admin, workflow_versions.publish_template, workspace_id=workspace_id, template_id=made.id
    )
