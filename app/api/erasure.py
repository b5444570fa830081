"""Erasing a person."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import erasure as wire
from app.schemas.common import UserId
from app.services import erasure
from app.services.passwords import prove_password

router = APIRouter(tags=["users"], route_class=DirectRoute)


@router.post(
    "/users/{user_id}/erasure",
    operation_id="eraseUser",
    summary="Erase yourself, or as the platform somebody else; for good",
    description="The account is closed at once. Name, address and password go, from every list, log and "
    "invitation, within minutes; the id stays as a pseudonym, and never signs in again. It is proved by the "
    "password, or where there is none by an access token, or the sign-in of a browser, of the last five "
    "minutes.",
    status_code=202,
    responses={
        202: {"model": wire.Erased},
        **documented(errors.UserNotFound, errors.InvalidStatus, errors.WrongPassword, errors.TooManyAttempts),
    },
)
async def erase(call: CallDep, once: OnceDep, user_id: UserId, body: wire.Erase | None = None) -> Response:
    own = await call.read(erasure.require_proof, call.tools.clock(), user_id=user_id)
    if own is not None:
        if call.parts.sign_in is None:
            raise errors.NotFound("The local issuer is switched off.")
        given = body.current_password.get_secret_value() if body and body.current_password else ""
        await prove_password(call.parts.sign_in, call.caller, own, given)
    done = await once.perform(erasure.erase, user_id=user_id, vouching=call.parts.vouching)
    return done.response(202)
