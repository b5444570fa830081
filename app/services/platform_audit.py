"""What happens to an account outside any workspace, on a chain of its own: one chain an account."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.caller import Origin, Tools
from app.db.connection import WriteTransaction
from app.db.handles import platform_audit as log
from app.services.audit_chain import details_digest, entry_digest, genesis


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
) -> None:
    """Appends an entry to the account's chain, beginning the chain with the first. Call it last."""
    scope = f"user:{user_id}"
    head = await log.take_platform_seq(tx, scope_type="user", scope_id=user_id)
    if head is None:
        await log.insert_platform_head(tx, scope_type="user", scope_id=user_id, audit_hash=genesis(scope))
        head = await log.take_platform_seq(tx, scope_type="user", scope_id=user_id)
    if head is None:  # pragma: no cover - the row was inserted a statement earlier
        raise RuntimeError("the chain's head is gone")
    text = msgspec.json.encode(details).decode() if details is not None else None
    salt = tools.random_bytes(16).hex()
    details_hash = details_digest(salt, text, origin.address)
    entry_id, timestamp = tools.new_id(), tools.clock()
    entry_hash = entry_digest(
        scope=scope,
        prev_hash=head.audit_hash,
        seq=head.audit_seq,
        timestamp=timestamp,
        entry_id=entry_id,
        action=action,
        actor_id=user_id,
        target_type="user",
        target_id=user_id,
        outcome=outcome,
        request_id=origin.request_id,
        auth_method=auth_method,
        credential_id=credential_id,
        details_hash=details_hash,
    )
    await log.insert_platform_audit(
        tx,
        entry_id=entry_id,
        scope_type="user",
        scope_id=user_id,
        action=action,
        actor_id=user_id,
        details=text,
        timestamp=timestamp,
        seq=head.audit_seq,
        prev_hash=head.audit_hash,
        entry_hash=entry_hash,
        details_salt=salt,
        details_hash=details_hash,
        target_type="user",
        target_id=user_id,
        outcome=outcome,
        request_id=origin.request_id,
        ip=origin.address,
        auth_method=auth_method,
        credential_id=credential_id,
    )
    await log.set_platform_head(tx, scope_type="user", scope_id=user_id, entry_hash=entry_hash)
