"""Whose own an object is that is approved: those whom it names, and all who wrote it since it was approved
last. The object's row is the guard of who they are."""

from __future__ import annotations

from app.core.caller import Caller
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import approval_authors as db


def edited(
    tx: WriteTransaction, caller: Caller, *, workspace_id: str, object_type: str, object_id: str
) -> None:
    """What an object's own service calls, holding the object's row, whenever somebody makes it or changes
    what is approved of it: until that is approved, they are one of its authors."""
    db.insert_editor(
        tx,
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        account_id=caller.user_id,
    )


async def authors_of(
    tx: ReadTransaction, *people: str, workspace_id: str, object_type: str, object_id: str
) -> frozenset[str]:
    """All whose own an object is: these, and who has changed it since it was approved last."""
    rows = await db.list_editors(tx, workspace_id=workspace_id, object_type=object_type, object_id=object_id)
    return frozenset({*people, *(row.user_id for row in rows)})


def begin_anew(tx: WriteTransaction, *, workspace_id: str, object_type: str, object_id: str) -> None:
    """What an object says is in force, or the object goes: who changes it from now on is its author."""
    db.delete_editors(tx, workspace_id=workspace_id, object_type=object_type, object_id=object_id)
