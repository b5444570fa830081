"""People and groups of a directory as the library of SCIM reads and writes them, and how it finds them.

A filter that an index answers is asked of the database, and matched by the library among what that finds; any
other is matched against so many people, or groups, at most, one such at a time of each connection, and is
``tooMany`` beyond (RFC 7644, section 3.12). What it takes is bounded by its comparisons and by how much there
is to compare with: the library takes a millisecond for one person whose fifty addresses are looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar, cast

import msgspec
from scim2_models import (
    InvalidFilterException,
    InvalidValueException,
    NotFoundException,
    PayloadTooLargeException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    TooManyException,
    UniquenessException,
)
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    LogicalExpr,
    LogicalOperator,
    Not,
    ValuePath,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from app.core.text import email_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import scim_groups as group_db
from app.db.handles import scim_users as user_db
from app.db.handles.scim_groups import ScimGroupRow
from app.db.handles.scim_users import ScimUserRow
from app.db.paging import Page
from app.kernel.scim_access import Directory, ScimRoom
from app.services import scim_groups, scim_users
from app.services.scim_groups import DescribedGroup, Move
from app.services.scim_ledger import Ledger
from app.services.scim_models import (
    GROUP,
    LONGEST,
    MOST_RESULTS,
    USER,
    canonical,
    described,
    described_group,
    is_group,
    meta,
    provider,
)
from app.services.scim_users import Described

AnyRow = TypeVar("AnyRow", ScimUserRow, ScimGroupRow)
MOST_MATCHED = 1000
_PAGE, _MADE_AT_ONCE = 200, 20
_MOST_TERMS = 10
_MOST_STEPS, _STEPS_AT_ONCE = 50_000, 200
"""Of matching: some 30 microseconds each."""
_MOST_GROUPS, _MOST_MEMBERS, _MOST_OF_ONE = 20_000, 20_000, 200_000
_FIRST = "00000000-0000-0000-0000-000000000000"


class Storage(AsyncScimStorage):
    """The tables, for one request in one transaction; ``ledger`` is None where it only reads."""

    def __init__(
        self,
        tx: ReadTransaction,
        directory: Directory,
        ledger: Ledger | None,
        room: ScimRoom,
        *,
        moves: list[Move],
        named: Sequence[str],
    ) -> None:
        """``moves`` are what the request does to a group's members, known once its body was read; ``named``
        the ``externalId``s in it."""
        self._tx, self._directory, self._ledger, self._room = tx, directory, ledger, room
        self._moves, self._named = moves, named
        user_type, group_type = provider().resource_types
        self._user_model = cast(type[Resource[Any]], provider().model_for(user_type))
        self._group_model = cast(type[Resource[Any]], provider().model_for(group_type))
        self._accounts: Sequence[str] | None = []

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        if is_group(resource_type):
            return self._group(await self._find_group(resource_id))
        row = await self._find_user(resource_id)
        return (await self._users([row]))[0]

    async def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        found: list[Resource[Any]] = []
        total, start = 0, search_request.start_index or 1
        count = MOST_RESULTS if search_request.count is None else max(0, search_request.count)
        for resource_type in resource_types:
            more, resources = await self._search_one(
                resource_type, search_request.filter, max(1, start - total), count - len(found)
            )
            total += more
            found += resources
        return SearchPage(total, found)

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        ledger, tx, directory = self._writing()
        if is_group(resource_type):
            group = described_group(resource)
            self._accounts = await scim_groups.hold(tx, directory, None, self._moves)
            await self._require_group(group, None)
            if not await scim_groups.has_room(tx, directory, self._room.groups):
                raise PayloadTooLargeException(detail=f"A directory has {self._room.groups} groups at most.")
            return self._group(await scim_groups.create(ledger, group, self._moves))
        person = described(resource)
        await scim_users.hold(tx, directory, None, [person.external_id or ""])
        await self._require_unique(person, None)
        if not await scim_users.has_room(tx, directory, self._room.users):
            raise PayloadTooLargeException(detail=f"A directory has {self._room.users} users at most.")
        return (await self._users([await scim_users.create(ledger, person)]))[0]

    async def hold(self, resource_type: ResourceType, resource_id: str) -> None:
        """Before what a change is about is read: from here on it is what it was."""
        _, tx, directory = self._writing()
        key = canonical(resource_id)
        if is_group(resource_type):
            self._accounts = await scim_groups.hold(tx, directory, key, self._moves)
        else:
            await scim_users.hold(tx, directory, key, self._named)

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        ledger, _, _ = self._writing()
        if is_group(resource_type):
            row = await self._find_group(resource.id or "")
            _require_version(row.version, expected_version)
            group = described_group(resource)
            moves = self._moves
            await self._require_group(group, row.id)
            return self._group(await scim_groups.change(ledger, row, group, moves, self._accounts))
        found = await self._find_user(resource.id or "")
        _require_version(found.version, expected_version)
        person = described(resource)
        await self._require_unique(person, found.id)
        return (await self._users([await scim_users.change(ledger, found, person)]))[0]

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        ledger, _, _ = self._writing()
        if is_group(resource_type):
            row = await self._find_group(resource_id)
            _require_version(row.version, expected_version)
            await scim_groups.delete(ledger, row)
            return
        found = await self._find_user(resource_id)
        _require_version(found.version, expected_version)
        await scim_users.delete(ledger, found)

    async def members(self, group_ids: Sequence[str]) -> Mapping[str, list[str]]:
        """Of each group. Raises ``TooManyException`` for more than one answer holds."""
        most = _MOST_MEMBERS if len(group_ids) > 1 else _MOST_OF_ONE
        found = await scim_groups.list_members(self._tx, self._directory, group_ids, most=most)
        if sum(map(len, found.values())) > most:
            raise TooManyException(
                detail="These are too many members for one answer: excludedAttributes=members."
            )
        return found

    def _writing(self) -> tuple[Ledger, WriteTransaction, Directory]:
        if self._ledger is None:
            raise RuntimeError("a request that only reads was asked to write")
        return self._ledger, self._ledger.tx, self._directory

    async def _require_unique(self, person: Described, user_id: str | None) -> None:
        attribute = await scim_users.clash(self._tx, self._directory, person, user_id)
        if attribute is not None:
            raise UniquenessException(detail=f"Somebody else has this {attribute}.")

    async def _require_group(self, group: DescribedGroup, group_id: str | None) -> None:
        if await scim_groups.clash(self._tx, self._directory, group, group_id) is not None:
            raise UniquenessException(detail="Another group has this externalId.")
        if await scim_groups.unknown_members(self._tx, self._directory, self._moves):
            raise InvalidValueException(
                detail="A member is none of this directory's people. Groups in groups are not supported."
            )

    async def _find_user(self, resource_id: str) -> ScimUserRow:
        key = canonical(resource_id)
        row = await scim_users.find(self._tx, self._directory, key) if key else None
        if row is None:
            raise NotFoundException(detail="There is no such user.")
        return row

    async def _find_group(self, resource_id: str) -> ScimGroupRow:
        key = canonical(resource_id)
        row = await scim_groups.find(self._tx, self._directory, key) if key else None
        if row is None:
            raise NotFoundException(detail="There is no such group.")
        return row

    async def _search_one(
        self, resource_type: ResourceType, given: Any, start: int, count: int
    ) -> tuple[int, list[Resource[Any]]]:
        """How many match, and those of the page."""
        is_groups = is_group(resource_type)
        is_active = _only_active(given.ast) if given is not None and not is_groups else None
        if given is None or is_active is not None:
            if is_groups:
                total, groups = await scim_groups.page(self._tx, self._directory, start=start, count=count)
                return total, await self._groups(groups)
            total, users = await scim_users.page(
                self._tx, self._directory, start=start, count=count, is_active=is_active
            )
            return total, await self._users(users)
        terms = _terms(given.ast)
        if terms > _MOST_TERMS:
            raise InvalidFilterException(detail=f"A filter has {_MOST_TERMS} comparisons at most.")
        find = self._candidate_groups if is_groups else self._candidate_users
        is_scan = not any(name in _INDEXED[is_groups] for name, _ in _equalities(given.ast))
        with self._room.scans.take(self._directory.connection_id) if is_scan else nullcontext():
            matching = await _matching(given, terms, await find(given.ast))
        return len(matching), matching[start - 1 : start - 1 + count]

    async def _candidate_users(self, ast: Any) -> list[Resource[Any]]:
        """Those among whom is everybody whom the filter matches. Raises ``TooManyException``."""
        place = {"org_id": self._directory.org_id, "connection_id": self._directory.connection_id}
        tx = self._tx
        for name, value in _equalities(ast):
            row: ScimUserRow | None = None
            if name == "id":
                key = canonical(value)
                row = await user_db.find_scim_user(tx, scim_user_id=key, **place) if key else None
            elif name == "username":
                row = await user_db.find_scim_user_by_name(
                    tx, user_name_key=scim_users.name_key(value), **place
                )
            elif name == "externalid":
                row = await user_db.find_scim_user_by_external_id(tx, external_id=value[:LONGEST], **place)
            elif name == "emails.value":
                rows = await user_db.list_scim_users_by_email(
                    tx, email_key=email_key(value), page_size=MOST_MATCHED + 1, **place
                )
                return await self._users(_few(rows))
            else:
                continue
            return await self._users([row] if row else [])
        users = await _all(
            lambda after: user_db.list_scim_users(tx, after_id=after, page_size=_PAGE, **place)
        )
        return await self._users(users)

    async def _candidate_groups(self, ast: Any) -> list[Resource[Any]]:
        place = {"org_id": self._directory.org_id, "connection_id": self._directory.connection_id}
        tx = self._tx
        for name, value in _equalities(ast):
            key = canonical(value)
            if name == "id":
                row = await group_db.find_scim_group(tx, group_id=key, **place) if key else None
                return [self._group(row)] if row else []
            if name == "externalid":
                row = await group_db.find_scim_group_by_external_id(tx, external_id=value[:LONGEST], **place)
                return [self._group(row)] if row else []
            if name == "displayname":
                rows = await group_db.list_scim_groups_by_name(
                    tx, name_key=scim_users.name_key(value), page_size=MOST_MATCHED + 1, **place
                )
                return await self._groups(_few(rows))
            if name == "members.value":
                if key is None:
                    return []
                rows = await group_db.list_scim_groups_of_member(
                    tx, scim_user_id=key, page_size=MOST_MATCHED + 1, **place
                )
                # What is asked is true of each of these, and they are matched by it: so they say that much.
                return await self._groups(_few(rows), [value])
        groups = await _all(
            lambda after: group_db.list_scim_groups(tx, after_id=after, page_size=_PAGE, **place)
        )
        return await self._groups(groups)

    async def _users(self, rows: Sequence[ScimUserRow]) -> list[Resource[Any]]:
        if not rows:
            return []
        groups: dict[str, list[dict[str, str]]] = {}
        ids = msgspec.json.encode([row.id for row in rows]).decode()
        for each in await user_db.list_scim_groups_of_users(
            self._tx, org_id=self._directory.org_id, ids=ids, page_size=_MOST_GROUPS
        ):
            member = {
                "value": each.id,
                "$ref": f"Groups/{each.id}",
                "display": each.display_name,
                "type": "direct",
            }
            groups.setdefault(each.scim_user_id, []).append(member)
        found = []
        for number, row in enumerate(rows, 1):
            found.append(
                self._user_model.model_validate(
                    msgspec.json.decode(row.attributes)
                    | {"id": row.id, "meta": meta("User", row)}
                    | ({"groups": groups[row.id]} if row.id in groups else {})
                )
            )
            if number % _MADE_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    async def _groups(self, rows: Sequence[ScimGroupRow], members: Sequence[str] = ()) -> list[Resource[Any]]:
        found = []
        for number, row in enumerate(rows, 1):
            found.append(self._group(row, members))
            if number % _MADE_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _group(self, row: ScimGroupRow, members: Sequence[str] = ()) -> Resource[Any]:
        shown = {"members": [{"value": each} for each in members]} if members else {}
        return self._group_model.model_validate(
            msgspec.json.decode(row.attributes) | {"id": row.id, "meta": meta("Group", row), **shown}
        )


async def _matching(given: Any, terms: int, candidates: Sequence[Resource[Any]]) -> list[Resource[Any]]:
    """Gives way to others every few milliseconds. Raises ``TooManyException``."""
    found, steps, rested_at = [], 0, 0
    for resource in candidates:
        steps += terms * _weight(resource)
        if steps > _MOST_STEPS:
            raise TooManyException(detail=_TOO_HEAVY)
        if given.match(resource):
            found.append(resource)
        if steps - rested_at > _STEPS_AT_ONCE:
            rested_at = steps
            await asyncio.sleep(0)
    return found


def _weight(resource: Resource[Any]) -> int:
    """About how much a comparison with it takes: one with an attribute of many values looks at each."""
    return 3 + sum(len(value) for value in vars(resource).values() if isinstance(value, list))


def _terms(node: Any) -> int:
    """How many comparisons a filter makes."""
    if isinstance(node, LogicalExpr):
        return sum(_terms(term) for term in node.terms)
    if isinstance(node, Not):
        return _terms(node.expr)
    return _terms(node.val_filter) if isinstance(node, ValuePath) else 1


def _require_version(version: int, expected: str | None) -> None:
    if expected is not None and expected != f'W/"{version}"':
        raise PreconditionFailedException


async def _all(read: Callable[[str], Awaitable[Page[AnyRow]]]) -> list[AnyRow]:
    """Raises ``TooManyException``."""
    found: list[AnyRow] = []
    while True:
        rows = await read(found[-1].id if found else _FIRST)
        found += rows
        if len(found) > MOST_MATCHED:
            raise TooManyException(detail=_TOO_MANY)
        if len(rows) < _PAGE and not rows.is_cut:
            return found


def _few(rows: Page[AnyRow]) -> list[AnyRow]:
    if len(rows) > MOST_MATCHED or rows.is_cut:
        raise TooManyException(detail=_TOO_MANY)
    return rows


_TOO_MANY = (
    f"This filter would be matched against more than {MOST_MATCHED}. Ask by userName, externalId, id, "
    "emails.value, displayName of a group, or members.value, with eq."
)


def _equalities(node: Any, parent: str = "") -> Iterator[tuple[str, str]]:
    """What whoever matches has for sure: names in lower case, and texts."""
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        for term in node.terms:
            yield from _equalities(term, parent)
    elif isinstance(node, Comparison) and node.op is CompareOperator.eq and isinstance(node.value, str):
        if (name := _name_of(node.attr_path)) is not None:
            yield f"{parent}{name}" if parent else _VALUES.get(name, name), node.value
    elif isinstance(node, ValuePath) and (name := _name_of(node.attr_path)) is not None:
        yield from _equalities(node.val_filter, f"{name}.")


_TOO_HEAVY = (
    "This filter would take too long: ask with fewer comparisons, or by what an index answers, with eq."
)
_INDEXED = {
    False: frozenset({"id", "username", "externalid", "emails.value"}),
    True: frozenset({"id", "externalid", "displayname", "members.value"}),
}
"""By whether groups are asked for: what finds some of them by itself."""

_VALUES = {"emails": "emails.value", "members": "members.value"}


def _name_of(path: AttrPath) -> str | None:
    if path.uri is not None and path.uri.casefold() not in (USER.casefold(), GROUP.casefold()):
        return None
    return f"{path.attr}.{path.sub_attr}".casefold() if path.sub_attr else path.attr.casefold()


def _only_active(node: Any) -> bool | None:
    """What a filter asks that asks whether somebody is active, and nothing else."""
    if (
        isinstance(node, Comparison)
        and node.op is CompareOperator.eq
        and _name_of(node.attr_path) == "active"
    ):
        return {"true": True, "false": False}.get(str(node.value).casefold())
    return None
