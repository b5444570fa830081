"""The wire of many changes of tasks in one request."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import Error, Id, View, Wire
from app.schemas.task_moves import TaskMove
from app.schemas.task_states import Assign, TransitionAdd
from app.schemas.tasks import ListedTask, TaskAdd, TaskPatch

MOST_ITEMS = 200


class _OfTask(Wire):
    task_id: Id
    version: (
        Annotated[int, Field(ge=1, lt=2**31, description="As `If-Match`: only if it is this.")] | None
    ) = None


class CreateItem(Wire):
    op: Literal["create"]
    body: TaskAdd


class UpdateItem(_OfTask):
    op: Literal["update"]
    body: TaskPatch


class DeleteItem(_OfTask):
    op: Literal["delete"]


class PickItem(_OfTask):
    op: Literal["pick"]


class AssignItem(_OfTask):
    op: Literal["assign"]
    body: Assign


class UnassignItem(_OfTask):
    op: Literal["unassign"]


class TransitionItem(_OfTask):
    op: Literal["transition"]
    body: TransitionAdd


class MoveItem(_OfTask):
    op: Literal["move"]
    body: TaskMove


Item = Annotated[
    CreateItem | UpdateItem | DeleteItem | PickItem | AssignItem | UnassignItem | TransitionItem | MoveItem,
    Field(discriminator="op"),
]


class BulkAdd(Wire):
    mode: Literal["atomic", "partial"] = Field(
        description="`atomic`: all or nothing, and the first error is the answer. "
        "`partial`: what fails leaves nothing behind, the others are done."
    )
    items: Annotated[
        list[Item],
        Field(
            min_length=1,
            max_length=MOST_ITEMS,
            description="Done in their order. `body` is what the route of each takes.",
            examples=[[{"op": "delete", "task_id": "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f", "version": 3}]],
        ),
    ]


class BulkResult(View):
    index: int = Field(description="The item's place among those sent, from 0.")
    op: str
    status: int = Field(description="What the route of its own would have answered.")
    task: ListedTask | None = Field(
        description="As it was after this item; null where it failed, or is gone."
    )
    error: Error | None


class Bulk(View):
    succeeded: int
    failed: int
    results: list[BulkResult] = Field(description="One for each item, in their order.")
