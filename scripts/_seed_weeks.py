"""The part of the demo that goes on for weeks: many small tasks, so that figures over time show something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from app.core.caller import Caller
from app.core.task_states import TaskState
from app.core.work import ProjectKind, Visibility
from app.services import projects, task_states, tasks
from app.services.tasks import NewTask
from scripts._story import Story

_TABLES = (
    *("squares", "cubes", "square roots", "reciprocals", "sines", "cosines", "tangents", "logarithms"),
    *("antilogarithms", "tides", "eclipses", "annuities"),
)
_WORK = ("Draw the cards for", "Punch the cards for", "Prove the table of")
_WHO = ("alan", "katherine", "grace", "ada", "katherine")
_FIRST, _APART = 70.0, 1.9
"""Days ago, and between two."""
Moment = tuple[float, Callable[[], Awaitable[None]]]
"""Days ago, and what is done then."""


async def begin_cards(story: Story, people: Mapping[str, Caller], workspace_id: str) -> str:
    """A project of cards; answers its id."""
    project = await story.tell(
        people["ada"],
        projects.create_project,
        kind=ProjectKind.PROJECT,
        key="CARDS",
        name="Weaving of cards",
        description="One table after the other.",
        visibility=Visibility.WORKSPACE,
        workspace_id=workspace_id,
    )
    return project.id


def weeks_of_cards(
    story: Story, people: Mapping[str, Caller], workspace_id: str, project_id: str
) -> list[Moment]:
    """What becomes of the project's tasks, day by day: most are done, the last ones are under way or wait."""
    moments: list[Moment] = []
    titles = [f"{work} {table}" for table in _TABLES for work in _WORK]
    for number, title in enumerate(titles):
        person = people[_WHO[number % len(_WHO)]]
        card = _Card(story, person, workspace_id, title)
        made = _FIRST - number * _APART
        begun = made - 0.5 - number * 7 % 5
        done = begun - 0.4 - (number * 11 % 13) / 1.5
        moments.append((made, partial(card.make, project_id)))
        moments += [(begun, card.begin)] if begun > 0 else []
        moments += [(done, card.end)] if done > 0 else []
    return moments


class _Card:
    def __init__(self, story: Story, person: Caller, workspace_id: str, title: str) -> None:
        self._story, self._person, self._title = story, person, title
        self._workspace_id, self._task_id = workspace_id, ""

    async def make(self, project_id: str) -> None:
        made = await self._story.tell(
            self._person,
            tasks.create_task,
            workspace_id=self._workspace_id,
            project_id=project_id,
            new=NewTask(self._title),
        )
        self._task_id = made.id

    async def begin(self) -> None:
        await self._story.tell(
            self._person, task_states.pick_task, workspace_id=self._workspace_id, task_id=self._task_id
        )
        await self._go(TaskState.IN_PROGRESS, "begun")

    async def end(self) -> None:
        await self._go(TaskState.DONE, "proved")

    async def _go(self, to: TaskState, reason: str) -> None:
        await self._story.tell(
            self._person,
            task_states.transition_task,
            workspace_id=self._workspace_id,
            task_id=self._task_id,
            to=to,
            reason=reason,
            transition_id=None,
        )


async def tell_in_order(story: Story, moments: list[Moment]) -> None:
    """What several parts of the demo have to tell, one day after the other."""
    for days_ago, act in sorted(moments, key=lambda moment: -moment[0]):
        story.clock.go_to(days_ago)
        await act()
