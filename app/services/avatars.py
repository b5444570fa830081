"""Pictures of people. The bytes are in the store of files, each picture under an id of its own, so that one
is whole or not there; a job removes what is nobody's picture any more, or never became one."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from app.core.caller import Caller, Tools
from app.core.errors import FileNotFound
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import avatars as db
from app.db.handles.accounts import lock_account
from app.db.handles.avatars import AvatarRow
from app.db.handles.jobs import DueJobRow
from app.db.handles.users import UserRow, show_name
from app.integrations.blob_store import BlobStore
from app.kernel.access import require_session
from app.kernel.jobs import NO_WORKSPACE, JobKind, enqueue, withdraw
from app.kernel.platform_audit import record_for_account
from app.services.file_types import require_picture
from app.services.users import find_own, find_visible

MOST_BYTES = 524_288
_ABANDONED_AFTER = timedelta(hours=1)


def path_of(avatar_id: str) -> str:
    """Where its bytes lie in the store."""
    return f"users/{avatar_id}"


def accepted_type(content: bytes) -> str:
    """Raises ``PayloadTooLarge`` and, by what the content is, ``FileTypeNotAllowed``."""
    return require_picture(content, what="picture", most_bytes=MOST_BYTES)


async def get_avatar(tx: ReadTransaction, caller: Caller, *, user_id: str) -> AvatarRow:
    """Raises ``UserNotFound``, and ``FileNotFound`` for whoever has none."""
    session = await require_session(tx, caller)
    await find_visible(tx, caller, session, user_id=user_id)
    row = await db.read_avatar(tx, account_id=user_id)
    if row is None:
        raise FileNotFound
    return row


async def begin_avatar(tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str) -> str:
    """Before the bytes go to the store; answers the id that they go under."""
    await _own(tx, caller, user_id)
    avatar_id = tools.new_id()
    place = {"workspace_id": NO_WORKSPACE, "target_id": avatar_id, "job_id": avatar_id}
    await enqueue(tx, tools, JobKind.AVATAR, delay=_ABANDONED_AFTER, **place)
    return avatar_id


async def finish_avatar(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    user_id: str,
    avatar_id: str,
    avatar_type: str,
    content: bytes,
) -> UserRow:
    """The bytes are in the store."""
    lock_account(tx, account_id=caller.user_id)
    row = await _own(tx, caller, user_id)
    await forget_avatar(tx, tools, user_id=user_id)
    digest, now = hashlib.sha256(content).hexdigest(), tools.clock()
    told = {"avatar_id": avatar_id, "avatar_type": avatar_type, "avatar_sha256": digest}
    if not await db.set_avatar(tx, user_id=user_id, now=now, **told):
        db.insert_avatar(tx, user_id=user_id, now=now, **told)
    withdraw(tx, workspace_id=NO_WORKSPACE, job_id=avatar_id)
    show_name(tx, user_id=user_id, name=row.name, now=now)
    changed = await _own(tx, caller, user_id)
    await record_for_account(tx, caller, tools, action="avatar.set", details={"sha256": digest})
    return changed


async def remove_avatar(tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str) -> None:
    """Raises ``FileNotFound`` where there is none."""
    lock_account(tx, account_id=caller.user_id)
    row = await _own(tx, caller, user_id)
    if not await forget_avatar(tx, tools, user_id=user_id):
        raise FileNotFound
    now = tools.clock()
    await db.set_avatar(tx, user_id=user_id, avatar_id=None, avatar_type=None, avatar_sha256=None, now=now)
    show_name(tx, user_id=user_id, name=row.name, now=now)
    await record_for_account(tx, caller, tools, action="avatar.removed")


async def forget_avatar(tx: WriteTransaction, tools: Tools, *, user_id: str) -> bool:
    """Has the bytes of the present picture removed, if there is one, once ``tx`` has taken it away."""
    known = await db.read_avatar(tx, account_id=user_id)
    if known is None or known.avatar_id is None:
        return False
    await enqueue(tx, tools, JobKind.AVATAR, workspace_id=NO_WORKSPACE, target_id=known.avatar_id)
    return True


async def bring_in_line(database: Database, store: BlobStore, job: DueJobRow) -> None:
    """A job: removes the bytes of what is nobody's picture."""
    async with database.read() as tx:
        if await db.is_avatar_used(tx, avatar_id=job.target_id):
            return
    await store.delete(path_of(job.target_id))


async def _own(tx: ReadTransaction, caller: Caller, user_id: str) -> UserRow:
    session = await require_session(tx, caller)
    return await find_own(tx, caller, session, user_id=user_id, operation="user.set_avatar")
