"""What happens outside any workspace, on chains of its own: one an account, one an organisation, and one of
the platform's."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.core.caller import Caller, Origin, Tools
from app.db.connection import WriteTransaction
from app.db.handles import platform_audit as log
from app.kernel.audit_chain import genesis, seal


class Chain(StrEnum):
    """Of what a chain tells. The platform has one, whose id is ``PLATFORM_ID``."""

    USER = "user"
    ORGANIZATION = "org"
    PLATFORM = "platform"


PLATFORM_ID = "platform"


async def record_on(
    tx: WriteTransaction,
    origin: Origin,
    tools: Tools,
    *,
    chain: Chain,
    chain_id: str,
    action: str,
    actor_id: str,
    target_type: str,
    target_id: str,
    auth_method: str,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
    credential_id: str | None = None,
) -> None:
    """Appends an entry, beginning the chain with the first. It takes the chain's head, one of the last locks
    in the order, so call it last."""
    scope, place = f"{chain}:{chain_id}", {"scope_type": str(chain), "scope_id": chain_id}
    log.take_platform_seq(tx, **place)
    head = await log.read_platform_head(tx, **place)
    if head is None:
        log.insert_platform_head(tx, audit_hash=genesis(scope), **place)
        log.take_platform_seq(tx, **place)
        head = await log.read_platform_head(tx, **place)
    if head is None:  # pragma: no cover - the row was inserted a statement earlier
        raise RuntimeError("the chain's head is gone")
    entry = seal(
        scope,
        origin,
        tools,
        seq=head.audit_seq,
        prev_hash=head.audit_hash,
        action=action,
        actor_id=actor_id,
        target_type=target_type,
        target_id=target_id,
        outcome=outcome,
        details=details,
        auth_method=auth_method,
        credential_id=credential_id,
    )
    log.insert_platform_audit(tx, **place, **entry)
    log.set_platform_head(tx, entry_hash=entry["entry_hash"], **place)


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
    """As ``record_on``, for an account. Who acted is the user, unless ``actor_id`` says who else."""
    await record_on(
        tx,
        origin,
        tools,
        chain=Chain.USER,
        chain_id=user_id,
        action=action,
        actor_id=actor_id or user_id,
        target_type="user",
        target_id=user_id,
        outcome=outcome,
        details=details,
        auth_method=auth_method,
        credential_id=credential_id,
    )


async def record_by(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    chain: Chain,
    chain_id: str,
    action: str,
    target_type: str,
    target_id: str,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
) -> None:
    """As ``record_on``, for what somebody does who is signed in."""
    await record_on(
        tx,
        caller.origin,
        tools,
        chain=chain,
        chain_id=chain_id,
        action=action,
        actor_id=caller.user_id,
        target_type=target_type,
        target_id=target_id,
        outcome=outcome,
        details=details,
        auth_method=caller.identity.issuer_name,
        credential_id=caller.jti,
    )


async def record_for_account(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    action: str,
    user_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
) -> None:
    """As ``record_by``, about the caller's own account unless there is another."""
    target = user_id or caller.user_id
    await record_by(
        tx,
        caller,
        tools,
        chain=Chain.USER,
        chain_id=target,
        action=action,
        target_type="user",
        target_id=target,
        details=details,
        outcome=outcome,
    )


async def record_for_organization(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    action: str,
    target_type: str = "organization",
    target_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
) -> None:
    """As ``record_by``, for an organisation, about itself unless there is another target."""
    await record_by(
        tx,
        caller,
        tools,
        chain=Chain.ORGANIZATION,
        chain_id=org_id,
        action=action,
        target_type=target_type,
        target_id=target_id or org_id,
        details=details,
        outcome=outcome,
    )


async def record_for_platform(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    action: str,
    target_type: str,
    target_id: str,
    details: Mapping[str, Any] | None = None,
    outcome: str = "SUCCESS",
) -> None:
    """As ``record_by``, on the platform's own chain."""
    await record_by(
        tx,
        caller,
        tools,
        chain=Chain.PLATFORM,
        chain_id=PLATFORM_ID,
        action=action,
        target_type=target_type,
        target_id=target_id,
        details=details,
        outcome=outcome,
    )
