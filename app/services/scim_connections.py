"""Connections of directories to an organisation: what lets one provision.

A directory speaks for the people of its own tenant, and no administrator of an organisation says which that
is: it is the tenant of whoever makes the connection, who signed in with it. What a directory decides, it
decides about this organisation and its workspaces; nobody is kept out of anything else by it. It stops
whoever it names, an OWNER too, so an OWNER connects it. It ends sessions, which are good elsewhere as well,
where a platform administrator connected it: anybody may found an organisation.

The secret is made by whoever calls and never comes here: only its digest does.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule, ScimConnectionNotFound
from app.core.permissions import OrgRole
from app.core.preconditions import Expected, require_version
from app.core.text import name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import scim_connections as db
from app.db.handles.scim_connections import ScimConnectionRow
from app.db.paging import Asked, Found
from app.kernel.access import require_session
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.kernel.platform_access import is_platform_admin
from app.kernel.platform_audit import record_for_organization


async def create_scim_connection(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    connection_id: str,
    name: str,
    digest: str,
) -> ScimConnectionRow:
    """Connects the caller's own directory. Raises ``ScimConnectionExists``, through UQ_ScimConnection_tenant,
    for one that is, and ``BusinessRule`` where the caller is a guest in it or it names no object ids."""
    hold_accounts(tx, caller.user_id)
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="scim_connection.create", minimum=OrgRole.OWNER
    )
    session = await require_session(tx, caller)
    if ":" in caller.user_id:
        raise BusinessRule("People of your issuer have no object id, by which a directory names them.")
    if caller.identity.is_guest:
        raise BusinessRule("You are a guest in that directory. Somebody of it connects it.")
    db.insert_scim_connection(
        tx,
        connection_id=connection_id,
        org_id=org_id,
        tid=caller.identity.tid,
        name=name,
        list_key=name_key(name, connection_id),
        token_hash=digest,
        ends_sessions=is_platform_admin(caller, session),
        created_by=caller.user_id,
        now=tools.clock(),
    )
    connection = await _find(tx, org_id, connection_id)
    await _record(tx, caller, tools, connection, "created", {"name": name, "tid": caller.identity.tid})
    return connection


async def list_scim_connections(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str
) -> Found[str]:
    """By name."""
    await _enter(tx, caller, org_id, "list")
    rows = await db.list_scim_connections(tx, org_id=org_id, after_key=asked.place, page_size=asked.page_size)
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def get_scim_connection(
    tx: ReadTransaction, caller: Caller, *, org_id: str, connection_id: str
) -> ScimConnectionRow:
    await _enter(tx, caller, org_id, "read")
    return await _find(tx, org_id, connection_id)


async def change_scim_connection(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    connection_id: str,
    name: str | None,
    is_enabled: bool | None,
    expected: Expected = None,
) -> ScimConnectionRow:
    """What is None stays. One that is disabled is let in no more; whatever it has made stays."""
    row = await _find_to_change(tx, caller, org_id, connection_id, "update")
    require_version(row.version, expected)
    new_name = row.name if name is None else name
    new_enabled = row.is_enabled if is_enabled is None else is_enabled
    if (new_name, new_enabled) == (row.name, row.is_enabled):
        return row
    db.update_scim_connection(
        tx,
        org_id=org_id,
        connection_id=connection_id,
        name=new_name,
        list_key=name_key(new_name, connection_id),
        is_enabled=new_enabled,
        now=tools.clock(),
    )
    action = "updated"
    if new_enabled != row.is_enabled:
        action = "enabled" if new_enabled else "disabled"
    await _record(tx, caller, tools, row, action, {"name": new_name})
    return await _find(tx, org_id, connection_id)


async def rotate_scim_secret(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    connection_id: str,
    digest: str,
    overlap: timedelta,
) -> ScimConnectionRow:
    """Another secret. The one before it is good for ``overlap`` still, the one before that for nothing."""
    row = await _find_to_change(tx, caller, org_id, connection_id, "rotate")
    now = tools.clock()
    db.rotate_scim_secret(
        tx, org_id=org_id, connection_id=connection_id, token_hash=digest, prev_until=now + overlap, now=now
    )
    await _record(
        tx, caller, tools, row, "secret_rotated", {"overlap_seconds": round(overlap.total_seconds())}
    )
    return await _find(tx, org_id, connection_id)


async def remove_scim_connection(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    connection_id: str,
    expected: Expected = None,
) -> None:
    """Cuts it, with everything that the directory told. What people have stays theirs, whoever gave it, and
    whom the directory stopped stays stopped, until one that is connected again puts them back."""
    row = await _find_to_change(tx, caller, org_id, connection_id, "remove")
    require_version(row.version, expected)
    for delete in (
        db.delete_scim_grants_of,
        db.delete_scim_mappings_of,
        db.delete_scim_group_members_of,
        db.delete_scim_groups_of,
        db.delete_scim_emails_of,
        db.delete_scim_users_of,
        db.delete_scim_connection,
    ):
        delete(tx, org_id=org_id, connection_id=connection_id)
    await _record(tx, caller, tools, row, "removed", {"users": row.users, "groups": row.groups})


async def _enter(tx: ReadTransaction, caller: Caller, org_id: str, act: str) -> None:
    await enter_organization(
        tx, caller, org_id=org_id, operation=f"scim_connection.{act}", minimum=OrgRole.ADMIN
    )


async def _find_to_change(
    tx: WriteTransaction, caller: Caller, org_id: str, connection_id: str, act: str
) -> ScimConnectionRow:
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=f"scim_connection.{act}", minimum=OrgRole.OWNER
    )
    return await _find(tx, org_id, connection_id)


async def _find(tx: ReadTransaction, org_id: str, connection_id: str) -> ScimConnectionRow:
    row = await db.get_scim_connection(tx, org_id=org_id, connection_id=connection_id)
    if row is None:
        raise ScimConnectionNotFound
    return row


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    connection: ScimConnectionRow,
    act: str,
    details: dict[str, object],
) -> None:
    await record_for_organization(
        tx,
        caller,
        tools,
        org_id=connection.org_id,
        action=f"scim_connection.{act}",
        target_type="scim_connection",
        target_id=connection.id,
        details=details,
    )
