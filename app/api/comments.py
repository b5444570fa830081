"""Comments on tasks."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.http.override import OverrideReason
from app.schemas import comments as wire
from app.schemas.common import DisplayName, Id
from app.services import comments

router = APIRouter(tags=["comments"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/tasks/{task_id}/comments",
    operation_id="addComment",
    summary="Say something of a task (MEMBER, not of a read-only type)",
    status_code=201,
    responses={
        201: {"model": wire.Comment},
        **documented(work_errors.TaskNotFound, work_errors.ProjectArchived),
    },
)
async def add(once: OnceDep, workspace_id: Id, task_id: Id, body: wire.CommentAdd) -> Response:
    done = await once.perform(
        comments.add_comment,
        workspace_id=workspace_id,
        task_id=task_id,
        body=body.body,
        mentions=body.mentions,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/comments",
    operation_id="listComments",
    summary="What was said of a task, the oldest first",
    responses={200: {"model": wire.CommentPage}, **documented(work_errors.TaskNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, task_id: Id, page: PageDep) -> Response:
    return await call.paged(comments.list_comments, page, "", workspace_id=workspace_id, task_id=task_id)


@router.get(
    "/workspaces/{workspace_id}/tasks/{task_id}/viewers",
    operation_id="listTaskViewers",
    summary="Who may see a task, by display name",
    description="A comment on it may speak to them (`mentions`).",
    responses={200: {"model": wire.TaskViewerPage}, **documented(work_errors.TaskNotFound)},
)
async def list_viewers(
    call: CallDep,
    workspace_id: Id,
    task_id: Id,
    page: PageDep,
    name: Annotated[DisplayName | None, Query(description="The display name begins with this.")] = None,
) -> Response:
    return await call.paged(
        comments.list_viewers, page, "", workspace_id=workspace_id, task_id=task_id, name_prefix=name
    )


@router.get(
    "/workspaces/{workspace_id}/comments/{comment_id}",
    operation_id="getComment",
    summary="One comment",
    responses={200: {"model": wire.Comment}, **documented(work_errors.CommentNotFound)},
)
async def get(call: CallDep, workspace_id: Id, comment_id: Id, if_none_match: IfNoneMatch) -> Response:
    comment = await call.read(comments.get_comment, workspace_id=workspace_id, comment_id=comment_id)
    return versioned(comment, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/comments/{comment_id}",
    operation_id="updateComment",
    summary="Change what you said",
    responses={
        200: {"model": wire.Comment},
        **documented(work_errors.CommentNotFound, work_errors.ProjectArchived),
    },
)
async def update(
    call: CallDep, workspace_id: Id, comment_id: Id, body: wire.CommentPatch, if_match: IfMatch
) -> Response:
    sent = body.model_dump(exclude_unset=True)
    changed = await call.write(
        comments.update_comment,
        workspace_id=workspace_id,
        comment_id=comment_id,
        body=sent.get("body"),
        mentions=sent.get("mentions"),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    "/workspaces/{workspace_id}/comments/{comment_id}",
    operation_id="deleteComment",
    summary="Remove what you said, or as an ADMIN, or by an object role, what anybody did",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.CommentNotFound, work_errors.ProjectArchived),
)
async def delete(
    call: CallDep, workspace_id: Id, comment_id: Id, if_match: IfMatch, override_reason: OverrideReason = None
) -> Response:
    await call.write(
        comments.delete_comment,
        workspace_id=workspace_id,
        comment_id=comment_id,
        expected=if_match,
        override_reason=override_reason,
    )
    return no_content()
