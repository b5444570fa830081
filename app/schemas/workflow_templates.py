"""The wire of /workspaces/{workspace_id}/workflow-templates."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from app.core import workflow_graphs as core
from app.core.workflow_graphs import MOST_EDGES, MOST_NODES, Fault, Graph, TriggerRule
from app.schemas.common import Description, Id, Page, UserId, View, Wire
from app.schemas.tasks import TaskText, Title
from app.schemas.user_types import TypeName

_TEN_YEARS = 315_360_000
NodeId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}$", description="Of its graph alone.", examples=["venue"]
    ),
]
EdgeEnd = Annotated[str, Field(max_length=64, pattern=r"^[!-~]+$", examples=["venue"])]
TemplateVersion = Annotated[int, Field(ge=1, le=2_147_483_647, examples=[1])]


class WorkflowAssigneeIn(Wire):
    """One of the two."""

    user_id: UserId | None = None
    user_type_id: Id | None = Field(None, description="Somebody of this type.")

    @model_validator(mode="after")
    def _is_one(self) -> "WorkflowAssigneeIn":
        if (self.user_id is None) == (self.user_type_id is None):
            raise ValueError("send user_id or user_type_id")
        return self

    def rule(self) -> core.Assignee:
        return core.Assignee(user_id=self.user_id, user_type_id=self.user_type_id)


class WorkflowNodeIn(Wire):
    id: NodeId
    title: Title
    description: TaskText | None = None
    task_type_id: Id | None = None
    assignee: WorkflowAssigneeIn | None = None
    due_offset_seconds: int | None = Field(
        None, ge=0, le=_TEN_YEARS, description="From when the instance is made."
    )
    trigger_rule: TriggerRule = Field(
        TriggerRule.ALL_DONE, description="What lets it go: all that it waits for is done, or one of it."
    )


class WorkflowEdgeIn(Wire):
    from_: EdgeEnd = Field(alias="from")
    to: EdgeEnd = Field(description="Waits for `from`.")


class WorkflowGraphIn(Wire):
    nodes: list[WorkflowNodeIn] = Field(
        description=f"At most {MOST_NODES}.", examples=[[{"id": "venue", "title": "Confirm the venue"}]]
    )
    edges: list[WorkflowEdgeIn] = Field(default_factory=list, description=f"At most {MOST_EDGES}.")

    def graph(self) -> Graph:
        """As the service takes it."""
        return Graph(
            nodes=tuple(
                core.Node(
                    id=node.id,
                    title=node.title,
                    description=node.description,
                    task_type_id=node.task_type_id,
                    assignee=node.assignee.rule() if node.assignee else None,
                    due_offset_seconds=node.due_offset_seconds,
                    trigger_rule=node.trigger_rule,
                )
                for node in self.nodes
            ),
            edges=tuple(core.Edge(edge.from_, edge.to) for edge in self.edges),
        )


class WorkflowTemplateAdd(Wire):
    name: TypeName
    description: Description | None = None
    graph: WorkflowGraphIn | None = Field(None, description="The draft to begin with; it may be wrong.")


class WorkflowTemplatePatch(Wire):
    """What is left out stays; a description of null is cleared."""

    name: TypeName = ""
    description: Description | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "WorkflowTemplatePatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, description")
        return self


class WorkflowVersionToRetire(Wire):
    template_version: TemplateVersion


class WorkflowTemplateToDuplicate(Wire):
    name: TypeName
    template_version: TemplateVersion | None = Field(None, description="The newest, where none is named.")


class WorkflowTemplate(View):
    id: str
    workspace_id: str
    name: str
    description: str | None
    latest_version: int | None = Field(description="The newest that is published and not retired.")
    draft_version: int | None = Field(description="What its draft will be when it is published.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="Counts the changes of the template, for ETags.")


class WorkflowTemplatePage(Page[WorkflowTemplate]): ...


class WorkflowAssignee(View):
    user_id: str | None
    user_type_id: str | None


class WorkflowNode(View):
    id: str
    title: str
    description: str | None
    task_type_id: str | None
    assignee: WorkflowAssignee | None
    due_offset_seconds: int | None
    trigger_rule: TriggerRule


class WorkflowEdge(View):
    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(alias="from")
    to: str


class WorkflowGraph(View):
    nodes: list[WorkflowNode]
    edges: list[WorkflowEdge]


class WorkflowVersion(View):
    template_id: str
    template_version: int
    status: Literal["DRAFT", "PUBLISHED", "RETIRED"]
    graph_hash: str = Field(
        description="SHA-256, in hexadecimal, of the graph as RFC 8785 writes it, without what is null."
    )
    created_by: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


class WorkflowVersionWithGraph(WorkflowVersion):
    graph: WorkflowGraph


class WorkflowVersionPage(Page[WorkflowVersion]): ...


class WorkflowProblem(View):
    code: Fault
    message: str
    node_id: str | None
    edge: WorkflowEdge | None
    nodes: list[str] | None = Field(description="Of a cycle: each before the one that waits for it.")


class WorkflowValidation(View):
    problems: list[WorkflowProblem] = Field(description="None: it could be published now.")
