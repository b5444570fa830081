"""Types of people: what somebody of a type may do to tasks, and which states they never see. Every change
holds the workspace's guard row, and makes every process forget what it kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import AccessLevel, Permission
from app.core.preconditions import Expected, require_version
from app.core.task_states import TaskState
from app.core.text import fold, name_key
from app.core.work_errors import AdminHidesNothing, UserTypeInUse, UserTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import ForeignKeyViolation
from app.db.handles import user_types as db
from app.db.handles.eligibility import delete_mappings_of_user_type
from app.db.handles.object_roles import delete_object_roles_of_object
from app.db.handles.user_types import UserTypeRow
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.reference import ReferenceCache

_record = partial(audit.record, target_type="user_type")
_RIGHTS = ("access_level", "read_only", "permissions", "hidden_states")
"""What decides, and is in the log as it was and as it is."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a type is. ``permissions`` and ``hidden_states`` are in the order of their enumerations."""

    name: str
    description: str | None = None
    access_level: str = AccessLevel.REGULAR
    read_only: bool = False
    permissions: tuple[Permission, ...] = ()
    hidden_states: tuple[TaskState, ...] = ()


class UserType(Facts, frozen=True, kw_only=True):
    id: str
    workspace_id: str
    created_at: datetime
    updated_at: datetime
    version: int


F = TypeVar("F", bound=Facts)


class FromTemplate(msgspec.Struct, frozen=True):
    """The template's types as they are now, and the ids of those that were made for it."""

    items: list[UserType]
    created: list[str]


_VIEW, _TAKE, _MOVE, _ASSIGN = Permission
TEMPLATE = (
    Facts(
        name="SystemAdmin",
        description="Reaches every event and every type.",
        access_level=AccessLevel.ADMIN,
        permissions=(*Permission,),
    ),
    Facts(
        name="EventManager",
        description="Runs events: takes, moves and assigns tasks.",
        permissions=(*Permission,),
    ),
    Facts(
        name="Vendor",
        description="Takes tasks and moves them on.",
        permissions=(_VIEW, _TAKE, _MOVE),
    ),
    Facts(
        name="Customer",
        description="Looks on, once a task has been begun.",
        read_only=True,
        permissions=(_VIEW,),
        hidden_states=(TaskState.TODO,),
    ),
    Facts(
        name="Coordinator",
        description="Assigns tasks to others and moves them on.",
        permissions=(_VIEW, _MOVE, _ASSIGN),
    ),
)
"""The five of EventFlow."""


async def add_user_type(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, facts: Facts
) -> UserType:
    """Raises ``AdminHidesNothing``, and ``UserTypeExists`` through UQ_UserType_name."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.add")
    made = _insert(tx, tools, workspace_id, facts)
    raise_generation(tx, workspace_id=workspace_id)
    await _record_made(tx, caller, tools, made)
    return made


async def add_from_template(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str
) -> FromTemplate:
    """Makes those of the template whose names no type has; a type that has one stays as it is."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.add")
    types, made = [], []
    for facts in TEMPLATE:
        row = await db.find_user_type(tx, workspace_id=workspace_id, name_key=fold(facts.name))
        if row is not None:
            types += await _with_traits(tx, [row])
        else:
            types.append(_insert(tx, tools, workspace_id, facts))
            made.append(types[-1])
    if made:
        raise_generation(tx, workspace_id=workspace_id)
    for each in made:
        await _record_made(tx, caller, tools, each)
    return FromTemplate(types, [each.id for each in made])


async def list_user_types(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], cache: ReferenceCache, *, workspace_id: str
) -> Found[str]:
    """By name."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="user_type.list")

    async def read() -> Found[str]:
        rows = await db.list_user_types(
            tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
        )
        found = asked.found(rows, lambda row: name_key(row.name, row.id))
        return Found(await _with_traits(tx, rows[: len(found.items)]), found.place)

    return await cache.get(access, ("user_types", asked.place, asked.limit), read)


async def get_user_type(
    tx: ReadTransaction, caller: Caller, cache: ReferenceCache, *, workspace_id: str, user_type_id: str
) -> UserType:
    """Raises ``UserTypeNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="user_type.read")
    return await cache.get(
        access, ("user_type", user_type_id), partial(_find, tx, workspace_id, user_type_id)
    )


