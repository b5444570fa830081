"""What is wrong with the graph of a workflow, and the versions of a template, which do not change."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.core import approval_errors, work_errors
from app.core.workflow_graphs import TriggerRule
from app.core.workflow_pictures import Shown
from app.http.conditions import IfMatch
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.http.pictures import PICTURE, AcceptDep, drawn
from app.schemas import workflow_templates as wire
from app.schemas.common import Id
from app.services import workflow_versions

router = APIRouter(tags=["workflows"], route_class=DirectRoute)
Version = Annotated[int, Path(ge=1, le=2_147_483_647)]
_AFTER_ALL = 2_147_483_647
_PLACE = "/workspaces/{workspace_id}/workflow-templates"


@router.post(
    f"{_PLACE}/validate",
    operation_id="validateWorkflow",
    summary="All that is wrong with a graph",
    description="Nothing is kept. What is wrong is no error: it is answered with 200.",
    responses={200: {"model": wire.WorkflowValidation}},
)
async def validate(call: CallDep, workspace_id: Id, body: wire.WorkflowGraphIn) -> Response:
    found = await call.read(workflow_versions.validate_graph, workspace_id=workspace_id, graph=body.graph())
    return answer(found)


@router.post(
    f"{_PLACE}/{{template_id}}/publish",
    operation_id="publishWorkflowTemplate",
    summary="Publish the draft of a template (ADMIN)",
    description="It gets the next number, and changes no more. Where the workspace has templates approved "
    "(`…/approval-flows/workflow_template`), it is submitted instead.",
    responses={
        200: {"model": wire.WorkflowVersionWithGraph},
        **documented(
            work_errors.WorkflowTemplateNotFound,
            work_errors.NoWorkflowDraft,
            work_errors.WorkflowInvalid,
            approval_errors.ApprovalRequired,
        ),
    },
)
async def publish(once: OnceDep, workspace_id: Id, template_id: Id, if_match: IfMatch) -> Response:
    done = await once.perform(
        workflow_versions.publish_template,
        workspace_id=workspace_id,
        template_id=template_id,
        expected=if_match,
    )
    return done.response(200)


@router.post(
    f"{_PLACE}/{{template_id}}/retire",
    operation_id="retireWorkflowVersion",
    summary="Have no instance made from a version any more (ADMIN)",
    responses={
        200: {"model": wire.WorkflowVersion},
        **documented(
            work_errors.WorkflowTemplateNotFound,
            work_errors.WorkflowVersionNotFound,
            work_errors.WorkflowNotPublished,
        ),
    },
)
async def retire(
    once: OnceDep, workspace_id: Id, template_id: Id, body: wire.WorkflowVersionToRetire
) -> Response:
    done = await once.perform(
        workflow_versions.retire_version,
        workspace_id=workspace_id,
        template_id=template_id,
        template_version=body.template_version,
    )
    return done.response(200)


@router.get(
    f"{_PLACE}/{{template_id}}/versions",
    operation_id="listWorkflowVersions",
    summary="The versions of a template without their graphs, the newest first",
    responses={200: {"model": wire.WorkflowVersionPage}, **documented(work_errors.WorkflowTemplateNotFound)},
)
async def list_versions(call: CallDep, workspace_id: Id, template_id: Id, page: PageDep) -> Response:
    return await call.paged(
        workflow_versions.list_versions,
        page,
        _AFTER_ALL,
        workspace_id=workspace_id,
        template_id=template_id,
    )


@router.get(
    f"{_PLACE}/{{template_id}}/versions/{{template_version}}",
    operation_id="getWorkflowVersion",
    summary="One version of a template with its graph",
    responses={
        200: {"model": wire.WorkflowVersionWithGraph},
        **documented(work_errors.WorkflowTemplateNotFound, work_errors.WorkflowVersionNotFound),
    },
)
async def get_version(
    call: CallDep, workspace_id: Id, template_id: Id, template_version: Version
) -> Response:
    found = await call.read(
        workflow_versions.get_version,
        workspace_id=workspace_id,
        template_id=template_id,
        template_version=template_version,
    )
    return answer(found)


@router.get(
    f"{_PLACE}/{{template_id}}/graph.svg",
    operation_id="drawWorkflowTemplate",
    summary="A version of a template as a picture",
    description="The latest that is published, or else the newest, where none is named. "
    "`Accept: text/vnd.mermaid` or `text/plain` gets Mermaid's text.",
    response_class=Response,
    responses={
        **PICTURE,
        **documented(
            work_errors.WorkflowTemplateNotFound,
            work_errors.WorkflowVersionNotFound,
            work_errors.WorkflowInvalid,
        ),
    },
)
async def draw(
    call: CallDep,
    workspace_id: Id,
    template_id: Id,
    accept: AcceptDep,
    template_version: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
) -> Response:
    graph = await call.read(
        workflow_versions.read_picture,
        workspace_id=workspace_id,
        template_id=template_id,
        template_version=template_version,
    )
    nodes = [Shown(node.title, any_done=node.trigger_rule is TriggerRule.ANY_DONE) for node in graph.nodes]
    return drawn(nodes, graph.edges, accept)
