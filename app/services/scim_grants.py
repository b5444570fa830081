"""What groups of a directory make of people in workspaces, brought in line with the groups they are in.

Of several groups the highest role counts. What somebody was given by hand stays theirs: a group raises it and
never lowers it, and where no group gives anything any more, it is as it was. Who changes by hand what a group
has given has the last word until a group gives more. No group makes an OWNER, and none takes the role. In
what is not in work groups take away at once, and give when it is in work again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from app.core.caller import Tools
from app.core.permissions import Role
from app.core.text import member_key
from app.db.connection import WriteTransaction
from app.db.handles import members as member_db
from app.db.handles import scim_grants as db
from app.db.handles.accounts import find_account
from app.db.handles.members import MemberRow
from app.db.handles.scim_grants import GrantRow, WantedGrantRow
from app.db.handles.workspaces import lock_workspace
from app.kernel.jobs import JobKind, enqueue_once
from app.kernel.memberships import end_of_membership, end_of_sight
from app.services.scim_ledger import Ledger


class Standing(NamedTuple):
    """What somebody is in a workspace; ``role`` None for nothing."""

    role: Role | None
    is_guest: bool = False
    user_type_id: str | None = None


_NOTHING = Standing(None)
Key = tuple[str, str]
"""Workspace and account."""


async def bring_in_line(ledger: Ledger, accounts: Sequence[str], *, workspace_id: str | None = None) -> None:
    """Of these people, whose accounts are held, as the organisation is; with ``workspace_id`` there alone."""
    tx, directory = ledger.tx, ledger.directory
    asked = {
        "org_id": directory.org_id,
        "connection_id": directory.connection_id,
        "accounts": msgspec.json.encode(sorted(set(accounts))).decode(),
    }
    wanted = highest(await db.list_wanted_grants(tx, **asked))
    given = {(row.workspace_id, row.user_id): row for row in await db.list_grants(tx, **asked)}
    due = [
        key
        for key in sorted(wanted.keys() | given.keys())
        if workspace_id in (None, key[0]) and _differs(wanted.get(key), given.get(key))
    ]
    for place in sorted({place for place, _ in due}):
        lock_workspace(tx, workspace_id=place)
    postponed = set()
    for key in due:
        if not await _apply(ledger, key, wanted.get(key), given.get(key)):
            postponed.add(key[0])
    for place in sorted(postponed):
        await follow_later(tx, ledger.tools, place, directory.connection_id)


async def follow_later(tx: WriteTransaction, tools: Tools, workspace_id: str, connection_id: str) -> None:
    """Everybody there whom groups of the directory make something is brought in line once ``tx`` has
    committed, by a job: it waits until the workspace, and its organisation, are in work."""
    await enqueue_once(tx, tools, JobKind.SCIM_GRANTS, workspace_id=workspace_id, target_id=connection_id)


def standing(base: Standing, want: WantedGrantRow | None) -> Standing:
    """What somebody is who was ``base`` by hand, and whom a group makes ``want``."""
    if want is None:
        return base
    role = Role(want.role)
    if base.role is not None and base.role.reaches(role):
        return base
    return Standing(role, False, want.user_type_id or base.user_type_id)


def base_of(member: MemberRow | None, grant: GrantRow | None) -> Standing:
    """What somebody is without the groups, as far as it is known."""
    if member is None:
        return _NOTHING
    if grant is None or (member.role, member.user_type_id) != (grant.role, grant.user_type_id):
        return Standing(Role(member.role), member.is_guest, member.user_type_id)
    return Standing(
        Role(grant.base_role) if grant.base_role else None, grant.base_is_guest, grant.base_type_id
    )


def highest(rows: Iterable[WantedGrantRow]) -> Mapping[Key, WantedGrantRow]:
    """Of each person in each workspace; of two that give the same role, the mapping that was made first."""
    best: dict[Key, WantedGrantRow] = {}
    for row in sorted(rows, key=lambda row: (-Role(row.role).rank, row.id)):
        best.setdefault((row.workspace_id, row.account_id), row)
    return best


def _differs(want: WantedGrantRow | None, grant: GrantRow | None) -> bool:
    if want is None or grant is None:
        return True
    return (want.role, want.user_type_id or grant.base_type_id) != (grant.role, grant.user_type_id)


def _takes_away(member: MemberRow | None, want: WantedGrantRow | None, target: Standing) -> bool:
    """Whether somebody is less by it, and nothing more."""
    if want is None or target.role is None:
        return True
    return member is not None and Role(member.role).rank > target.role.rank


async def _apply(ledger: Ledger, key: Key, want: WantedGrantRow | None, grant: GrantRow | None) -> bool:
    """False where it would give something that is not in work: what takes away is done there as anywhere."""
    tx, tools, directory = ledger.tx, ledger.tools, ledger.directory
    workspace_id, account_id = key
    workspace = await db.find_granted_workspace(tx, org_id=directory.org_id, workspace_id=workspace_id)
    member = await member_db.find_member(tx, workspace_id=workspace_id, account_id=account_id)
    base = base_of(member, grant)
    target = standing(base, want)
    if workspace is not None and not workspace.is_in_work and not _takes_away(member, want, target):
        return False
    if grant is not None:
        db.delete_grant(tx, org_id=directory.org_id, workspace_id=workspace_id, account_id=account_id)
    if workspace is None:
        return True  # moved out: what they are there is that workspace's own affair now
    if want is not None and target != base and target.role is not None:
        db.insert_grant(
            tx,
            workspace_id=workspace_id,
            account_id=account_id,
            org_id=directory.org_id,
            connection_id=directory.connection_id,
            role=target.role,
            user_type_id=target.user_type_id,
            base_role=base.role,
            base_is_guest=base.is_guest,
            base_type_id=base.user_type_id,
            now=tools.clock(),
        )
    told = {"user_id": account_id, "by": "directory"}
    if member is None:
        if target.role is not None:
            await _add(
                ledger, workspace_id, account_id, workspace.list_key, target, is_active=workspace.is_active
            )
        return True
    if target.role is None:
        await end_of_membership(tx, tools, workspace_id=workspace_id, user_id=account_id)
        member_db.delete_member(tx, workspace_id=workspace_id, member_id=member.id)
        if workspace.is_active:
            ledger.seats[account_id] -= 1
        ledger.tell_workspace(workspace_id, "member.removed", member.id, role=member.role, **told)
        return True
    _change(ledger, workspace_id, member, target, told)
    return True


async def _add(
    ledger: Ledger, workspace_id: str, account_id: str, list_key: str, target: Standing, *, is_active: bool
) -> None:
    tx, tools = ledger.tx, ledger.tools
    account = await find_account(tx, account_id=account_id)
    name = account.display_name if account else None
    member_id, now = tools.new_id(), tools.clock()
    member_db.insert_member(
        tx,
        member_id=member_id,
        workspace_id=workspace_id,
        user_id=account_id,
        display_name=name,
        role=target.role or Role.VIEWER,
        is_guest=False,
        source="directory",
        added_by=ledger.directory.caller.user_id,
        now=now,
        list_key=list_key,
        member_key=member_key(name, account_id),
    )
    if target.user_type_id is not None:
        member_db.set_member_type(
            tx, workspace_id=workspace_id, member_id=member_id, user_type_id=target.user_type_id, now=now
        )
    if is_active:
        ledger.seats[account_id] += 1
    ledger.tell_workspace(
        workspace_id, "member.added", member_id, user_id=account_id, role=target.role, by="directory"
    )


def _change(
    ledger: Ledger, workspace_id: str, member: MemberRow, target: Standing, told: Mapping[str, str]
) -> None:
    tx, tools = ledger.tx, ledger.tools
    if target == Standing(Role(member.role), member.is_guest, member.user_type_id) or target.role is None:
        return
    place = {"workspace_id": workspace_id, "member_id": member.id}
    now = tools.clock()
    if target.user_type_id != member.user_type_id:
        member_db.set_member_type(tx, user_type_id=target.user_type_id, now=now, **place)
    if (target.role, target.is_guest) != (member.role, member.is_guest):
        member_db.update_member(tx, role=target.role, is_guest=target.is_guest, now=now, **place)
    end_of_sight(tx, tools, workspace_id=workspace_id, user_id=member.user_id)
    action = "member.type_changed" if target.role == member.role else "member.role_changed"
    details = {"from": member.role, "to": target.role, "user_type_id": target.user_type_id}
    ledger.tell_workspace(workspace_id, action, member.id, **told, **details)
