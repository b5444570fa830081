"""The file of a personal data export: one JSON document, written a page at a time, each read in a transaction
of its own, so that no transaction waits for the store and nothing is held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec.json import encode

from app.core.caller import Tools
from app.core.figures import figure_text
from app.db.connection import Database, ReadTransaction
from app.db.handles import data_exports as db
from app.db.handles.browser_sessions import list_browser_sessions
from app.db.handles.data_exports import (
    ExportedCheckInRow,
    ExportedCommentRow,
    ExportedEntryRow,
    ExportedNotificationRow,
    ExportedObjectiveCommentRow,
    ExportedPlaceRow,
    ExportWorkRow,
)
from app.db.handles.notification_preferences import get_preferences, list_muted
from app.db.handles.push_subscriptions import list_subscriptions
from app.db.handles.scim_people import list_links_of_account
from app.db.handles.user_status import list_user_status_events
from app.db.paging import Page

_PAGE = 200
_MOST_SESSIONS = 1000
_LAST = 2**31 - 1
Entries = Callable[[ReadTransaction, int], Awaitable[Page[ExportedEntryRow]]]
Said = Callable[
    ..., Awaitable[Page[ExportedCommentRow] | Page[ExportedObjectiveCommentRow] | Page[ExportedCheckInRow]]
]
Places = Callable[[ReadTransaction, str], Awaitable[list[ExportedPlaceRow]]]


_SAID: Mapping[str, Said] = {
    "comments": db.export_comments,
    "objective_comments": db.export_objective_comments,
    "check_ins": db.export_check_ins,
}
"""By the name that the export has for it, what people write in workspaces."""


async def write_personal_data(database: Database, tools: Tools, work: ExportWorkRow) -> AsyncIterator[bytes]:
    """Account, profile, memberships, organisations, sign-ins; in the workspaces that they are in, what the
    person said of tasks, objectives and key results, and was told; and what the logs tell that they did
    there, and of their account."""
    who = work.user_id
    yield b'{"format":"pm-assist-personal-data-1","exported_at":' + encode(tools.clock())
    account = {
        "id": who,
        "tenant_id": work.tid,
        "email": work.email,
        "display_name": work.display_name,
        "directory_name": work.directory_name,
        "status": work.status,
        "created_at": work.created_at,
    }
    yield (b',"account":' + encode(account) + b',"profile":' + encode({"name": work.name, "bio": work.bio}))
    async with database.read() as tx:
        history = await list_user_status_events(tx, account_id=who, before_seq=_LAST, page_size=_PAGE)
        sessions = await db.export_sessions(tx, account_id=who, page_size=_MOST_SESSIONS)
        browsers = await list_browser_sessions(tx, user_id=who, page_size=_MOST_SESSIONS)
    yield (b',"status_history":' + encode(history) + b',"sign_ins":' + encode(sessions))
    yield b',"browser_sessions":' + encode(browsers)

    async with database.read() as tx:
        links = await list_links_of_account(tx, account_id=who, page_size=_PAGE)
    yield b',"directories":' + encode(
        [
            {
                "org_id": row.org_id,
                "active": row.is_active,
                "attributes": msgspec.Raw(row.attributes.encode()),
            }
            for row in links
        ]
    )

    async def organizations(tx: ReadTransaction, after: str) -> list[ExportedPlaceRow]:
        return await db.export_organizations(tx, account_id=who, after_key=after, page_size=_PAGE)

    async def workspaces(tx: ReadTransaction, after: str) -> list[ExportedPlaceRow]:
        return await db.export_workspaces(tx, account_id=who, after_key=after, page_size=_PAGE)

    async def account_log(tx: ReadTransaction, after: int) -> Page[ExportedEntryRow]:
        return await db.export_account_log(tx, account_id=who, after_seq=after, page_size=_PAGE)

    yield b',"organizations":['
    first = True
    async for place in _places(database, organizations):
        yield _item(_told(place), first)
        first = False
    yield b'],"workspaces":['
    first = True
    async for place in _places(database, workspaces):
        yield _item(_told(place), first)
        first = False
    for kind, read in _SAID.items():
        yield f'],"{kind}":['.encode()
        first = True
        async for place in _places(database, workspaces):
            async for said in _said(database, read, place.id, who):
                yield _item({"workspace_id": place.id, **_told(said)}, first)
                first = False
    async with database.read() as tx:
        wishes = await get_preferences(tx, user_id=who)
        muted = await list_muted(tx, user_id=who)
        told_in = await list_subscriptions(tx, user_id=who, before_key="\x7f", page_size=_PAGE)
    yield (b'],"notification_preferences":' + encode(wishes) + b',"muted_workspaces":' + encode(muted))
    yield b',"push_subscriptions":' + encode(told_in) + b',"notifications":['
    first = True
    async for place in _places(database, workspaces):
        async for told in _notifications(database, place.id, who):
            yield _item({"workspace_id": place.id, **_told(told)}, first)
            first = False
    yield b'],"account_log":['
    first = True
    async for entry in _entries(database, account_log):
        yield _item(entry, first)
        first = False
    yield b'],"workspace_logs":['
    first = True
    async for place in _places(database, workspaces):
        async for entry in _entries(database, _log_of(place.id, who)):
            yield _item({"workspace_id": place.id, **msgspec.structs.asdict(entry)}, first)
            first = False
    yield b"]}"


def _log_of(workspace_id: str, who: str) -> Entries:
    async def read(tx: ReadTransaction, after: int) -> Page[ExportedEntryRow]:
        return await db.export_workspace_log(
            tx, workspace_id=workspace_id, account_id=who, after_seq=after, page_size=_PAGE
        )

    return read


async def _places(database: Database, read: Places) -> AsyncIterator[ExportedPlaceRow]:
    after, rows = "", list[ExportedPlaceRow]()
    while not after or len(rows) == _PAGE:
        async with database.read() as tx:
            rows = await read(tx, after)
        for row in rows:
            yield row
        if not rows:
            return
        after = rows[-1].list_key


async def _said(
    database: Database, read: Said, workspace_id: str, who: str
) -> AsyncIterator[ExportedCommentRow | ExportedObjectiveCommentRow | ExportedCheckInRow]:
    after = ""
    while True:
        async with database.read() as tx:
            rows = await read(tx, workspace_id=workspace_id, account_id=who, after_key=after, page_size=_PAGE)
        for row in rows:
            yield row
        if len(rows) < _PAGE and not rows.is_cut:
            return
        after = rows[-1].list_key


async def _notifications(
    database: Database, workspace_id: str, who: str
) -> AsyncIterator[ExportedNotificationRow]:
    after, rows = "", list[ExportedNotificationRow]()
    while not after or len(rows) == _PAGE:
        async with database.read() as tx:
            rows = await db.export_notifications(
                tx, workspace_id=workspace_id, account_id=who, after_key=after, page_size=_PAGE
            )
        for row in rows:
            yield row
        if not rows:
            return
        after = rows[-1].list_key


async def _entries(database: Database, read: Entries) -> AsyncIterator[ExportedEntryRow]:
    after = 0
    while True:
        async with database.read() as tx:
            rows = await read(tx, after)
        for row in rows:
            yield row
        if len(rows) < _PAGE and not rows.is_cut:
            return
        after = rows[-1].seq


def _told(row: msgspec.Struct) -> dict[str, Any]:
    told = {name: value for name, value in msgspec.structs.asdict(row).items() if name != "list_key"}
    if isinstance(row, ExportedCheckInRow) and row.value is not None:
        told["value"] = figure_text(row.value)
    return told


def _item(value: object, is_first: bool) -> bytes:
    return (b"" if is_first else b",") + encode(value)
