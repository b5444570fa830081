"""What the groups of directories make of people in the organisation's workspaces."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, work_errors
from app.core.permissions import Role
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.openapi import documented
from app.schemas import scim_mappings as wire
from app.schemas.common import Id
from app.services import scim_mappings

router = APIRouter(tags=["directories"], route_class=DirectRoute)
_PLACE = "/organizations/{org_id}/scim-group-mappings"
_NOT_FOUND = documented(errors.ScimGroupNotFound, errors.WorkspaceNotFound, work_errors.UserTypeNotFound)


@router.get(
    "/organizations/{org_id}/scim-groups",
    operation_id="listDirectoryGroups",
    summary="The groups that directories have told of (ADMIN)",
    responses={200: {"model": wire.DirectoryGroupPage}},
)
async def list_groups(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(scim_mappings.list_directory_groups, page, scim_mappings.FIRST, org_id=org_id)


@router.get(
    _PLACE,
    operation_id="listScimGroupMappings",
    summary="What groups make of people (ADMIN)",
    responses={200: {"model": wire.ScimMappingPage}},
)
async def list_all(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(scim_mappings.list_mappings, page, scim_mappings.FIRST, org_id=org_id)


@router.put(
    _PLACE,
    operation_id="setScimGroupMapping",
    summary="Let a group make something of its people in a workspace (ADMIN)",
    description="Of several groups the highest role counts; what people were given by hand is raised by it "
    "and never lowered. People are brought in line within seconds. Look first: `…/preview`.",
    responses={200: {"model": wire.ScimMapping}, **_NOT_FOUND},
)
async def put(call: CallDep, org_id: Id, body: wire.ScimMappingSet) -> Response:
    mapping = await call.write(
        scim_mappings.set_mapping,
        org_id=org_id,
        group_id=body.group_id,
        workspace_id=body.workspace_id,
        role=Role(body.role),
        user_type_id=body.user_type_id,
    )
    return answer(mapping)


@router.post(
    f"{_PLACE}/preview",
    operation_id="previewScimGroupMapping",
    summary="Whom a mapping would make what (ADMIN)",
    description="Nothing is changed.",
    responses={200: {"model": wire.ScimMappingPreviewed}, **_NOT_FOUND},
)
async def preview(call: CallDep, org_id: Id, body: wire.ScimMappingPreview) -> Response:
    found = await call.read(
        scim_mappings.preview,
        org_id=org_id,
        group_id=body.group_id,
        workspace_id=body.workspace_id,
        role=Role(body.role) if body.role else None,
        user_type_id=body.user_type_id,
    )
    return answer(found)


@router.delete(
    f"{_PLACE}/{{mapping_id}}",
    operation_id="removeScimGroupMapping",
    summary="The group makes nothing of anybody there any more (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.ScimMappingNotFound),
)
async def remove(call: CallDep, org_id: Id, mapping_id: Id) -> Response:
    await call.write(scim_mappings.remove_mapping, org_id=org_id, mapping_id=mapping_id)
    return no_content()
