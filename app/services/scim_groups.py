"""Groups of a directory. Their members are rows, moved by statements that take thousands at once; none of
them is held in memory but for an answer that shows them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.core.caller import Origin, Tools
from app.core.json_text import as_json
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import scim_groups as db
from app.db.handles.jobs import DueJobRow
from app.db.handles.organizations import lock_organization
from app.db.handles.scim_connections import free_scim_group, take_scim_group
from app.db.handles.scim_grants import find_connection_of_work, list_grantees
from app.db.handles.scim_groups import ScimGroupRow
from app.kernel.people import hold_accounts
from app.kernel.scim_access import Directory, acting
from app.services import scim_grants
from app.services.scim_ledger import Ledger
from app.services.scim_users import name_key

AT_ONCE = 20
"""So many people of a group are brought in line with it in the request that moves them; more by a job."""
_NIL = "00000000-0000-0000-0000-000000000000"
_MOST_NAMED = 50


class DescribedGroup(msgspec.Struct, frozen=True):
    display_name: str
    external_id: str | None
    attributes: Mapping[str, Any]


class Move(msgspec.Struct, frozen=True):
    """Members to add or take out, by id; with ``is_all`` these and no others are members from now on."""

    ids: Sequence[str]
    is_add: bool = True
    is_all: bool = False


async def hold(
    tx: WriteTransaction, directory: Directory, group_id: str | None, moves: Sequence[Move]
) -> Sequence[str] | None:
    """Holds the accounts of whoever is to be brought in line at once, then the organisation. Answers these
    accounts; None where a job is to do it."""
    accounts: Sequence[str] | None = []
    if group_id is not None:
        if await db.list_mapped_workspaces(tx, org_id=directory.org_id, group_id=group_id):
            accounts = await _few(tx, directory, moves)
        hold_accounts(tx, *(accounts or ()))
    lock_organization(tx, org_id=directory.org_id)
    if group_id is None or accounts is None:
        return accounts
    # What was read before the lock may be another by now: then a job sees all that has come.
    mapped = await db.list_mapped_workspaces(tx, org_id=directory.org_id, group_id=group_id)
    present = await _few(tx, directory, moves) if mapped else []
    return accounts if present is not None and set(present) <= set(accounts) else None


async def _few(tx: ReadTransaction, directory: Directory, moves: Sequence[Move]) -> Sequence[str] | None:
    named = {each for move in moves for each in move.ids}
    if any(move.is_all for move in moves) or len(named) > AT_ONCE:
        return None
    rows = await db.list_accounts_of_scim_users(
        tx, org_id=directory.org_id, connection_id=directory.connection_id, ids=as_json(sorted(named))
    )
    return [row.account_id for row in rows]


async def find(tx: ReadTransaction, directory: Directory, group_id: str) -> ScimGroupRow | None:
    return await db.find_scim_group(
        tx, org_id=directory.org_id, connection_id=directory.connection_id, group_id=group_id
    )


async def clash(
    tx: ReadTransaction, directory: Directory, described: DescribedGroup, group_id: str | None
) -> str | None:
    if described.external_id is None:
        return None
    other = await db.find_scim_group_by_external_id(
        tx,
        org_id=directory.org_id,
        connection_id=directory.connection_id,
        external_id=described.external_id,
    )
    return "externalId" if other is not None and other.id != group_id else None


async def unknown_members(tx: ReadTransaction, directory: Directory, moves: Sequence[Move]) -> int:
    """How many of those who are to be added are none of the directory's people."""
    added = {each for move in moves if move.is_add for each in move.ids}
    if not added:
        return 0
    known = await db.count_scim_known(
        tx, org_id=directory.org_id, connection_id=directory.connection_id, ids=as_json(sorted(added))
    )
    return len(added) - known


async def has_room(tx: WriteTransaction, directory: Directory, most: int) -> bool:
    """Counts one more, under ``hold``, unless there are so many."""
    place = {"org_id": directory.org_id, "connection_id": directory.connection_id}
    return await take_scim_group(tx, most=most, **place) > 0


