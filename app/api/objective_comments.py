"""Comments on objectives."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import objective_comments as wire
from app.schemas.common import Id
from app.services import objective_comments

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/objectives/{objective_id}/comments"
_ONE = "/workspaces/{workspace_id}/okr/comments/{objective_comment_id}"
_CHANGED = (okr_errors.ObjectiveCommentNotFound, okr_errors.OkrCycleClosed)


@router.post(
    _PLACE,
    operation_id="addObjectiveComment",
    summary="Say something of an objective (MEMBER, not of a read-only type)",
    status_code=201,
    responses={
        201: {"model": wire.ObjectiveComment},
        **documented(okr_errors.ObjectiveNotFound, okr_errors.OkrCycleClosed),
    },
)
async def add(once: OnceDep, workspace_id: Id, objective_id: Id, body: wire.ObjectiveCommentAdd) -> Response:
    done = await once.perform(
        objective_comments.add_comment,
        workspace_id=workspace_id,
        objective_id=objective_id,
        body=body.body,
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listObjectiveComments",
    summary="What was said of an objective, the oldest first",
    responses={200: {"model": wire.ObjectiveCommentPage}, **documented(okr_errors.ObjectiveNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, objective_id: Id, page: PageDep) -> Response:
    return await call.paged(
        objective_comments.list_comments,
        page,
        "",
        workspace_id=workspace_id,
        objective_id=objective_id,
    )


@router.get(
    _ONE,
    operation_id="getObjectiveComment",
    summary="One comment on an objective",
    responses={
        200: {"model": wire.ObjectiveComment},
        **documented(okr_errors.ObjectiveCommentNotFound),
    },
)
async def get(
    call: CallDep, workspace_id: Id, objective_comment_id: Id, if_none_match: IfNoneMatch
) -> Response:
    found = await call.read(
        objective_comments.get_comment, workspace_id=workspace_id, comment_id=objective_comment_id
    )
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    _ONE,
    operation_id="updateObjectiveComment",
    summary="Change what you said of an objective",
    responses={200: {"model": wire.ObjectiveComment}, **documented(*_CHANGED)},
)
async def update(
    call: CallDep,
    workspace_id: Id,
    objective_comment_id: Id,
    body: wire.ObjectiveCommentPatch,
    if_match: IfMatch,
) -> Response:
    changed = await call.write(
        objective_comments.update_comment,
        workspace_id=workspace_id,
        comment_id=objective_comment_id,
        body=body.model_dump(exclude_unset=True).get("body"),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    _ONE,
    operation_id="deleteObjectiveComment",
    summary="Remove what you said of an objective, or as an ADMIN, or by an object role, what anybody did",
    status_code=204,
    response_class=Response,
    responses=documented(*_CHANGED),
)
async def delete(call: CallDep, workspace_id: Id, objective_comment_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        objective_comments.delete_comment,
        workspace_id=workspace_id,
        comment_id=objective_comment_id,
        expected=if_match,
    )
    return no_content()
