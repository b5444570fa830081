"""Templates of workflows, and their drafts."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import workflow_templates as wire
from app.schemas.common import Id
from app.services import workflow_templates

router = APIRouter(tags=["workflows"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/workflow-templates"


@router.post(
    _PLACE,
    operation_id="addWorkflowTemplate",
    summary="Make a template of workflows (ADMIN)",
    status_code=201,
    responses={201: {"model": wire.WorkflowTemplate}, **documented(work_errors.WorkflowTemplateExists)},
)
async def add(once: OnceDep, workspace_id: Id, body: wire.WorkflowTemplateAdd) -> Response:
    done = await once.perform(
        workflow_templates.add_template,
        workspace_id=workspace_id,
        name=body.name,
        description=body.description,
        graph=body.graph.graph() if body.graph else None,
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listWorkflowTemplates",
    summary="The templates of workflows, by name",
    responses={200: {"model": wire.WorkflowTemplatePage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(
        workflow_templates.list_templates, page, "", call.parts.reference, workspace_id=workspace_id
    )


@router.get(
    f"{_PLACE}/{{template_id}}",
    operation_id="getWorkflowTemplate",
    summary="One template of workflows",
    responses={200: {"model": wire.WorkflowTemplate}, **documented(work_errors.WorkflowTemplateNotFound)},
)
async def get(call: CallDep, workspace_id: Id, template_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        workflow_templates.get_template,
        call.parts.reference,
        workspace_id=workspace_id,
        template_id=template_id,
    )
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    f"{_PLACE}/{{template_id}}",
    operation_id="updateWorkflowTemplate",
    summary="Change what a template is called (ADMIN)",
    responses={
        200: {"model": wire.WorkflowTemplate},
        **documented(work_errors.WorkflowTemplateNotFound, work_errors.WorkflowTemplateExists),
    },
)
async def update(
    call: CallDep, workspace_id: Id, template_id: Id, body: wire.WorkflowTemplatePatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        workflow_templates.update_template,
        workspace_id=workspace_id,
        template_id=template_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    f"{_PLACE}/{{template_id}}",
    operation_id="deleteWorkflowTemplate",
    summary="Remove a template of which nothing was ever published (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.WorkflowTemplateNotFound, work_errors.WorkflowTemplateInUse),
)
async def delete(call: CallDep, workspace_id: Id, template_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        workflow_templates.delete_template,
        workspace_id=workspace_id,
        template_id=template_id,
        expected=if_match,
    )
    return no_content()


@router.put(
    f"{_PLACE}/{{template_id}}/draft",
    operation_id="saveWorkflowDraft",
    summary="Save the draft of a template (ADMIN)",
    description="It may be wrong. What is published stays as it is.",
    responses={200: {"model": wire.WorkflowTemplate}, **documented(work_errors.WorkflowTemplateNotFound)},
)
async def save_draft(
    call: CallDep, workspace_id: Id, template_id: Id, body: wire.WorkflowGraphIn, if_match: IfMatch
) -> Response:
    saved = await call.write(
        workflow_templates.save_draft,
        workspace_id=workspace_id,
        template_id=template_id,
        graph=body.graph(),
        expected=if_match,
    )
    return versioned(saved)


@router.delete(
    f"{_PLACE}/{{template_id}}/draft",
    operation_id="discardWorkflowDraft",
    summary="Discard the draft of a template (ADMIN)",
    description="What is published stays as it is. Who saved the draft is no author of the next by that.",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.WorkflowTemplateNotFound, work_errors.WorkflowVersionNotFound),
)
async def discard_draft(call: CallDep, workspace_id: Id, template_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        workflow_templates.discard_draft,
        workspace_id=workspace_id,
        template_id=template_id,
        expected=if_match,
    )
    return no_content()


@router.post(
    f"{_PLACE}/{{template_id}}/duplicate",
    operation_id="duplicateWorkflowTemplate",
    summary="Make a template whose draft is a version of this one (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.WorkflowTemplate},
        **documented(
            work_errors.WorkflowTemplateNotFound,
            work_errors.WorkflowVersionNotFound,
            work_errors.WorkflowTemplateExists,
        ),
    },
)
async def duplicate(
    once: OnceDep, workspace_id: Id, template_id: Id, body: wire.WorkflowTemplateToDuplicate
) -> Response:
    done = await once.perform(
        workflow_templates.duplicate_template,
        workspace_id=workspace_id,
        template_id=template_id,
        **body.model_dump(),
    )
    return done.response(201)
