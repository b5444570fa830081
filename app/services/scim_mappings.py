"""What the groups of a directory make of people, in which workspaces of the organisation: decided by its
ADMINs, who govern these workspaces, and looked at before it is done. People are brought in line by a job."""

from __future__ import annotations

from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import ScimGroupNotFound, ScimMappingNotFound, WorkspaceNotFound
from app.core.permissions import OrgRole, Role
from app.core.work_errors import UserTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import scim_grants as grant_db
from app.db.handles import scim_mappings as db
from app.db.handles.scim_grants import WantedGrantRow
from app.db.handles.scim_mappings import FoundGroupRow, MappingRow, PersonOfGroupRow
from app.db.handles.user_types import get_user_type
from app.db.paging import Asked, Found
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.kernel.platform_audit import record_for_organization
from app.services.scim_grants import Standing, base_of, follow_later, highest, standing

FIRST = "00000000-0000-0000-0000-000000000000"
MOST_PREVIEWED, MOST_TOLD = 2000, 100
_PAGE = 500


class Change(msgspec.Struct, frozen=True):
    user_id: str
    display_name: str | None
    role: str | None
    """What they are in the workspace now; None for nothing."""
    new_role: str | None
    user_type_id: str | None
    new_user_type_id: str | None


class Preview(msgspec.Struct, frozen=True):
    """``looked_at`` people of the group who are active and have an account; there may be ``more`` of them."""

    looked_at: int
    added: int
    changed: int
    removed: int
    more: bool
    people: list[Change]


async def list_directory_groups(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str
) -> Found[str]:
    await _enter(tx, caller, org_id, "scim_group.list")
    rows = await db.list_directory_groups(tx, org_id=org_id, after_id=asked.place, page_size=asked.page_size)
    return asked.found(rows, lambda row: row.id)


async def list_mappings(tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str) -> Found[str]:
    await _enter(tx, caller, org_id, "scim_mapping.list")
    rows = await db.list_mappings_of_groups(
        tx, org_id=org_id, after_id=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: row.id)


async def set_mapping(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    group_id: str,
    workspace_id: str,
    role: Role,
    user_type_id: str | None,
) -> MappingRow:
    """One group has one mapping to one workspace: it is made, or changed. Raises ``ScimGroupNotFound``,
    ``WorkspaceNotFound`` for one that is not of the organisation, and ``UserTypeNotFound``."""
    hold_accounts(tx, caller.user_id)
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="scim_mapping.set", minimum=OrgRole.ADMIN
    )
    group = await _require(tx, org_id, group_id, workspace_id, user_type_id)
    now = tools.clock()
    row = await db.find_mapping_of_group(tx, org_id=org_id, group_id=group_id, workspace_id=workspace_id)
    if row is not None and (row.role, row.user_type_id) == (role, user_type_id):
        return row
    if row is None:
        mapping_id = tools.new_id()
        db.insert_mapping_of_group(
            tx,
            mapping_id=mapping_id,
            org_id=org_id,
            connection_id=group.connection_id,
            group_id=group_id,
            workspace_id=workspace_id,
            role=role,
            user_type_id=user_type_id,
            created_by=caller.user_id,
            now=now,
        )
    else:
        mapping_id = row.id
        db.update_mapping_of_group(
            tx, org_id=org_id, mapping_id=mapping_id, role=role, user_type_id=user_type_id, now=now
        )
    mapping = await _find(tx, org_id, mapping_id)
    await _follow(tx, caller, tools, org_id, mapping, "set")
    return mapping


async def remove_mapping(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, mapping_id: str
) -> None:
    """What the group gave ends, for whom no other group gives it."""
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="scim_mapping.remove", minimum=OrgRole.ADMIN
    )
    mapping = await _find(tx, org_id, mapping_id)
    db.delete_mapping_of_group(tx, org_id=org_id, mapping_id=mapping_id)
    await _follow(tx, caller, tools, org_id, mapping, "removed")


