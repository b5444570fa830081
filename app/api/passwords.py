"""Changing one's own password."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer, no_content
from app.http.openapi import documented
from app.schemas import passwords as wire
from app.schemas.common import UserId
from app.services import passwords

router = APIRouter(tags=["users"], route_class=DirectRoute)


@router.patch(
    "/users/{user_id}/password",
    operation_id="changePassword",
    summary="Change your own password (local issuer)",
    description="Ends every session of yours, and answers new tokens for this one. By cookie it ends that "
    "of the browser too, and answers nothing (204): sign in with the new password.",
    responses={
        200: {"model": wire.Renewed},
        204: {"description": "By cookie: the password is changed, and the session has ended."},
        **documented(
            errors.UserNotFound,
            errors.NotFound,
            errors.BusinessRule,
            errors.WrongPassword,
            errors.TooManyAttempts,
        ),
    },
)
async def change(call: CallDep, user_id: UserId, body: wire.PasswordChange) -> Response:
    row = await call.read(passwords.require_own, user_id=user_id)
    if call.parts.sign_in is None:
        raise errors.NotFound("The local issuer is switched off.")
    renewed = await passwords.change_password(
        call.parts.sign_in,
        call.caller,
        call.parts.tokens,
        row,
        current=body.current_password.get_secret_value(),
        new=body.new_password.get_secret_value(),
        max_workspaces=call.parts.settings.pma_max_workspaces,
    )
    if renewed is None:
        response = no_content()
        response.headers["Set-Cookie"] = call.parts.cookies.clear_session()
    else:
        response = answer(renewed)
    response.headers["Cache-Control"] = "no-store"
    return response
