"""People as a directory describes them: what is kept of each, and what follows for the account that they are.

Every change holds the accounts, then the organisation: of one directory's requests one is done after the
other, so what is read under ``hold`` is true to the commit, on either engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from app.core.text import email_key, fold, utf16_prefix
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import Overtaken
from app.db.handles import scim_users as db
from app.db.handles.organizations import lock_organization
from app.db.handles.scim_connections import free_scim_user, take_scim_user
from app.db.handles.scim_users import ScimUserRow
from app.kernel.people import hold_accounts
from app.kernel.scim_access import Directory
from app.services import scim_grants, scim_people
from app.services.scim_ledger import Ledger

MOST_EMAILS = 50
_LONGEST_TOLD = 4000
_SECRET = frozenset({"password", "x509Certificates"})
"""Never told, whatever the directory sends; the first is not even kept."""
_NIL = "00000000-0000-0000-0000-000000000000"


class Described(msgspec.Struct, frozen=True):
    """Somebody as the directory describes them; ``attributes`` is all of it, but for what is the
    service's."""

    user_name: str
    external_id: str | None
    display_name: str | None
    is_active: bool
    emails: Sequence[str]
    attributes: Mapping[str, Any]

    @property
    def email_keys(self) -> list[str]:
        return sorted({email_key(each) for each in self.emails if each.strip()})


def name_key(text: str) -> str:
    """By which a userName, or a group's name, is found whatever its case."""
    return utf16_prefix(fold(text), 300)


async def hold(
    tx: WriteTransaction, directory: Directory, scim_user_id: str | None, named: Iterable[str]
) -> None:
    """The accounts that a request may touch, then the organisation: whoever it is about, whom they may turn
    out to be, and those whose object ids it names. Raises ``Overtaken`` where another request has made them
    somebody else meanwhile: an account is never taken after the organisation."""
    accounts = {each for each in map(scim_people.object_id, named) if each}
    accounts |= await _accounts_of(tx, directory, scim_user_id)
    hold_accounts(tx, *accounts)
    lock_organization(tx, org_id=directory.org_id)
    if not await _accounts_of(tx, directory, scim_user_id) <= accounts:
        raise Overtaken("somebody of a directory is another account by now")


async def _accounts_of(tx: ReadTransaction, directory: Directory, scim_user_id: str | None) -> set[str]:
    row = await find(tx, directory, scim_user_id) if scim_user_id is not None else None
    if row is None:
        return set()
    return {each for each in (row.account_id, scim_people.object_id(row.external_id)) if each}


async def find(tx: ReadTransaction, directory: Directory, scim_user_id: str) -> ScimUserRow | None:
    return await db.find_scim_user(
        tx, org_id=directory.org_id, connection_id=directory.connection_id, scim_user_id=scim_user_id
    )


async def clash(
    tx: ReadTransaction, directory: Directory, described: Described, scim_user_id: str | None
) -> str | None:
    """Which attribute somebody else of the directory has already, in the transaction that holds it."""
    place = {"org_id": directory.org_id, "connection_id": directory.connection_id}
    other = await db.find_scim_user_by_name(tx, user_name_key=name_key(described.user_name), **place)
    if other is not None and other.id != scim_user_id:
        return "userName"
    if described.external_id is None:
        return None
    other = await db.find_scim_user_by_external_id(tx, external_id=described.external_id, **place)
    if other is None and (account_id := scim_people.object_id(described.external_id)) is not None:
        other = await db.find_scim_user_of_account(tx, account_id=account_id, **place)
    return "externalId" if other is not None and other.id != scim_user_id else None


async def has_room(tx: WriteTransaction, directory: Directory, most: int) -> bool:
    """Counts one more, under ``hold``, unless there are so many."""
    place = {"org_id": directory.org_id, "connection_id": directory.connection_id}
    return await take_scim_user(tx, most=most, **place) > 0


