"""Choosing from what other systems have: their projects, spaces and sites."""

from __future__ import annotations

from app.core.caller import Caller
from app.core.errors import NotAuthorized
from app.db.connection import ReadTransaction
from app.db.handles.members import administers_any
from app.services.access import require_session


async def enter(tx: ReadTransaction, caller: Caller) -> None:
    """These lists carry no workspace, and the service's credential sees more than any member should: they are
    for whoever is ADMIN somewhere. Raises ``NotAuthorized``."""
    await require_session(tx, caller)
    if not await administers_any(tx, user_id=caller.user_id):
        raise NotAuthorized("This is for an ADMIN of at least one workspace.", details={"required": "ADMIN"})
