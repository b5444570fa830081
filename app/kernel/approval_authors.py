"""Whose own an object is that is approved: those whom it names, and all who wrote it since it was approved
last. The object's row is the guard of who they are. Who copies it unchanged writes nothing: its authors are
the copy's."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.json_text import as_json
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import approval_authors as db


def edited(
    tx: WriteTransaction, author_id: str, *, workspace_id: str, object_type: str, object_id: str
) -> None:
    """What an object's own service calls, holding the object's row, whenever somebody makes it or changes
    what is approved of it: until that is approved, they are one of its authors."""
    db.insert_editor(
        tx,
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        account_id=author_id,
    )


def copied(tx: WriteTransaction, *, workspace_id: str, object_type: str, copies: Mapping[str, str]) -> None:
    """Originals and copies, as they are now. Their authors are who changed the original since it was approved
    last, and whose work was approved then: a copy is approved anew, all that it says. It comes after what is
    copied, and holds no original: whoever writes meanwhile is one more author."""
    db.copy_editors(
        tx, workspace_id=workspace_id, object_type=object_type, copies=as_json(list(copies.items()))
    )


def version_copied(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
    object_version: int,
    copy_id: str,
) -> None:
    """As ``copied``, of a version that is in force, or was: who has changed the object since has no part."""
    db.copy_authors_of_version(
        tx,
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        object_version=object_version,
        copy_id=copy_id,
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
