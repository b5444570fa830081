"""The wire of /workspaces/{workspace_id}/workflow-instances and of what makes one."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from app.core.text import clean_line
from app.schemas.common import Id, Page, View, Wire
from app.schemas.tasks import State

InstanceState = Literal["RUNNING", "PAUSED", "COMPLETED", "CANCELLED"]
InstanceName = Annotated[
    str,
    Field(max_length=200, examples=["Summer party 2027"]),
    AfterValidator(lambda text: clean_line(text, limit=200)),
]
CorrelationKey = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[!-~]+$",
        description="A key of your own making for what the instance is of: whoever asks for the same under "
        "it again is answered the instance that there is, at any time.",
        examples=["order-10042"],
    ),
]


class WorkflowInstantiate(Wire):
    template_id: Id
    version: int | None = Field(
        None,
        ge=1,
        le=2_147_483_647,
        description="Of the template; the latest that is published, if left out.",
    )
    project_id: Id = Field(description="The project or event in which its tasks are made.")
    name: InstanceName
    correlation_key: CorrelationKey | None = None


class WorkflowInstance(View):
    id: str
    template_id: str
    template_version: int
    project_id: str
    name: str
    state: InstanceState
    correlation_key: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class WorkflowInstancePage(Page[WorkflowInstance]): ...


class WorkflowProgress(View):
    """How many nodes there are of each kind. ``hidden``: of whose tasks you may know nothing more."""

    total: int
    todo: int
    in_progress: int
    blocked: int
    done: int
    deleted: int
    hidden: int


class WorkflowInstanceNode(View):
    """A node with its task. Of one that is hidden from you there is the ordinal, and nothing else."""

    ordinal: int = Field(description="Its place: after all that it waits for.")
    is_hidden: bool
    is_deleted: bool = Field(description="Its task was deleted, and holds nobody.")
    node_id: str | None
    task_id: str | None
    key: str | None
    title: str | None = Field(description="The task's, which may have been changed.")
    task_type_id: str | None
    state: State | None
    blocked_by: Literal["DEPENDENCY", "MANUAL"] | None
    assignee_id: str | None
    assignee_user_type_id: str | None = Field(description="People of this type are to pick it.")
    trigger_rule: Literal["ALL_DONE", "ANY_DONE"] | None
    due_at: datetime | None


class WorkflowInstanceEdge(View):
    model_config = ConfigDict(serialize_by_alias=True)

    from_: int = Field(alias="from")
    to: int = Field(description="The ordinal of the node that waits for `from`.")


class WorkflowInstanceGraph(WorkflowInstance):
    progress: WorkflowProgress
    critical_path: list[int] = Field(
        description="The ordinals of the longest chain of nodes that are still to be done; a hidden one "
        "counts as such."
    )
    blocking: list[int] = Field(
        description="The ordinals of the nodes that somebody could go on with and that others wait for."
    )
    nodes: list[WorkflowInstanceNode]
    edges: list[WorkflowInstanceEdge] = Field(
        description="Of the workflow; dependencies by hand are not here."
    )


class WorkflowMigrate(Wire):
    version: int | None = Field(
        None, ge=1, le=2_147_483_647, description="The latest that is published, if left out."
    )
    dry_run: bool = Field(False, description="Only say what would change.")


class WorkflowMigration(View):
    """Nodes by their ids."""

    from_version: int
    to_version: int
    added: list[str]
    removed: list[str] = Field(description="Their tasks are deleted. What is done stays, and is not here.")
    kept: list[str]
    begun: list[str] = Field(description="Removed ones whose tasks are in work: they are in the way.")
    is_dry_run: bool
