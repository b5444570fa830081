"""Choosing from what other systems have: their projects, spaces and sites."""

from __future__ import annotations

from app.core.caller import Caller
from app.core.errors import NotAuthorized
from app.core.permissions import Role
from app.core.secret_box import SecretBox
from app.db.connection import ReadTransaction
from app.db.handles.members import administers_any
from app.integrations.provider import Credential
from app.services import access
from app.services.access import require_session
from app.services.connections import find_credential


async def enter(
    tx: ReadTransaction, caller: Caller, box: SecretBox | None, *, provider: str, workspace_id: str | None
) -> Credential | None:
    """These lists carry no workspace, and the service's credential sees more than any member should: they are
    for whoever is ADMIN somewhere. With a workspace they are that workspace's ADMINs', and its own credential
    is answered, where it has one. Raises ``NotAuthorized``."""
    if workspace_id is not None:
        operation = "integration.list"
        await access.enter(tx, caller, workspace_id=workspace_id, operation=operation, minimum=Role.ADMIN)
        return await find_credential(tx, box, workspace_id=workspace_id, provider=provider)
    await require_session(tx, caller)
    if not await administers_any(tx, user_id=caller.user_id):
        raise NotAuthorized("This is for an ADMIN of at least one workspace.", details={"required": "ADMIN"})
    return None
