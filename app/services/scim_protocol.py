"""SCIM 2.0 as the library speaks it (RFC 7644), on the tables of this service.

scim2-models and scim2-server parse and validate, apply PATCH, match filters, choose attributes, judge
conditions and word errors. What is kept, and what follows from it, is ``scim_users`` and ``scim_groups``.
Only this module, ``scim_models`` and ``scim_storage`` know the library, which moves from month to month and
takes a second to import: nothing imports it before a directory asks for something.

Members of groups go past it, and are moved by SQL: a PATCH of a group of ten thousand takes it a second of
this process's one thread."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

import msgspec
from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    Path,
    PayloadTooLargeException,
    Resource,
    ResourceType,
    SCIMException,
    ScimFilter,
)
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator, ValuePath
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, match
from scim2_server.service import ScimService

from app.core.caller import Tools
from app.core.strict_json import decode_json
from app.core.text import plain
from app.db.connection import ReadTransaction, WriteTransaction
from app.kernel.scim_access import Directory, ScimRoom
from app.services.scim_groups import Move
from app.services.scim_ledger import Ledger
from app.services.scim_models import GROUP, USER, canonical, is_group, provider
from app.services.scim_storage import Storage

__all__ = ["SCIMException", "ScimRequest", "ScimResponse", "answer", "error_answer", "is_change"]
_CHANGES = (Operation.create, Operation.replace, Operation.patch, Operation.delete)
_NAMED = re.compile(r"(?:(urn:[^\s\[\]]+):)?([A-Za-z$][A-Za-z0-9$_-]*)")
_LONGEST_FILTER = 2000
_MOST_BYTES = 131_072
"""Of what describes one resource: no more than 16 KiB of it are kept."""
_MOST_PATCH_STEPS = 500
"""About a millisecond each, at most."""
_MOST_NAMED = 50
_OWN_SCHEMAS = frozenset(each.casefold() for each in (USER, GROUP))


class Service(ScimService):
    """The protocol, for one request: what it takes out of bodies it keeps for the storage."""

    def __init__(self) -> None:
        super().__init__(provider())
        self.moves: list[Move] = []
        """Of members of the group that the request is about."""

    def read_creation(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> Resource[Any]:
        return super().read_creation(resource_type, self._without_members(resource_type, body), content_type)

    def read_replacement(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> Resource[Any]:
        return super().read_replacement(
            resource_type, self._without_members(resource_type, body), content_type
        )

    def read_patch(self, resource_type: ResourceType, body: bytes, content_type: str | None) -> PatchOp[Any]:
        self.ensure_json(content_type)
        document = decoded(body)
        model = self.get_model(resource_type)
        if isinstance(document, dict):
            key = next((name for name in document if name.casefold() == "operations"), None)
            operations = document.get(key) if key is not None else None
            if isinstance(operations, list):
                kept = [each for given in operations for each in _spread(given)]
                if is_group(resource_type):
                    kept = [each for each in kept if not self._takes(each)]
                    if not kept and self.moves:
                        patch: PatchOp[Any] = PatchOp[model].model_construct(operations=[])  # type: ignore[valid-type]
                        return patch
                document = document | {key: kept}
        return super().read_patch(resource_type, _require_small(document), content_type)

    def apply_patch(
        self, current: Resource[Any], patch_op: PatchOp[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        _require_light(current, patch_op.operations or [])
        before = copy.deepcopy(current.unknown_attributes)
        patched = super().apply_patch(current, patch_op, conditions)
        for operation in patch_op.operations or []:
            _patch_unknown(current, operation)
        return current if patched is not None or current.unknown_attributes != before else None

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        replaced = super().apply_replacement(current, replacement, conditions)
        if replaced is None and replacement.unknown_attributes != current.unknown_attributes:
            return replacement
        return replaced

    def _without_members(self, resource_type: ResourceType, body: bytes) -> bytes:
        document = decoded(body)
        if not is_group(resource_type) or not isinstance(document, dict):
            return _require_small(document)
        key = next((name for name in document if name.casefold() == "members"), None)
        self.moves.append(Move(_ids(document.pop(key) if key else None, is_add=True), is_all=True))
        return _require_small(document)

    def _takes(self, operation: Any) -> bool:
        """Whether it is about members alone, and is theirs from here on."""
        if not isinstance(operation, dict):
            return False
        given = {name.casefold(): value for name, value in operation.items()}
        op, path, value = str(given.get("op", "")).casefold(), given.get("path"), given.get("value")
        if not isinstance(path, str) or op not in ("add", "replace", "remove"):
            return False
        name, _, selected = path.strip().partition("[")
        if name.casefold().removeprefix(f"{GROUP}:".casefold()) not in ("members", "members.value"):
            return False
        if selected:
            if op != "remove":
                raise InvalidValueException(detail="Members are added by their ids.")
            self.moves.append(Move(_selected(path.strip()[len(name) :]), is_add=False))
        elif op == "remove":
            ids = _ids(value, is_add=False)
            # Without a value all of them: as if nobody were to be left.
            self.moves.append(Move([], is_all=True) if value in (None, []) else Move(ids, is_add=False))
        else:
            self.moves.append(Move(_ids(value, is_add=True), is_all=op == "replace"))
        return True


class Handler(AsyncScimHandler):
    """As the library's: what is changed is held before it is read, and a change of members is one."""

    def __init__(self, service: Service, storage: Storage) -> None:
        super().__init__(service, storage)
        self._service, self._storage = service, storage

    async def patch_resource(
        self, resource_type: ResourceType, resource_id: str, patch_op: PatchOp[Any], conditions: Conditions
    ) -> Resource[Any]:
        await self._storage.hold(resource_type, resource_id)
        current = await self._storage.get(resource_type, resource_id)
        version = current.meta.version if current.meta else None
        patched = self._service.apply_patch(current, patch_op, conditions)
        if patched is None and not self._service.moves:
            return current
        return await self._storage.update(resource_type, patched or current, expected_version=version)

    async def replace_resource(
        self,
        resource_type: ResourceType,
        current: Resource[Any],
        replacement: Resource[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        resource_id = current.id or ""
        await self._storage.hold(resource_type, resource_id)
        current = await self._storage.get(resource_type, resource_id)
        version = current.meta.version if current.meta else None
        replaced = self._service.apply_replacement(current, replacement, conditions)
        if replaced is None and not self._service.moves:
            return current
        return await self._storage.update(resource_type, replaced or current, expected_version=version)

    async def delete_resource(
        self, resource_type: ResourceType, resource_id: str, conditions: Conditions
    ) -> None:
        await self._storage.hold(resource_type, resource_id)
        await super().delete_resource(resource_type, resource_id, conditions)


def is_change(method: str, path: str) -> bool:
    """Whether it needs a transaction that writes. Raises ``SCIMException`` for what is none of RFC 7644."""
    return match(method.upper(), path).operation in _CHANGES


async def answer(
    request: ScimRequest, tx: ReadTransaction, directory: Directory, tools: Tools, room: ScimRoom
) -> ScimResponse:
    """One request, in a transaction that fits ``is_change``. Raises ``SCIMException``, and ``LimitExceeded``
    where the organisation has no seat left."""
    service = Service()
    if request.body:
        service.ensure_json(request.header("Content-Type"))
    document = decoded(request.body) if request.body else None
    _require_plain(document)
    _require_short_filters(request.query, document)
    ledger = Ledger(tx, tools, directory) if isinstance(tx, WriteTransaction) else None
    named = list(islice(_external_ids(document), _MOST_NAMED + 1))
    if len(named) > _MOST_NAMED:
        raise InvalidValueException(detail=f"A body names {_MOST_NAMED} external ids at most.")
    storage = Storage(tx, directory, ledger, room, moves=service.moves, named=named)
    response = await Handler(service, storage).handle(request)
    if response.body is not None:
        await _show_members(request, document, response.body, storage)
    if ledger is not None:
        await ledger.close()
    return response


def error_answer(error: SCIMException) -> ScimResponse:
    return Service().error_response(error)


def decoded(body: bytes) -> Any:
    """Raises ``InvalidSyntaxException``."""
    try:
        return decode_json(body)
    except json.JSONDecodeError as error:
        raise InvalidSyntaxException(detail=f"The body is no JSON: {error.msg}") from None


def _require_plain(value: Any) -> None:
    """Raises ``InvalidValueException`` for text that no database here takes."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            try:
                plain(each)
            except ValueError as error:
                raise InvalidValueException(detail=f"A text {error}.") from None


def _require_short_filters(*sources: Any) -> None:
    """Raises ``InvalidFilterException``, before anything parses them."""
    for source in sources:
        for name, text in source.items() if isinstance(source, Mapping) else ():
            if name.casefold() == "filter" and isinstance(text, str) and len(text) > _LONGEST_FILTER:
                raise InvalidFilterException(detail=f"A filter is {_LONGEST_FILTER} characters at most.")


def _require_small(document: Any) -> bytes:
    """What is to be read of one resource, without its members. Raises ``PayloadTooLargeException``."""
    body = msgspec.json.encode(document)
    if len(body) > _MOST_BYTES:
        raise PayloadTooLargeException(detail=f"But for members a body is {_MOST_BYTES} bytes at most.")
    return body


def _require_light(current: Resource[Any], operations: Sequence[Any]) -> None:
    """Each operation that selects by a filter looks at all there is to select from, with all that the
    operations before it have added. Raises ``PayloadTooLargeException``."""
    there = len(msgspec.json.encode(current.model_dump()))
    steps = 0
    for operation in operations:
        path = str(operation.path or "")
        there += len(str(operation.value))
        steps += 1 + (path.count(" ") * there // 400 if "[" in path else 0)
    if steps > _MOST_PATCH_STEPS:
        raise PayloadTooLargeException(detail="These operations would take too long: send fewer at once.")


def _external_ids(document: Any) -> Iterator[str]:
    """Whatever a body may make an ``externalId``: those accounts are held before it is read."""
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            is_named = str(each.get("path", "")).casefold().endswith("externalid")
            for name, value in each.items():
                if isinstance(value, str):
                    if name.casefold().endswith("externalid") or (is_named and name.casefold() == "value"):
                        yield value
                else:
                    waiting.append(value)


def _spread(operation: Any) -> list[Any]:
    """An operation without a path whose value names some by filter, as Entra ID's do, or members: these
    become operations of their own."""
    if not isinstance(operation, dict):
        return [operation]
    given = {name.casefold(): name for name in operation}
    value = operation.get(given.get("value", ""))
    if operation.get(given.get("path", "")) or not isinstance(value, dict):
        return [operation]
    apart = {name: each for name, each in value.items() if "[" in name or _is_members(name)}
    if not apart:
        return [operation]
    rest = {name: each for name, each in value.items() if name not in apart}
    op = operation.get(given.get("op", ""))
    own = [{"op": op, "path": name, "value": each} for name, each in apart.items()]
    return [*([{"op": op, "value": rest}] if rest else []), *own]


def _is_members(name: str) -> bool:
    return name.strip().casefold().removeprefix(f"{GROUP}:".casefold()) == "members"


def _ids(value: Any, *, is_add: bool) -> list[str]:
    """Ids of members, as directories send them. What can be no id is nobody to take out, and refused where it
    is to be added."""
    given = value if isinstance(value, list) else [] if value is None else [value]
    found = []
    for each in given:
        text = each.get("value") if isinstance(each, dict) else each
        key = canonical(text) if isinstance(text, str) else None
        if key is not None:
            found.append(key)
        elif is_add:
            raise InvalidValueException(detail="A member is named by the id of a user.")
    return found


def _selected(condition: str) -> list[str]:
    """The ids that ``[value eq "…"]`` names, several with ``or``."""
    ast = ScimFilter(f"members{condition[: condition.rindex(']') + 1]}").ast if "]" in condition else None
    waiting, found = [ast.val_filter if isinstance(ast, ValuePath) else None], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, LogicalExpr) and node.op is LogicalOperator.or_:
            waiting += node.terms
        elif (
            isinstance(node, Comparison)
            and node.op is CompareOperator.eq
            and str(node.attr_path).casefold() == "value"
        ):
            found += _ids(node.value, is_add=False)
        else:
            raise InvalidPathException(detail='Members are selected by their ids: members[value eq "…"].')
    return found


def _patch_unknown(resource: Resource[Any], operation: Any) -> None:
    """What no schema here has is kept as it is sent; the library changes none of it."""
    path, value = str(operation.path or ""), operation.value
    pairs = [(path, value)] if path else list(value.items()) if isinstance(value, dict) else []
    is_removed = str(operation.op).casefold().endswith("remove")
    unknown = resource.unknown_attributes
    for name, each in pairs:
        if name.casefold().startswith("urn:") and isinstance(each, dict) and _is_unknown(resource, name):
            unknown[name] = {**unknown.get(name, {}), **each}
            continue
        found = _NAMED.fullmatch(name)
        if found is None or (found[1] or "").casefold() in _OWN_SCHEMAS or not _is_unknown(resource, name):
            continue
        holder: Any = unknown
        if found[1]:
            if is_removed and found[1] not in unknown:
                continue
            holder = unknown.setdefault(found[1], {})
        if not isinstance(holder, dict):
            continue
        if is_removed:
            holder.pop(found[2], None)
        else:
            holder[found[2]] = each


def _is_unknown(resource: Resource[Any], name: str) -> bool:
    try:
        return cast(Any, Path)[type(resource)](name).resolve() is None
    except SCIMException:
        return True


async def _show_members(request: ScimRequest, document: Any, body: dict[str, Any], storage: Storage) -> None:
    """Puts the members into an answer that shows groups, unless it was asked to do without."""
    shown = body.get("Resources") if isinstance(body.get("Resources"), list) else [body]
    groups = {each["id"]: each for each in shown or [] if GROUP in each.get("schemas", ()) and "id" in each}
    names = _shown_of_members(document if isinstance(document, dict) else {}, request.query)
    if not groups or not names:
        return
    base = request.base_url.rstrip("/")
    for group_id, ids in (await storage.members(list(groups))).items():
        groups[group_id]["members"] = [
            {
                name: value
                for name, value in {"value": each, "$ref": f"{base}/Users/{each}", "type": "User"}.items()
                if name.casefold() in names
            }
            for each in ids
        ]


_OF_A_MEMBER = frozenset({"value", "$ref", "type"})


def _shown_of_members(document: Mapping[str, Any], query: Mapping[str, str]) -> frozenset[str]:
    """What of each member is to be shown."""

    def given(name: str) -> Sequence[str]:
        value = document.get(name) or query.get(name) or ""
        texts = value if isinstance(value, list) else str(value).split(",")
        prefix = f"{GROUP}:".casefold()
        return [str(each).strip().casefold().removeprefix(prefix) for each in texts if str(each).strip()]

    if attributes := given("attributes"):
        if "members" in attributes:
            return _OF_A_MEMBER
        return frozenset(name.partition(".")[2] for name in attributes if name.startswith("members."))
    excluded = given("excludedAttributes")
    if "members" in excluded:
        return frozenset()
    return _OF_A_MEMBER - {name.partition(".")[2] for name in excluded if name.startswith("members.")}