async def preview(
    tx: ReadTransaction,
    caller: Caller,
    *,
    org_id: str,
    group_id: str,
    workspace_id: str,
    role: Role | None,
    user_type_id: str | None,
) -> Preview:
    """What ``set_mapping`` would come to, or ``remove_mapping`` where ``role`` is None; nothing is changed.
    Raises as ``set_mapping`` does."""
    await _enter(tx, caller, org_id, "scim_mapping.preview")
    group = await _require(tx, org_id, group_id, workspace_id, user_type_id)
    row = await db.find_mapping_of_group(tx, org_id=org_id, group_id=group_id, workspace_id=workspace_id)
    own_id = row.id if row else _LAST
    changes: list[Change] = []
    looked_at, after, has_more = 0, "", True
    while has_more and looked_at < MOST_PREVIEWED:
        people = await db.list_people_of_group(
            tx, org_id=org_id, group_id=group_id, after_id=after, page_size=_PAGE
        )
        has_more = len(people) == _PAGE
        looked_at += len(people)
        if people:
            after = people[-1].account_id
            wish = None
            if role is not None:
                wish = (role, user_type_id)
            changes += await _changes(tx, org_id, group, workspace_id, own_id, wish, people)
    return Preview(
        looked_at=looked_at,
        added=sum(each.role is None for each in changes),
        removed=sum(each.new_role is None for each in changes),
        changed=sum(each.role is not None and each.new_role is not None for each in changes),
        more=has_more,
        people=changes[:MOST_TOLD],
    )


_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""Of a mapping that is not made yet: of two that give the same, the one made before counts."""


async def _changes(
    tx: ReadTransaction,
    org_id: str,
    group: FoundGroupRow,
    workspace_id: str,
    mapping_id: str,
    wish: tuple[Role, str | None] | None,
    people: list[PersonOfGroupRow],
) -> list[Change]:
    accounts = msgspec.json.encode([each.account_id for each in people]).decode()
    asked: dict[str, Any] = {
        "org_id": org_id,
        "connection_id": group.connection_id,
        "accounts": accounts,
    }
    others = [
        row
        for row in await grant_db.list_wanted_grants(tx, **asked)
        if row.workspace_id == workspace_id and row.id != mapping_id
    ]
    if wish is not None:
        others += [
            WantedGrantRow(each.account_id, workspace_id, wish[0], wish[1], mapping_id) for each in people
        ]
    wanted = highest(others)
    given = {
        row.user_id: row
        for row in await grant_db.list_grants(tx, **asked)
        if row.workspace_id == workspace_id
    }
    rows = await db.list_members_of_accounts(tx, workspace_id=workspace_id, accounts=accounts)
    members = {row.user_id: row for row in rows}
    found = []
    for each in people:
        member = members.get(each.account_id)
        now = Standing(Role(member.role), member.is_guest, member.user_type_id) if member else Standing(None)
        base = base_of(member, given.get(each.account_id))
        target = standing(base, wanted.get((workspace_id, each.account_id)))
        if target != now:
            found.append(
                Change(
                    each.account_id,
                    each.display_name,
                    now.role,
                    target.role,
                    now.user_type_id,
                    target.user_type_id,
                )
            )
    return found


async def _require(
    tx: ReadTransaction, org_id: str, group_id: str, workspace_id: str, user_type_id: str | None
) -> FoundGroupRow:
    group = await db.find_directory_group(tx, org_id=org_id, group_id=group_id)
    if group is None:
        raise ScimGroupNotFound
    workspace = await grant_db.find_granted_workspace(tx, org_id=org_id, workspace_id=workspace_id)
    if workspace is None or not workspace.is_active:
        raise WorkspaceNotFound
    if user_type_id is not None and not await get_user_type(
        tx, workspace_id=workspace_id, user_type_id=user_type_id
    ):
        raise UserTypeNotFound
    return group


async def _follow(
    tx: WriteTransaction, caller: Caller, tools: Tools, org_id: str, mapping: MappingRow, act: str
) -> None:
    await follow_later(tx, tools, mapping.workspace_id, mapping.connection_id)
    await record_for_organization(
        tx,
        caller,
        tools,
        org_id=org_id,
        action=f"scim_mapping.{act}",
        target_type="scim_mapping",
        target_id=mapping.id,
        details={
            "group_id": mapping.group_id,
            "workspace_id": mapping.workspace_id,
            "role": mapping.role,
            "user_type_id": mapping.user_type_id,
        },
    )


async def _enter(tx: ReadTransaction, caller: Caller, org_id: str, operation: str) -> None:
    await enter_organization(tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN)


async def _find(tx: ReadTransaction, org_id: str, mapping_id: str) -> MappingRow:
    row = await db.find_mapping(tx, org_id=org_id, mapping_id=mapping_id)
    if row is None:
        raise ScimMappingNotFound
    return row
