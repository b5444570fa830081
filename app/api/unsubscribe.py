"""The way out of mail (RFC 8058): a page with a button, which changes nothing by being looked at, and what
the button, or a mail program by itself, posts to."""

import html
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.core.mail_links import EVERYTHING, INVITATIONS
from app.core.notices import Reason
from app.http.direct import DirectRoute
from app.http.edge import EdgeDep, OriginDep
from app.http.openapi import documented
from app.http.site import STYLE, STYLE_HASH, template
from app.services import unsubscribe

router = APIRouter(tags=["notifications"], route_class=DirectRoute)
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    f" style-src 'sha256-{STYLE_HASH}'"
)
_PAGE = template("unsubscribe.html")
_WORDS = {
    Reason.MENTIONED: "mail about comments that mention you",
    Reason.ASSIGNED: "mail about tasks that you are assigned",
    Reason.TRANSFER: "mail about workspaces that change hands",
    Reason.ROLE_CHANGED: "mail about your roles",
    Reason.ADDED: "mail about workspaces and projects that you are added to",
    Reason.WITHOUT_OWNER: "mail about workspaces without an owner",
    Reason.WEBHOOK_DISABLED: "mail about webhooks that are switched off",
    Reason.INFECTED: "mail about files in which the virus scanner finds something",
    Reason.DUE: "mail about tasks that are due",
    Reason.CHECK_IN: "mail about key results that wait for a check-in",
    Reason.WATCHING: "mail about what you watch",
    EVERYTHING: "mail at all",
    INVITATIONS: "invitations to this address",
}
Token = Annotated[str, Query(max_length=1000, description="Of the link in a mail.")]
_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "A page."}}


@router.get(
    "/unsubscribe",
    operation_id="showUnsubscribe",
    summary="What a link out of a mail ends",
    description="A page with a button; looking at it changes nothing.",
    response_class=Response,
    responses={**_HTML, **documented(errors.MailLinkInvalid)},
)
async def show(edge: EdgeDep, token: Token) -> Response:
    what = edge.parts.mail_links.unwanted(token).what
    return _page(
        f"Do you want to get no more {_WORDS.get(what, 'mail of this kind')}?",
        '<form method="post"><button>No more of it</button></form>',
    )


@router.post(
    "/unsubscribe",
    operation_id="unsubscribe",
    summary="Get no more mail of a kind",
    description="As mail programs send it (RFC 8058), with the token of `List-Unsubscribe`; nobody signs in.",
    response_class=Response,
    responses={**_HTML, **documented(errors.MailLinkInvalid)},
)
async def leave(edge: EdgeDep, origin: OriginDep, token: Token) -> Response:
    unwanted = edge.parts.mail_links.unwanted(token)
    await edge.parts.database.transact(lambda tx: unsubscribe.unsubscribe(tx, edge.tools, origin, unwanted))
    return _page(f"You get no more {_WORDS.get(unwanted.what, 'mail of this kind')}.", "")


def _page(text: str, more: str) -> Response:
    content = _PAGE.substitute(style=STYLE, text=html.escape(text), more=more)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Response(content, 200, headers, "text/html")
