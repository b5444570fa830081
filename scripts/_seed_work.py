"""The part of the demo that is work: EventFlow's sample, and a project that is worth looking at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from app.core.caller import Caller
from app.core.demo_accounts import EVENTFLOW_TYPES
from app.core.permissions import Role
from app.core.task_states import TaskState
from app.core.work import ProjectKind, Visibility
from app.kernel.placing import End
from app.services import (
    boards,
    columns,
    comments,
    eligibility,
    labels,
    members,
    project_members,
    projects,
    task_dependencies,
    task_moves,
    task_states,
    task_types,
    tasks,
    user_types,
)
from app.services.columns import NewColumn
from app.services.tasks import NewTask
from scripts._seed_workflows import tell_of_a_workflow
from scripts._story import Story


class Step(NamedTuple):
    """A task: in which state it ends, whose it is, and after which it comes, by their places in the list."""

    title: str
    state: TaskState = TaskState.TODO
    whose: str | None = None
    priority: str = "normal"
    kind: str | None = None
    due_in: int | None = None
    after: tuple[int, ...] = ()
    why: str | None = None
    said: tuple[tuple[str, str], ...] = ()
    """Who says what of it."""


_TODO, _DOING, _BLOCKED, _DONE = TaskState
_PATHS: Mapping[TaskState, tuple[TaskState, ...]] = {
    _TODO: (),
    _DOING: (_DOING,),
    _BLOCKED: (_DOING, _BLOCKED),
    _DONE: (_DOING, _DONE),
}
_COLUMNS = {_TODO: "To do", _DOING: "In progress", _BLOCKED: "Waiting", _DONE: "Done"}
_WIP_LIMITS = {_DOING: 6}
_REASONS = {_DOING: "Begun.", _BLOCKED: "Waiting for an answer.", _DONE: "Finished and checked."}
_TASK_TYPES = {
    "Venue": "Rooms, stages and what stands in them.",
    "Catering": "Food and drink.",
    "Sound and light": "What is heard and seen.",
    "Security": "Who comes in, and how everybody gets out.",
    "Guest services": "Invitations, seats and questions.",
}
_MAPPINGS = {
    "EventManager": (*_TASK_TYPES,),
    "Vendor": ("Catering", "Sound and light"),
    "Customer": ("Venue", "Catering", "Guest services"),
    "Coordinator": (*_TASK_TYPES,),
}
"""Who is of the access level admin needs none."""
_GALA = (
    Step("Book the great hall", _DONE, "manager1", "high", "Venue"),
    Step("Plan the tables", _DOING, "manager1", kind="Venue", due_in=5, after=(0,)),
    Step("Agree on the menu", _DOING, "vendor1", "high", "Catering", 3),
    Step("Order drinks", kind="Catering", due_in=7, after=(2,)),
    Step(
        "Hang the lights", _BLOCKED, "vendor1", kind="Sound and light", why="The hall is locked until Monday."
    ),
    Step("Check the exits", _DONE, "manager1", "urgent", "Security"),
    Step("Send the invitations", _DONE, "manager1", "high", "Guest services"),
    Step("Answer questions of guests", _DOING, "manager1", "low", "Guest services"),
    Step("Print the seating plan", kind="Guest services", due_in=9, after=(1,)),
)
_SUMMIT = (
    Step("Find a venue for 400", _DOING, "manager1", "urgent", "Venue", 2),
    Step("Hire guards", kind="Security", due_in=20, after=(0,)),
    Step("Rent microphones", kind="Sound and light", due_in=15),
    Step("Ask for offers of caterers", _DOING, "manager1", kind="Catering"),
    Step("Open the registration", kind="Guest services", priority="high", due_in=10, after=(0,)),
)
_EVENTS = (
    (
        "GALA",
        "Spring gala",
        "An evening for three hundred guests.",
        ("manager1", "vendor1", "customer1", "coordinator1"),
        _GALA,
    ),
    ("SUMMIT", "Autumn summit", "Two days, two stages.", ("manager1", "coordinator1"), _SUMMIT),
)
_PACE = timedelta(hours=2)
"""How long each thing takes that is done at the engine."""
_LABELS = {
    "paper": ("#1d4ed8", (0, 4, 5, 8, 9, 22)),
    "brass": ("#b45309", (1, 2, 3, 6, 7, 11)),
    "money": ("#b91c1c", (11, 12, 18)),
}
"""Of the engine's tasks: a colour, and the places of those that have it."""
_ENGINE = (
    Step("Draw the anticipating carriage", _DONE, "ada", "high"),
    Step("Cast the number wheels", _DONE, "alan", "high"),
    Step("Cut the columns to length", _DONE, "alan"),
    Step("Count the wheels that came back", _DONE, "katherine", "low"),
    Step("Write note A", _DONE, "ada"),
    Step("Write note B", _DONE, "ada"),
    Step(
        "Assemble the mill",
        _DOING,
        "alan",
        "urgent",
        due_in=4,
        after=(0, 1),
        said=(
            ("alan", "The carriage fits. Two teeth need filing."),
            ("ada", "Then file them before Monday."),
        ),
    ),
    Step("Assemble the store", _DOING, "katherine", "high", due_in=6, after=(1, 2)),
    Step("Translate Menabrea's paper", _DOING, "ada"),
    Step("Write note G: the numbers of Bernoulli", _DOING, "ada", "urgent", due_in=3),
    Step(
        "Find out why wheel 7 sticks",
        _DOING,
        "grace",
        "high",
        due_in=1,
        said=(
            ("katherine", "It stuck again, at 47 turns."),
            ("grace", "There is a moth in it."),
            ("ada", "Keep the moth."),
        ),
    ),
    Step("Order brass", _BLOCKED, "grace", why="The foundry wants to be paid for the last order."),
    Step("Have the patent looked at", _BLOCKED, "grace", "low", why="The lawyer is at sea."),
    Step("Join mill and store", priority="high", due_in=12, after=(6, 7)),
    Step("Punch cards for a first program", priority="high", due_in=14),
    Step("Run the first program", priority="urgent", due_in=21, after=(13, 14)),
    Step("Compare its table with one by hand", due_in=25, after=(15,)),
    Step("Build the printer", whose="alan"),
    Step("Choose paper for the printer", priority="low"),
    Step("Oil the axles", whose="katherine", due_in=2),
    Step("Label the drawers of cards", priority="low"),
    Step("Show it to the Royal Society", priority="high", due_in=40, after=(15, 16)),
    Step("Write down what every lever does"),
    Step("Find a room without damp", whose="grace", due_in=8),
)


