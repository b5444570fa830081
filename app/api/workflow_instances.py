"""Workflow instances: what was made of a published version of a template."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.core.workflow_pictures import Shown
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.http.pictures import PICTURE, AcceptDep, drawn
from app.schemas import workflow_instances as wire
from app.schemas.common import Id
from app.services import workflow_instances, workflow_migrations

router = APIRouter(tags=["workflows"], route_class=DirectRoute)

_INSTANCE = "/workspaces/{workspace_id}/workflow-instances/{instance_id}"
_CHANGED = {
    200: {"model": wire.WorkflowInstance},
    **documented(
        work_errors.WorkflowInstanceNotFound,
        work_errors.ProjectArchived,
        work_errors.WorkflowInstanceState,
    ),
}


@router.post(
    "/workspaces/{workspace_id}/workflows/instantiate",
    operation_id="instantiateWorkflow",
    summary="Begin a workflow: make its tasks in a project (MEMBER, `assign`)",
    description="`assign` on tasks of the type of one of the nodes at least. Whoever is named in a node is "
    "assigned if they may take the task up, at once or when it is let go; of a user type nobody is.",
    status_code=201,
    responses={
        201: {"model": wire.WorkflowInstance},
        **documented(
            work_errors.ProjectNotFound,
            work_errors.ProjectArchived,
            work_errors.WorkflowTemplateNotFound,
            work_errors.WorkflowVersionNotFound,
            work_errors.WorkflowNotInForce,
            work_errors.CorrelationKeyUsed,
        ),
    },
)
async def instantiate(once: OnceDep, workspace_id: Id, body: wire.WorkflowInstantiate) -> Response:
    done = await once.perform(workflow_instances.instantiate, workspace_id=workspace_id, **dict(body))
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/workflow-instances",
    operation_id="listWorkflowInstances",
    summary="The workflow instances of the projects that I may see, the last made first",
    responses={200: {"model": wire.WorkflowInstancePage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    project_id: Id | None = None,
    template_id: Id | None = None,
    state: Annotated[wire.InstanceState | None, Query()] = None,
) -> Response:
    return await call.paged(
        workflow_instances.list_instances,
        page,
        workflow_instances.NEWEST,
        workspace_id=workspace_id,
        project_id=project_id,
        template_id=template_id,
        state=state,
    )


@router.get(
    _INSTANCE,
    operation_id="getWorkflowInstance",
    summary="One workflow instance: its graph with the states of its tasks, and how far it is",
    description="As far as you may see its tasks: a hidden one is a node without anything that tells of it.",
    responses={
        200: {"model": wire.WorkflowInstanceGraph},
        **documented(work_errors.WorkflowInstanceNotFound),
    },
)
async def get(call: CallDep, workspace_id: Id, instance_id: Id) -> Response:
    return answer(
        await call.read(workflow_instances.get_instance, workspace_id=workspace_id, instance_id=instance_id)
    )


@router.get(
    f"{_INSTANCE}/graph.svg",
    operation_id="drawWorkflowInstance",
    summary="A workflow instance as a picture, with the states of its tasks",
    description="As far as you may see them; the others are drawn without a word. "
    "`Accept: text/vnd.mermaid` or `text/plain` gets Mermaid's text.",
    response_class=Response,
    responses={**PICTURE, **documented(work_errors.WorkflowInstanceNotFound)},
)
async def draw(call: CallDep, workspace_id: Id, instance_id: Id, accept: AcceptDep) -> Response:
    graph = await call.read(
        workflow_instances.get_instance, workspace_id=workspace_id, instance_id=instance_id
    )
    nodes = [
        Shown(
            node.title or "",
            "DELETED" if node.is_deleted else node.state,
            node.trigger_rule == "ANY_DONE",
        )
        for node in graph.nodes
    ]
    return drawn(nodes, [(edge.from_, edge.to) for edge in graph.edges], accept)


@router.post(
    f"{_INSTANCE}/pause",
    operation_id="pauseWorkflowInstance",
    summary="Nothing that waits in it is let go, until it is resumed (MEMBER, `assign`)",
    responses=_CHANGED,
)
async def pause(once: OnceDep, workspace_id: Id, instance_id: Id) -> Response:
    done = await once.perform(
        workflow_instances.pause_instance, workspace_id=workspace_id, instance_id=instance_id
    )
    return done.response(200)


@router.post(
    f"{_INSTANCE}/resume",
    operation_id="resumeWorkflowInstance",
    summary="What was held up by a pause is let go (MEMBER, `assign`)",
    responses=_CHANGED,
)
async def resume(once: OnceDep, workspace_id: Id, instance_id: Id) -> Response:
    done = await once.perform(
        workflow_instances.resume_instance, workspace_id=workspace_id, instance_id=instance_id
    )
    return done.response(200)


@router.post(
    f"{_INSTANCE}/cancel",
    operation_id="cancelWorkflowInstance",
    summary="End it before it is done; its tasks stay as they are (MEMBER, `assign`)",
    responses=_CHANGED,
)
async def cancel(once: OnceDep, workspace_id: Id, instance_id: Id) -> Response:
    done = await once.perform(
        workflow_instances.cancel_instance, workspace_id=workspace_id, instance_id=instance_id
    )
    return done.response(200)


@router.post(
    f"{_INSTANCE}/migrate",
    operation_id="migrateWorkflowInstance",
    summary="Go on by a newer version of the template, or say what that would change (ADMIN)",
    description="Nodes are the same by their id. What is done stays, and kept tasks keep all that is theirs "
    "but what they wait for.",
    responses={
        200: {"model": wire.WorkflowMigration},
        **documented(
            work_errors.WorkflowInstanceNotFound,
            work_errors.ProjectArchived,
            work_errors.WorkflowInstanceState,
            work_errors.WorkflowVersionNotFound,
            work_errors.WorkflowNotInForce,
            work_errors.WorkflowVersionNotNewer,
            work_errors.WorkflowNodeBegun,
            work_errors.DependencyCycle,
        ),
    },
)
async def migrate(once: OnceDep, workspace_id: Id, instance_id: Id, body: wire.WorkflowMigrate) -> Response:
    done = await once.perform(
        workflow_migrations.migrate_instance,
        workspace_id=workspace_id,
        instance_id=instance_id,
        **dict(body),
    )
    return done.response(200)
