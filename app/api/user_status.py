"""Stopping accounts, and putting them back."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.db.paging import Asked
from app.http.direct import DirectRoute
from app.http.edge import CallDep, Listing, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import users as wire
from app.schemas.common import StatusChange, UserId
from app.services import user_status

router = APIRouter(tags=["users"], route_class=DirectRoute)


def _add_step(step: str, summary: str) -> None:
    async def change(call: CallDep, once: OnceDep, user_id: UserId, body: StatusChange) -> Response:
        done = await once.perform(
            user_status.change_status,
            user_id=user_id,
            step=step,
            reason=body.reason,
            appointed=call.parts.settings.appointed_admins,
        )
        return done.response(200)

    router.add_api_route(
        f"/users/{{user_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=f"{step}User",
        summary=summary,
        description="For the platform's administrators, and for whoever administers every organisation of "
        "the person, to none of which they were added without being asked.",
        responses={
            200: {"model": wire.UserProfile},
            **documented(errors.UserNotFound, errors.InvalidStatus),
        },
    )


_add_step("deactivate", "Nobody signs in to this account until it is activated; every session ends")
_add_step("suspend", "As deactivate, for whoever is under suspicion")
_add_step("activate", "Whoever it is may sign in again")


@router.get(
    "/users/{user_id}/history",
    operation_id="listUserHistory",
    summary="The changes of an account's status, the newest first",
    responses={200: {"model": wire.UserStatusEventPage}, **documented(errors.UserNotFound)},
)
async def history(call: CallDep, user_id: UserId, page: PageDep) -> Response:
    appointed = call.parts.settings.appointed_admins
    listing = Listing(call, "user history", {"user_id": user_id})
    asked = Asked(listing.place(page.cursor, 0), page.limit)
    return listing.answer(
        *await call.read(user_status.list_history, asked, user_id=user_id, appointed=appointed)
    )
