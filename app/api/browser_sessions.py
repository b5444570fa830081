"""The sessions of browsers, as their person sees and ends them."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import browser_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer, no_content
from app.http.openapi import documented
from app.schemas import browser_sessions as wire
from app.schemas.common import Id
from app.services import browser_sessions

router = APIRouter(tags=["browser sign-in"], route_class=DirectRoute)


@router.get(
    "/auth/oauth/session",
    operation_id="getBrowserSession",
    summary="Who is signed in to this browser",
    responses={200: {"model": wire.CurrentSession}},
)
async def current(call: CallDep) -> Response:
    idle = call.parts.settings.browser_session_idle_minutes
    return answer(await call.read(browser_sessions.current, idle_minutes=idle))


@router.get(
    "/auth/oauth/sessions",
    operation_id="listBrowserSessions",
    summary="My sessions of browsers",
    description="The newest first. There are 50 at most: whoever signs in once more ends the oldest.",
    responses={200: {"model": wire.BrowserSessions}},
)
async def list_mine(call: CallDep) -> Response:
    return answer({"items": await call.read(browser_sessions.list_mine)})


@router.delete(
    "/auth/oauth/sessions",
    operation_id="endBrowserSessions",
    summary="End all my sessions of browsers",
    status_code=204,
    response_class=Response,
)
async def end_all(call: CallDep) -> Response:
    await call.write(browser_sessions.end_all)
    return no_content()


@router.delete(
    "/auth/oauth/sessions/{session_id}",
    operation_id="endOneBrowserSession",
    summary="End one of my sessions of browsers",
    status_code=204,
    response_class=Response,
    responses=documented(browser_errors.BrowserSessionNotFound),
)
async def end_one(call: CallDep, session_id: Id) -> Response:
    await call.write(browser_sessions.end_one, session_id=session_id)
    return no_content()