async def update_user_type(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_type_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> UserType:
    """``changes`` may hold what ``add_user_type`` takes; what is not in it stays. Raises as that does, and
    ``UserTypeNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.update")
    before = await _find(tx, workspace_id, user_type_id)
    require_version(before.version, expected)
    after = _checked(msgspec.structs.replace(before, **changes))
    if after == before:
        return before
    now = tools.clock()
    db.update_user_type(
        tx,
        workspace_id=workspace_id,
        user_type_id=user_type_id,
        name=after.name,
        name_key=fold(after.name),
        list_key=name_key(after.name, user_type_id),
        description=after.description,
        access_level=after.access_level,
        read_only=after.read_only,
        now=now,
    )
    if after.permissions != before.permissions:
        db.delete_user_type_permissions(tx, workspace_id=workspace_id, user_type_id=user_type_id)
        _insert_traits(tx, after, after.permissions, ())
    if after.hidden_states != before.hidden_states:
        db.delete_user_type_hidden_states(tx, workspace_id=workspace_id, user_type_id=user_type_id)
        _insert_traits(tx, after, (), after.hidden_states)
    raise_generation(tx, workspace_id=workspace_id)
    changed = sorted(name for name in changes if getattr(after, name) != getattr(before, name))
    rights = {
        name: {"from": getattr(before, name), "to": getattr(after, name)}
        for name in changed
        if name in _RIGHTS
    }
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="user_type.updated",
        target_id=user_type_id,
        details={"changed": changed, **rights},
    )
    return msgspec.structs.replace(after, updated_at=now, version=before.version + 1)


async def delete_user_type(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_type_id: str,
    expected: Expected = None,
) -> None:
    """With its mappings. Raises ``UserTypeInUse`` while a member has it."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="user_type.delete")
    row = await _find(tx, workspace_id, user_type_id)
    require_version(row.version, expected)
    for delete in (
        db.delete_user_type_permissions,
        db.delete_user_type_hidden_states,
        delete_mappings_of_user_type,
    ):
        delete(tx, workspace_id=workspace_id, user_type_id=user_type_id)
    delete_object_roles_of_object(
        tx, workspace_id=workspace_id, object_type="user_type", object_id=user_type_id
    )
    try:
        await db.delete_user_type(tx, workspace_id=workspace_id, user_type_id=user_type_id)
    except ForeignKeyViolation:
        raise UserTypeInUse from None
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="user_type.deleted",
        target_id=user_type_id,
        details={"name": row.name},
    )


async def _find(tx: ReadTransaction, workspace_id: str, user_type_id: str) -> UserType:
    row = await db.get_user_type(tx, workspace_id=workspace_id, user_type_id=user_type_id)
    if row is None:
        raise UserTypeNotFound
    return (await _with_traits(tx, [row]))[0]


async def _with_traits(tx: ReadTransaction, rows: list[UserTypeRow]) -> list[UserType]:
    """What each of ``rows``, which follow each other in the list, grants and hides, beside what it is."""
    if not rows:
        return []
    first, last = rows[0], rows[-1]
    traits = await db.list_user_type_traits(
        tx,
        workspace_id=first.workspace_id,
        first_key=name_key(first.name, first.id),
        last_key=name_key(last.name, last.id),
    )
    found = {(each.user_type_id, each.trait) for each in traits}
    return [
        UserType(
            **msgspec.structs.asdict(row),
            permissions=tuple(each for each in Permission if (row.id, each) in found),
            hidden_states=tuple(each for each in TaskState if (row.id, each) in found),
        )
        for row in rows
    ]


def _insert(tx: WriteTransaction, tools: Tools, workspace_id: str, facts: Facts) -> UserType:
    now = tools.clock()
    made = UserType(
        id=tools.new_id(),
        workspace_id=workspace_id,
        created_at=now,
        updated_at=now,
        version=1,
        **msgspec.structs.asdict(_checked(facts)),
    )
    db.insert_user_type(
        tx,
        user_type_id=made.id,
        workspace_id=workspace_id,
        name=made.name,
        name_key=fold(made.name),
        list_key=name_key(made.name, made.id),
        description=made.description,
        access_level=made.access_level,
        read_only=made.read_only,
        now=now,
    )
    _insert_traits(tx, made, made.permissions, made.hidden_states)
    return made


def _insert_traits(
    tx: WriteTransaction, of: UserType, permissions: Iterable[str], hidden_states: Iterable[str]
) -> None:
    for permission in permissions:
        db.insert_user_type_permission(
            tx, workspace_id=of.workspace_id, user_type_id=of.id, permission=permission
        )
    for state in hidden_states:
        db.insert_user_type_hidden_state(tx, workspace_id=of.workspace_id, user_type_id=of.id, state=state)


def _checked(facts: F) -> F:
    """Each once and in order. Raises ``AdminHidesNothing``."""
    if facts.access_level == AccessLevel.ADMIN and facts.hidden_states:
        raise AdminHidesNothing
    return msgspec.structs.replace(
        facts,
        permissions=tuple(each for each in Permission if each in facts.permissions),
        hidden_states=tuple(each for each in TaskState if each in facts.hidden_states),
    )


async def _record_made(tx: WriteTransaction, caller: Caller, tools: Tools, made: UserType) -> None:
    await _record(
        tx,
        caller,
        tools,
        workspace_id=made.workspace_id,
        action="user_type.created",
        target_id=made.id,
        details={"name": made.name, **{name: getattr(made, name) for name in _RIGHTS}},
    )
