"""What processes keep of a workspace (``app.kernel.reference``), forgotten on demand."""

from app.core.caller import Caller, Tools
from app.db.connection import WriteTransaction
from app.db.handles.workspaces import raise_generation
from app.kernel import audit
from app.kernel.access import enter_to_change


async def invalidate(tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str) -> None:
    """Every process reads anew from its next request on."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="caches.invalidate")
    raise_generation(tx, workspace_id=workspace_id)
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="caches.invalidated",
        target_type="workspace",
        target_id=workspace_id,
        is_change=False,
    )