async def create(ledger: Ledger, described: DescribedGroup, moves: Sequence[Move]) -> ScimGroupRow:
    """Under ``hold``, where there is room. A new group has no mapping, so it makes nothing of anybody."""
    now, directory = ledger.tools.clock(), ledger.directory
    row = ScimGroupRow(
        id=ledger.tools.new_id(),
        external_id=described.external_id,
        display_name=described.display_name,
        attributes=msgspec.json.encode(described.attributes).decode(),
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.insert_scim_group(ledger.tx, **_values(directory, row), now=now)
    added, removed = await _move(ledger, row.id, moves)
    _tell(ledger, row, "created", ["displayName"], added, removed, moves)
    return row


async def change(
    ledger: Ledger,
    row: ScimGroupRow,
    described: DescribedGroup,
    moves: Sequence[Move],
    accounts: Sequence[str] | None,
) -> ScimGroupRow:
    """Under ``hold``, which answered ``accounts``."""
    now, directory = ledger.tools.clock(), ledger.directory
    added, removed = await _move(ledger, row.id, moves)
    before = msgspec.json.decode(row.attributes)
    names = [
        name
        for name in sorted(before.keys() | described.attributes.keys())
        if before.get(name) != described.attributes.get(name)
    ]
    if not names and not added and not removed:
        return row
    changed = msgspec.structs.replace(
        row,
        external_id=described.external_id,
        display_name=described.display_name,
        attributes=msgspec.json.encode(described.attributes).decode(),
        updated_at=now,
        version=row.version + 1,
    )
    db.update_scim_group(ledger.tx, **_values(directory, changed), now=now)
    _tell(ledger, changed, "changed", names, added, removed, moves)
    if added or removed:
        await _follow(ledger, row.id, accounts)
    return changed


async def delete(ledger: Ledger, row: ScimGroupRow) -> None:
    """Under ``hold``. What it gave ends by a job, however many they are."""
    tx, org_id = ledger.tx, ledger.directory.org_id
    free_scim_group(tx, org_id=org_id, connection_id=ledger.directory.connection_id)
    await _follow(ledger, row.id, None)
    db.delete_scim_group_mappings(tx, org_id=org_id, group_id=row.id)
    removed = await db.delete_scim_group_members(tx, org_id=org_id, group_id=row.id, kept="[]")
    db.delete_scim_group(tx, org_id=org_id, group_id=row.id)
    _tell(ledger, row, "deleted", [], 0, removed, ())


async def page(
    tx: ReadTransaction, directory: Directory, *, start: int, count: int
) -> tuple[int, list[ScimGroupRow]]:
    """How many there are, and ``count`` of them from the ``start``-th on, which begin at 1."""
    place = {"org_id": directory.org_id, "connection_id": directory.connection_id}
    total = await db.count_scim_groups(tx, **place)
    after: str | None = _NIL
    if start > 1 and total:
        after = (await db.find_scim_group_place(tx, skip=min(start - 1, total), **place)).id
    if count == 0 or after is None:
        return total, []
    return total, await db.list_scim_groups(tx, after_id=after, page_size=count, **place)


async def list_members(
    tx: ReadTransaction, directory: Directory, group_ids: Sequence[str], *, most: int
) -> dict[str, list[str]]:
    """The ids of the members of each group, ``most`` and one more of all together."""
    found: dict[str, list[str]] = {each: [] for each in group_ids}
    rows = await db.list_scim_members(
        tx, org_id=directory.org_id, groups=as_json(sorted(set(group_ids))), page_size=most + 1
    )
    for row in rows:
        found[row.group_id].append(row.scim_user_id)
    return found


async def bring_people_in_line(database: Database, tools: Tools, job: DueJobRow) -> None:
    """A job, for everybody in one workspace whom groups of one directory make something there: ``target_id``
    is its connection. A few people each transaction, those too whom no group gives anything any more."""
    after = ""
    while True:

        async def some(tx: WriteTransaction, after: str = after) -> str | None:
            work = await find_connection_of_work(tx, connection_id=job.target_id)
            if work is None:
                return None
            directory = acting(
                org_id=work.org_id,
                connection_id=job.target_id,
                tid=work.tid,
                origin=Origin(tools.new_id(), None),
                now=tools.clock(),
            )
            rows = await list_grantees(
                tx,
                org_id=work.org_id,
                connection_id=job.target_id,
                workspace_id=job.workspace_id,
                after_id=after,
                page_size=AT_ONCE,
            )
            accounts = [row.user_id for row in rows]
            if not accounts:
                return None
            hold_accounts(tx, *accounts)
            lock_organization(tx, org_id=work.org_id)
            ledger = Ledger(tx, tools, directory)
            await scim_grants.bring_in_line(ledger, accounts, workspace_id=job.workspace_id)
            await ledger.close()
            return accounts[-1] if len(accounts) == AT_ONCE else None

        place = await database.transact(some)
        if place is None:
            return
        after = place


async def _follow(ledger: Ledger, group_id: str, accounts: Sequence[str] | None) -> None:
    """What the group makes of people is brought in line with who is in it."""
    if accounts is not None:
        if accounts:
            await scim_grants.bring_in_line(ledger, accounts)
        return
    rows = await db.list_mapped_workspaces(ledger.tx, org_id=ledger.directory.org_id, group_id=group_id)
    for row in rows:
        await scim_grants.follow_later(
            ledger.tx, ledger.tools, row.workspace_id, ledger.directory.connection_id
        )


async def _move(ledger: Ledger, group_id: str, moves: Sequence[Move]) -> tuple[int, int]:
    tx, directory = ledger.tx, ledger.directory
    added = removed = 0
    for move in moves:
        ids = as_json(sorted(set(move.ids)))
        place = {"org_id": directory.org_id, "group_id": group_id}
        if move.is_all:
            removed += await db.delete_scim_group_members(tx, kept=ids, **place)
        if move.is_add:
            added += await db.insert_scim_members(tx, connection_id=directory.connection_id, ids=ids, **place)
        else:
            removed += await db.delete_scim_members(tx, ids=ids, **place)
    return added, removed


def _values(directory: Directory, row: ScimGroupRow) -> dict[str, Any]:
    return {
        "group_id": row.id,
        "org_id": directory.org_id,
        "connection_id": directory.connection_id,
        "external_id": row.external_id,
        "display_name": row.display_name,
        "name_key": name_key(row.display_name),
        "attributes": row.attributes,
    }


def _tell(
    ledger: Ledger,
    row: ScimGroupRow,
    act: str,
    names: Sequence[str],
    added: int,
    removed: int,
    moves: Sequence[Move],
) -> None:
    named = [each for move in moves for each in move.ids]
    details: dict[str, Any] = {"changed": list(names), "members_added": added, "members_removed": removed}
    if "displayName" in names:
        details["display_name"] = row.display_name
    if named:
        details["members"] = named[:_MOST_NAMED]
    ledger.tell_organization(f"scim.group_{act}", "scim_group", row.id, **details)
