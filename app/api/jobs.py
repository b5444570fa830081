"""What is yet to be done for a workspace in other systems, and what could not be."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import jobs as wire
from app.schemas.common import Id
from app.services import jobs

router = APIRouter(tags=["jobs"], route_class=DirectRoute)
_JOBS = "/workspaces/{workspace_id}/jobs"


@router.get(
    _JOBS,
    operation_id="listJobs",
    summary="Jobs that are not done, the newest first (ADMIN)",
    responses={200: {"model": wire.JobPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    state: Annotated[wire.JobState | None, Query(description="`DEAD`: the dead letters.")] = None,
) -> Response:
    return await call.paged(jobs.list_jobs, page, jobs.LAST, workspace_id=workspace_id, state=state)


@router.get(
    f"{_JOBS}/{{job_id}}",
    operation_id="getJob",
    summary="A job that is not done (ADMIN)",
    responses={200: {"model": wire.Job}, **documented(errors.JobNotFound)},
)
async def get(call: CallDep, workspace_id: Id, job_id: Id) -> Response:
    return answer(await call.read(jobs.get_job, workspace_id=workspace_id, job_id=job_id))


@router.post(
    f"{_JOBS}/{{job_id}}/retry",
    operation_id="retryJob",
    summary="Try a dead letter again, or one that waits at once (ADMIN)",
    description="Its attempts are counted anew.",
    responses={200: {"model": wire.Job}, **documented(errors.JobNotFound, errors.JobRunning)},
)
async def retry(once: OnceDep, workspace_id: Id, job_id: Id) -> Response:
    done = await once.perform(jobs.retry_job, workspace_id=workspace_id, job_id=job_id)
    return done.response(200)


@router.post(
    f"{_JOBS}/{{job_id}}/cancel",
    operation_id="cancelJob",
    summary="Have a job not done (ADMIN)",
    description="One that is being worked at is stopped within seconds, and may have had its effect. What "
    "was promised, which has no `max_attempts`, cannot be cancelled.",
    status_code=204,
    response_class=Response,
    responses=documented(errors.JobNotFound, errors.JobPromised),
)
async def cancel(once: OnceDep, workspace_id: Id, job_id: Id) -> Response:
    done = await once.perform(jobs.cancel_job, workspace_id=workspace_id, job_id=job_id)
    return done.marked(no_content())
