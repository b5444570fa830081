"""Access reviews: who may what in a workspace or an organisation, how they came to it, and when they were
last here. For its ADMINs, in pages or as one file."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from app.core.caller import Caller, Tools
from app.core.csv_text import BOM, csv_lines
from app.core.permissions import OrgRole
from app.core.text import member_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import access_review as db
from app.db.handles.access_review import ReviewRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.platform_audit import record_for_organization

_OPERATION = "access_review.read"
_EXPORTED = "access_review.exported"
_PAGE = 500


async def review_workspace(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """The members by display name."""
    await enter(tx, caller, workspace_id=workspace_id, operation=_OPERATION)
    rows = await db.review_workspace(
        tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, _place_of)


async def review_organization(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str
) -> Found[str]:
    """As ``review_workspace``; that somebody is in one of its workspaces is not told."""
    await enter_organization(tx, caller, org_id=org_id, operation=_OPERATION, minimum=OrgRole.ADMIN)
    rows = await db.review_organization(tx, org_id=org_id, after_key=asked.place, page_size=asked.page_size)
    return asked.found(rows, _place_of)


async def begin_workspace_export(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str
) -> None:
    """Writes into the log that the review leaves as a file. Raises as ``review_workspace`` does."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation=_OPERATION, even_held=True)
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=_EXPORTED,
        target_type="workspace",
        target_id=workspace_id,
        is_change=False,
    )


async def begin_organization_export(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str
) -> None:
    """As ``begin_workspace_export``."""
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=_OPERATION, minimum=OrgRole.ADMIN, even_held=True
    )
    await record_for_organization(tx, caller, tools, org_id=org_id, action=_EXPORTED)


async def pieces(read: Callable[[Asked[str]], Awaitable[Found[str]]]) -> AsyncIterator[bytes]:
    """The review as CSV. ``read`` answers a page, in a transaction of its own that asks for the role each
    time: between two pieces no connection is held, and the file ends with the role."""
    yield BOM + csv_lines([ReviewRow.__struct_fields__])
    place: str | None = ""
    while place is not None:
        found = await read(Asked(place, _PAGE))
        place = found.place
        yield csv_lines(row.values() for row in msgspec.to_builtins(found.items))


def _place_of(row: ReviewRow) -> str:
    return member_key(row.display_name, row.user_id)