async def tell_of_events(story: Story, people: Mapping[str, Caller], workspace_id: str) -> None:
    """EventFlow's sample: five types of people with one person each, five of tasks, who sees which, and two
    events. ``people`` by what stands before the @ of their address; the admin is OWNER of the workspace."""
    admin = people["admin"]
    template = await story.tell(admin, user_types.add_from_template, workspace_id=workspace_id)
    of_people = {each.name: each.id for each in template.items}
    of_tasks = {}
    for name, description in _TASK_TYPES.items():
        kind = await story.tell(
            admin,
            task_types.add_task_type,
            name=name,
            description=description,
            is_restricted=True,
            workspace_id=workspace_id,
        )
        of_tasks[name] = kind.id
    for user_type, names in _MAPPINGS.items():
        for name in names:
            await story.tell(
                admin,
                eligibility.set_mapping,
                workspace_id=workspace_id,
                user_type_id=of_people[user_type],
                task_type_id=of_tasks[name],
            )
    for address, user_type in EVENTFLOW_TYPES.items():
        person = people[address.partition("@")[0]]
        if person is not admin:
            member = await story.tell(
                admin,
                members.add_member,
                user_id=person.user_id,
                role=Role.MEMBER,
                display_name=None,
                workspace_id=workspace_id,
            )
            await story.tell(
                admin,
                members.change_member,
                member_id=member.id,
                user_type_id=of_people[user_type],
                workspace_id=workspace_id,
            )
    await tell_of_a_workflow(story, admin, workspace_id, of_people, of_tasks)
    for key, name, description, invited, steps in _EVENTS:
        event = await story.tell(
            admin,
            projects.create_project,
            kind=ProjectKind.EVENT,
            key=key,
            name=name,
            description=description,
            visibility=Visibility.MEMBERS,
            workspace_id=workspace_id,
        )
        for each in invited:
            await story.tell(
                admin,
                project_members.add_project_member,
                project_id=event.id,
                user_id=people[each].user_id,
                workspace_id=workspace_id,
            )
        plan = Plan(story, workspace_id, event.id, people, people["manager1"], of_tasks)
        await plan.carry_out(steps)


