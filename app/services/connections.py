"""A workspace's own credentials for other systems. They go in and are used; they never come out."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import ConnectionNotFound, IntegrationFailure
from app.core.preconditions import Expected, require_version
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import connections as db
from app.integrations.provider import Credential
from app.kernel import audit
from app.kernel.access import enter, enter_to_change

_KIND = "token"
_ROTATION_PAGE = 100


class Connection(msgspec.Struct):
    """What may be seen of one."""

    provider: str
    base_url: str
    account: str | None
    updated_at: datetime
    updated_by: str
    version: int


async def list_connections(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> list[Connection]:
    """One of each provider at most, by its name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="connection.read")
    return [_view(row) for row in await db.list_connections(tx, workspace_id=workspace_id)]


async def get_connection(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, provider: str
) -> Connection:
    await enter(tx, caller, workspace_id=workspace_id, operation="connection.read")
    return _view(await _find(tx, workspace_id, provider))


async def set_connection(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    box: SecretBox,
    *,
    workspace_id: str,
    provider: str,
    base_url: str,
    account: str | None,
    secret: str,
    expected: Expected = None,
) -> Connection:
    """Makes it, or puts another in its place."""
    # The workspace's guard row: of two who set it at once the second replaces what the first made.
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="connection.set")
    sealed = box.seal(secret, place=(workspace_id, provider, _KIND))
    known = await db.get_connection(tx, workspace_id=workspace_id, provider=provider)
    require_version(known.version if known else 0, expected)
    write = db.insert_connection if known is None else db.update_connection
    write(
        tx,
        workspace_id=workspace_id,
        provider=provider,
        base_url=base_url,
        account=account,
        secret=sealed.text,
        key_id=sealed.key_id,
        updated_by=caller.user_id,
        now=tools.clock(),
    )
    await _record(tx, caller, tools, workspace_id, "connection.set", provider, base_url)
    return _view(await _find(tx, workspace_id, provider))


async def remove_connection(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    provider: str,
    expected: Expected = None,
) -> None:
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="connection.remove")
    row = await _find(tx, workspace_id, provider)
    require_version(row.version, expected)
    db.delete_connection(tx, workspace_id=workspace_id, provider=provider)
    await _record(tx, caller, tools, workspace_id, "connection.removed", provider, row.base_url)


async def find_credential(
    tx: ReadTransaction, box: SecretBox | None, *, workspace_id: str, provider: str
) -> Credential | None:
    """The workspace's own, opened; None where the installation's counts. The caller has been let in. Raises
    ``IntegrationFailure`` where it cannot be opened: falling back would act as somebody else."""
    row = await db.get_connection(tx, workspace_id=workspace_id, provider=provider)
    if row is None:
        return None
    if box is None:
        raise IntegrationFailure(provider, "credential_unreadable")
    try:
        return Credential(provider, row.base_url, row.account, _open(box, row))
    except SecretUnreadable:
        raise IntegrationFailure(provider, "credential_unreadable") from None


async def rotate(database: Database, box: SecretBox) -> tuple[int, list[str]]:
    """Seals every secret with the newest key. Answers how many, and what could not be opened, as
    ``workspace/provider``; those are left as they are. Safe to run beside the service and again."""
    done, unreadable = 0, list[str]()
    while True:
        async with database.read() as tx:
            page_size = _ROTATION_PAGE + len(unreadable)
            rows = await db.list_connections_under_other_keys(tx, key_id=box.key_id, page_size=page_size)
        waiting = [row for row in rows if f"{row.workspace_id}/{row.provider}" not in unreadable]
        if not waiting:
            return done, unreadable
        for row in waiting:
            try:
                secret = _open(box, row)
            except SecretUnreadable:
                unreadable.append(f"{row.workspace_id}/{row.provider}")
                continue
            sealed = box.seal(secret, place=(row.workspace_id, row.provider, _KIND))
            async with database.write() as write:
                done += await db.reseal_connection(
                    write,
                    workspace_id=row.workspace_id,
                    provider=row.provider,
                    secret=sealed.text,
                    key_id=sealed.key_id,
                    version=row.version,
                )


def _open(box: SecretBox, row: db.ConnectionRow) -> str:
    return box.open(Sealed(row.key_id, row.secret), place=(row.workspace_id, row.provider, _KIND))


async def _find(tx: ReadTransaction, workspace_id: str, provider: str) -> db.ConnectionRow:
    row = await db.get_connection(tx, workspace_id=workspace_id, provider=provider)
    if row is None:
        raise ConnectionNotFound
    return row


def _view(row: db.ConnectionRow) -> Connection:
    return Connection(row.provider, row.base_url, row.account, row.updated_at, row.updated_by, row.version)


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    provider: str,
    base_url: str,
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="connection",
        target_id=provider,
        details={"base_url": base_url},
    )
