"""The part of the demo that is approvals: how tables are proved is agreed on before anybody works by it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise

from app.core.approvals import Act, Deciders, Stage
from app.core.caller import Caller
from app.core.permissions import Role
from app.core.workflow_graphs import Edge, Graph, Node
from app.kernel.approvals import Approvables
from app.services import approval_decisions, approval_flows, workflow_templates
from scripts._seed_weeks import Moment
from scripts._story import Story

_STAGES = (
    Stage(
        "peers",
        "Somebody who works by it",
        Deciders((Role.MEMBER,)),
        deadline_hours=72,
        escalate_to=Deciders((Role.ADMIN, Role.OWNER)),
    ),
    Stage("engineer", "Whoever answers for the machine", Deciders((Role.ADMIN, Role.OWNER))),
)
_TEMPLATES = "workflow_template"


class _Draft:
    """What grace has drafted; it is submitted when it is saved."""

    def __init__(
        self, story: Story, people: Mapping[str, Caller], approvables: Approvables, place: str
    ) -> None:
        self._story, self._people, self._approvables, self._place = story, people, approvables, place
        self._template_id = self._request_id = ""

    async def set_flow(self) -> None:
        await self._story.tell(
            self._people["ada"],
            approval_flows.set_flow,
            workspace_id=self._place,
            object_type=_TEMPLATES,
            stages=_STAGES,
        )

    async def submit(self, name: str, *steps: str) -> None:
        nodes = tuple(Node(id=f"step{number}", title=title) for number, title in enumerate(steps))
        graph = Graph(nodes, tuple(Edge(a.id, b.id) for a, b in pairwise(nodes)))
        grace = self._people["grace"]
        made = await self._story.tell(
            grace,
            workflow_templates.add_template,
            workspace_id=self._place,
            name=name,
            description=None,
            graph=graph,
        )
        request = await self._story.tell(
            grace,
            approval_decisions.submit,
            self._approvables,
            workspace_id=self._place,
            object_type=_TEMPLATES,
            object_id=made.id,
        )
        self._request_id = request.id

    async def decide(self, who: str, act: Act = Act.APPROVE, reason: str | None = None) -> None:
        await self._story.tell(
            self._people[who],
            approval_decisions.decide,
            self._approvables,
            workspace_id=self._place,
            approval_id=self._request_id,
            act=act,
            reason=reason,
        )


def weeks_of_approvals(
    story: Story, people: Mapping[str, Caller], approvables: Approvables, workspace_id: str
) -> list[Moment]:
    """One was sent back, one was published by its last approval, and one waits for ada."""
    draft = _Draft(story, people, approvables, workspace_id)

    async def begin() -> None:
        await draft.set_flow()
        await draft.submit("Prove a table", "Compute it twice", "Compare the two")

    async def begin_again() -> None:
        await draft.submit("Prove a table by two", "Compute it", "Compute it, by another", "Compare the two")

    async def order() -> None:
        await draft.submit("Order cards", "Count what is left", "Write to the paper mill")

    return [
        (40.0, begin),
        (38.5, partial(draft.decide, "alan", Act.REQUEST_CHANGES, "By two people, or it proves nothing.")),
        (30.0, begin_again),
        (28.0, partial(draft.decide, "katherine")),
        (26.5, partial(draft.decide, "ada")),
        (5.0, order),
        (3.5, partial(draft.decide, "alan")),
    ]