async def tell_of_an_engine(story: Story, people: Mapping[str, Caller], workspace_id: str) -> None:
    """A project with two dozen tasks on a board; ``people`` as in ``tell_of_events``, and ada makes it."""
    story.pace = _PACE
    ada = people["ada"]
    project = await story.tell(
        ada,
        projects.create_project,
        kind=ProjectKind.PROJECT,
        key="ENGINE",
        name="The first engine",
        description="From drawings to a table that is right.",
        visibility=Visibility.WORKSPACE,
        workspace_id=workspace_id,
    )
    plan = Plan(story, workspace_id, project.id, people, ada, {})
    ids = await plan.carry_out(_ENGINE)
    await plan.put_on_a_board("Workshop", ids)
    for name, (color, places) in _LABELS.items():
        label = await story.tell(ada, labels.create_label, workspace_id=workspace_id, name=name, color=color)
        for at in places:
            await story.tell(
                ada,
                labels.label_task,
                workspace_id=workspace_id,
                task_id=ids[at],
                label_id=label.id,
                is_on=True,
            )
    story.pace = timedelta()


@dataclass(frozen=True)
class Plan:
    """The tasks of one project, and who makes them and hands them out."""

    story: Story
    workspace_id: str
    project_id: str
    people: Mapping[str, Caller]
    maker: Caller
    types: Mapping[str, str]

    async def carry_out(self, steps: Sequence[Step]) -> list[str]:
        """All are made, then what they wait for, and then done as far as it goes, in their order. Answers
        their ids."""
        ids = [await self._create(step) for step in steps]
        for step, task_id in zip(steps, ids, strict=True):
            for parent in step.after:
                await self.story.tell(
                    self.maker,
                    task_dependencies.add_dependency,
                    workspace_id=self.workspace_id,
                    task_id=task_id,
                    parent_id=ids[parent],
                )
        for step, task_id in zip(steps, ids, strict=True):
            await self._do(step, task_id)
            for who, text in step.said:
                await self.story.tell(
                    self.people[who],
                    comments.add_comment,
                    workspace_id=self.workspace_id,
                    task_id=task_id,
                    body=text,
                    mentions=(),
                )
        return ids

    async def put_on_a_board(self, name: str, task_ids: Sequence[str]) -> None:
        """One with a column for each state, and each task in that of its own."""
        board = await self.story.tell(
            self.maker,
            boards.create_board,
            workspace_id=self.workspace_id,
            project_id=self.project_id,
            name=name,
        )
        made = {}
        for state, title in _COLUMNS.items():
            column = await self.story.tell(
                self.maker,
                columns.create_column,
                workspace_id=self.workspace_id,
                board_id=board.id,
                new=NewColumn(title, wip_limit=_WIP_LIMITS.get(state), maps_to_state=state),
                spot=End.BOTTOM,
            )
            made[state] = column.id
        for task_id in task_ids:
            task = await self.story.ask(
                self.maker, tasks.get_task, workspace_id=self.workspace_id, task_id=task_id
            )
            await self.story.tell(
                self.maker,
                task_moves.move_task,
                workspace_id=self.workspace_id,
                task_id=task_id,
                column_id=made[TaskState(task.state)],
            )

    async def _create(self, step: Step) -> str:
        due_at = None if step.due_in is None else self.story.clock.present + timedelta(days=step.due_in)
        new = NewTask(
            step.title,
            task_type_id=self.types[step.kind] if step.kind else None,
            priority=step.priority,
            due_at=due_at,
        )
        task = await self.story.tell(
            self.maker, tasks.create_task, workspace_id=self.workspace_id, project_id=self.project_id, new=new
        )
        return task.id

    async def _do(self, step: Step, task_id: str) -> None:
        if step.whose is None:
            return
        person = self.people[step.whose]
        if self.types and person is not self.maker:
            coordinator = self.people["coordinator1"]
            await self.story.tell(
                coordinator,
                task_states.assign_task,
                workspace_id=self.workspace_id,
                task_id=task_id,
                user_id=person.user_id,
            )
        else:
            await self.story.tell(
                person, task_states.pick_task, workspace_id=self.workspace_id, task_id=task_id
            )
        for state in _PATHS[step.state]:
            reason = step.why if state is step.state and step.why else _REASONS[state]
            await self.story.tell(
                person,
                task_states.transition_task,
                workspace_id=self.workspace_id,
                task_id=task_id,
                to=state,
                reason=reason,
                transition_id=None,
            )
