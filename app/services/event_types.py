"""The types of event that there are."""

from app.core.caller import Caller
from app.db.connection import ReadTransaction
from app.kernel.access import require_session
from app.kernel.events import EVENT_TYPES, EventType


async def list_event_types(tx: ReadTransaction, caller: Caller) -> list[EventType]:
    """All of them, by name."""
    await require_session(tx, caller)
    return [EVENT_TYPES[name] for name in sorted(EVENT_TYPES)]