async def create(ledger: Ledger, described: Described) -> ScimUserRow:
    """Under ``hold``, where nothing clashes and there is room."""
    tx, directory, now = ledger.tx, ledger.directory, ledger.tools.clock()
    account_id = await scim_people.link(
        ledger, scim_people.object_id(described.external_id), described.display_name
    )
    row = ScimUserRow(
        id=ledger.tools.new_id(),
        account_id=account_id,
        external_id=described.external_id,
        user_name=described.user_name,
        is_active=described.is_active,
        attributes=msgspec.json.encode(described.attributes).decode(),
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.insert_scim_user(tx, **_values(directory, row), now=now)
    _write_emails(tx, directory, row.id, described)
    _tell(ledger, row, "created", {}, described.attributes)
    if account_id is not None:
        await _settle(ledger, account_id, described)
    return row


async def change(ledger: Ledger, row: ScimUserRow, described: Described) -> ScimUserRow:
    """Under ``hold``, where nothing clashes."""
    tx, directory, now = ledger.tx, ledger.directory, ledger.tools.clock()
    before: dict[str, Any] = msgspec.json.decode(row.attributes)
    wanted_id = scim_people.object_id(described.external_id)
    account_id = row.account_id
    if wanted_id != scim_people.object_id(row.external_id) or account_id is None:
        account_id = await scim_people.link(ledger, wanted_id, described.display_name)
    changed = msgspec.structs.replace(
        row,
        account_id=account_id,
        external_id=described.external_id,
        user_name=described.user_name,
        is_active=described.is_active,
        attributes=msgspec.json.encode(described.attributes).decode(),
        updated_at=now,
        version=row.version + 1,
    )
    db.update_scim_user(tx, **_values(directory, changed), now=now)
    if _emails_of(before) != _emails_of(described.attributes):
        db.delete_scim_user_emails(tx, org_id=directory.org_id, scim_user_id=row.id)
        _write_emails(tx, directory, row.id, described)
    act = "changed"
    if described.is_active != row.is_active:
        act = "activated" if described.is_active else "deactivated"
    _tell(ledger, changed, act, before, described.attributes)
    if row.account_id is not None and row.account_id != account_id:
        await scim_people.stop(ledger, row.account_id, [])
        await scim_people.take_out(ledger, row.account_id)
    if account_id is not None and (account_id != row.account_id or act != "changed"):
        await _settle(ledger, account_id, described)
    touched = {each for each in (row.account_id, account_id) if each}
    if touched and (account_id != row.account_id or act != "changed"):
        await scim_grants.bring_in_line(ledger, sorted(touched))
    return changed


async def delete(ledger: Ledger, row: ScimUserRow) -> None:
    """Under ``hold``. Whoever the directory deletes is stopped until it has them again."""
    tx, org_id = ledger.tx, ledger.directory.org_id
    emails = _emails_of(msgspec.json.decode(row.attributes))
    if row.account_id is not None:
        await scim_people.stop(ledger, row.account_id, sorted({email_key(each) for each in emails}))
        await scim_people.take_out(ledger, row.account_id)
    forget(tx, org_id=org_id, connection_id=ledger.directory.connection_id, scim_user_id=row.id)
    _tell(ledger, row, "deleted", {}, {})
    if row.account_id is not None:
        await scim_grants.bring_in_line(ledger, [row.account_id])


def forget(tx: WriteTransaction, *, org_id: str, connection_id: str, scim_user_id: str) -> None:
    """The rows of somebody who is there, for whoever holds the organisation."""
    free_scim_user(tx, org_id=org_id, connection_id=connection_id)
    db.delete_scim_user_members(tx, org_id=org_id, scim_user_id=scim_user_id)
    db.delete_scim_user_emails(tx, org_id=org_id, scim_user_id=scim_user_id)
    db.delete_scim_user(tx, org_id=org_id, scim_user_id=scim_user_id)


async def page(
    tx: ReadTransaction, directory: Directory, *, start: int, count: int, is_active: bool | None
) -> tuple[int, list[ScimUserRow]]:
    """How many there are, and ``count`` of them from the ``start``-th on, which begin at 1."""
    place = {"org_id": directory.org_id, "connection_id": directory.connection_id}
    if is_active is None:
        total = await db.count_scim_users(tx, **place)
    else:
        total = await db.count_scim_users_by_active(tx, is_active=is_active, **place)
    after: str | None = _NIL
    if start > 1:
        skip = min(start - 1, total)
        if skip == 0:
            return total, []
        if is_active is None:
            after = (await db.find_scim_user_place(tx, skip=skip, **place)).id
        else:
            found = await db.find_scim_user_place_by_active(tx, skip=skip, is_active=is_active, **place)
            after = found.id
    if count == 0 or after is None:
        return total, []
    if is_active is None:
        return total, await db.list_scim_users(tx, after_id=after, page_size=count, **place)
    return total, await db.list_scim_users_by_active(
        tx, after_id=after, page_size=count, is_active=is_active, **place
    )


async def _settle(ledger: Ledger, account_id: str, described: Described) -> None:
    if described.is_active:
        await scim_people.let_in(ledger, account_id, described.display_name)
    else:
        await scim_people.stop(ledger, account_id, described.email_keys)


def _values(directory: Directory, row: ScimUserRow) -> dict[str, Any]:
    return {
        "scim_user_id": row.id,
        "org_id": directory.org_id,
        "connection_id": directory.connection_id,
        "account_id": row.account_id,
        "external_id": row.external_id,
        "user_name": row.user_name,
        "user_name_key": name_key(row.user_name),
        "is_active": row.is_active,
        "attributes": row.attributes,
    }


def _write_emails(
    tx: WriteTransaction, directory: Directory, scim_user_id: str, described: Described
) -> None:
    if keys := described.email_keys:
        db.insert_scim_user_emails(
            tx,
            org_id=directory.org_id,
            connection_id=directory.connection_id,
            scim_user_id=scim_user_id,
            email_keys=msgspec.json.encode(keys).decode(),
        )


def _emails_of(attributes: Mapping[str, Any]) -> list[str]:
    emails = attributes.get("emails") or []
    return [each["value"] for each in emails if isinstance(each.get("value"), str)]


def _tell(
    ledger: Ledger, row: ScimUserRow, act: str, before: Mapping[str, Any], now: Mapping[str, Any]
) -> None:
    """About whom there is an account, what the directory sent is told, so that an erasure finds and blanks it
    with all else about them; about anybody else only which attributes these were."""
    names = [
        name
        for name in sorted(before.keys() | now.keys())
        if name != "schemas" and before.get(name) != now.get(name)
    ]
    about = ("user", row.account_id) if row.account_id else ("scim_user", row.id)
    details: dict[str, Any] = {
        "scim_user_id": row.id,
        "is_linked": row.account_id is not None,
        "changed": names,
    }
    if row.account_id is not None:
        sent = {name: now.get(name) for name in names if name not in _SECRET}
        if len(msgspec.json.encode(sent)) <= _LONGEST_TOLD:
            details["sent"] = sent
    ledger.tell_organization(f"scim.user_{act}", *about, **details)
