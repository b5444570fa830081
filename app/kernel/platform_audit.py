"""What happens to an account outside any workspace, on a chain of its own: one chain an account."""

from collections.abc import Mapping
from typing import Any

from app.core.caller import Origin, Tools
from app.db.connection import WriteTransaction
from app.db.handles import platform_audit as log
from app.kernel.audit_chain import genesis, seal


async def record_for_user(
    tx: WriteTransaction,
    origin: Origin,
    tools: Tools,
    *,
    user_id: str,
    action: str,
    auth_method: str,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
    credential_id: str | None = None,
    actor_id: str | None = None,
) -> None:
    """Appends an entry to the account's chain, beginning the chain with the first. Call it last. Who acted is
    the user, unless ``actor_id`` says who else."""
    scope = f"user:{user_id}"
    chain = {"scope_type": "user", "scope_id": user_id}
    log.take_platform_seq(tx, **chain)
    head = await log.read_platform_head(tx, **chain)
    if head is None:
        log.insert_platform_head(tx, audit_hash=genesis(scope), **chain)
        log.take_platform_seq(tx, **chain)
        head = await log.read_platform_head(tx, **chain)
    if head is None:  # pragma: no cover - the row was inserted a statement earlier
        raise RuntimeError("the chain's head is gone")
    entry = seal(
        scope,
        origin,
        tools,
        seq=head.audit_seq,
        prev_hash=head.audit_hash,
        action=action,
        actor_id=actor_id or user_id,
        target_type="user",
        target_id=user_id,
        outcome=outcome,
        details=details,
        auth_method=auth_method,
        credential_id=credential_id,
    )
    log.insert_platform_audit(tx, scope_type="user", scope_id=user_id, **entry)
    log.set_platform_head(tx, scope_type="user", scope_id=user_id, entry_hash=entry["entry_hash"])
