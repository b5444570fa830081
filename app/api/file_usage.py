"""What a workspace has in files and may have."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.schemas import file_usage as wire
from app.schemas.common import Id
from app.services import file_usage

router = APIRouter(tags=["files"], route_class=DirectRoute)
_LOWER = "The lower of the limits that the OWNERs and those who govern the workspace set holds; null is none."


@router.get(
    "/workspaces/{workspace_id}/file-usage",
    operation_id="getFileUsage",
    summary="How many files and bytes the workspace has, and may have",
    responses={200: {"model": wire.FileUsage}},
)
async def get(call: CallDep, workspace_id: Id, if_none_match: IfNoneMatch) -> Response:
    return versioned(
        await call.read(file_usage.get_file_usage, workspace_id=workspace_id), if_none_match=if_none_match
    )


@router.put(
    "/workspaces/{workspace_id}/file-limits",
    operation_id="setFileLimits",
    summary="How many files and bytes its OWNERs allow the workspace (OWNER)",
    description=_LOWER,
    responses={200: {"model": wire.FileUsage}},
)
async def put(call: CallDep, workspace_id: Id, body: wire.FileLimitsSet, if_match: IfMatch) -> Response:
    done = await call.write(
        file_usage.set_own_limits, workspace_id=workspace_id, expected=if_match, **body.model_dump()
    )
    return versioned(done)


@router.get(
    "/organizations/{org_id}/workspaces/{workspace_id}/file-limits",
    operation_id="getOrganizationFileLimits",
    summary="How many files and bytes a workspace of the organisation has, and may have (ADMIN of it)",
    responses={200: {"model": wire.FileUsage}},
)
async def get_by_organization(
    call: CallDep, org_id: Id, workspace_id: Id, if_none_match: IfNoneMatch
) -> Response:
    found = await call.read(file_usage.get_of_organization, org_id=org_id, workspace_id=workspace_id)
    return versioned(found, if_none_match=if_none_match)


@router.get(
    "/platform/workspaces/{workspace_id}/file-limits",
    operation_id="getAnyFileLimits",
    summary="How many files and bytes a workspace has, and may have (platform administrators)",
    responses={200: {"model": wire.FileUsage}},
)
async def get_by_platform(call: CallDep, workspace_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(file_usage.get_of_platform, workspace_id=workspace_id)
    return versioned(found, if_none_match=if_none_match)


@router.put(
    "/organizations/{org_id}/workspaces/{workspace_id}/file-limits",
    operation_id="setOrganizationFileLimits",
    summary="How many files and bytes the organisation allows a workspace (ADMIN of the organisation)",
    description=_LOWER,
    responses={200: {"model": wire.FileUsage}},
)
async def put_by_organization(
    call: CallDep, org_id: Id, workspace_id: Id, body: wire.FileLimitsSet, if_match: IfMatch
) -> Response:
    done = await call.write(
        file_usage.grant_by_organization,
        org_id=org_id,
        workspace_id=workspace_id,
        expected=if_match,
        **body.model_dump(),
    )
    return versioned(done)


@router.put(
    "/platform/workspaces/{workspace_id}/file-limits",
    operation_id="setAnyFileLimits",
    summary="How many files and bytes a workspace is allowed (platform administrators)",
    description=_LOWER,
    responses={200: {"model": wire.FileUsage}},
)
async def put_by_platform(
    call: CallDep, workspace_id: Id, body: wire.FileLimitsSet, if_match: IfMatch
) -> Response:
    done = await call.write(
        file_usage.grant_by_platform, workspace_id=workspace_id, expected=if_match, **body.model_dump()
    )
    return versioned(done)
