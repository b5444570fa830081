"""Links from a workspace to projects, spaces and sites of other systems, and whether they still hold.

No transaction here waits for another system: ``ask`` goes between two of them, and its answer is handed in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import AppError, ExternalItemNotFound, IntegrationFailure, LinkNotFound
from app.core.preconditions import Expected, require_version
from app.core.text import name_key, tidy_line
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import links as db
from app.db.handles.links import LinkRow
from app.db.paging import Asked, Found
from app.integrations.provider import Credential, ExternalItem, Whose
from app.integrations.registry import Providers
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.services.integrations import Credentials

log = logging.getLogger(__name__)

BROKEN_AFTER = 3
"""Failed checks in a row before a link is called broken rather than degraded."""
HISTORY = 100
"""Checks that are kept of a link."""


_record = partial(audit.record, target_type="link")


class Health(StrEnum):
    UNKNOWN = "UNKNOWN"
    OK = "OK"
    DEGRADED = "DEGRADED"
    BROKEN = "BROKEN"
    ORPHANED = "ORPHANED"


class Outcome(msgspec.Struct, frozen=True):
    """What asking the other system came to: the item, or why there is none."""

    item: ExternalItem | None = None
    is_missing: bool = False
    reason: str | None = None


async def ask(
    providers: Providers, provider: str, external_id: str, using: Credential | Whose, assertion: str | None
) -> Outcome:
    """What the other system says of an item; a failure is an outcome too, also one that nobody thought of:
    the other links' checks go on. The arguments are those of ``Providers.of``."""
    try:
        return Outcome(item=await providers.of(provider, using, assertion).get(external_id))
    except ExternalItemNotFound:
        return Outcome(is_missing=True)
    except IntegrationFailure as failure:
        return Outcome(reason=failure.reason)
    except AppError:
        raise  # for the caller to hear
    except Exception:
        log.exception("link check failed", extra={"provider": provider})
        return Outcome(reason="unexpected")


async def enter_to_link(
    tx: ReadTransaction, caller: Caller, credentials: Credentials, *, workspace_id: str, provider: str
) -> Credential | Whose:
    """Before the other system is asked: whoever may not link learns nothing of it."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="link.add")
    access.require_in_work()
    return await credentials.of_workspace(tx, caller, access, provider)


async def add_link(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    provider: str,
    external_id: str,
    display_name: str | None,
    config: Mapping[str, Any] | None,
    item: ExternalItem | None,
) -> LinkRow:
    """``item`` is what the other system said, None where it was not asked. The schema refuses a second link
    to the same item (``LinkExists``)."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="link.add")
    now, link_id = tools.clock(), tools.new_id()
    name = display_name or (tidy_line(item.name, limit=255) if item else None)
    # The id that the other system goes by, so that a project linked by its key and by its id is one.
    external_id = item.id if item else external_id
    db.insert_link(
        tx,
        link_id=link_id,
        workspace_id=workspace_id,
        provider=provider,
        external_id=external_id,
        display_name=name,
        config=_encode(config),
        linked_by=caller.user_id,
        linked_tid=caller.identity.tid,
        linked_as_guest=caller.identity.is_guest,
        linked_role=access.role,
        external_url=item.url if item else None,
        list_key=name_key(name, link_id),
        status=Health.OK if item else Health.UNKNOWN,
        ok_at=now if item else None,
        now=now,
    )
    details = {"provider": provider, "external_id": external_id}
    await _record(
        tx, caller, tools, workspace_id=workspace_id, action="link.added", target_id=link_id, details=details
    )
    return await _find(tx, workspace_id, link_id)


async def get_link(tx: ReadTransaction, caller: Caller, *, workspace_id: str, link_id: str) -> LinkRow:
    await enter(tx, caller, workspace_id=workspace_id, operation="link.read")
    return await _find(tx, workspace_id, link_id)


async def list_links(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    provider: str | None,
) -> Found[str]:
    """By display name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="link.list")
    rows = await db.list_links(
        tx, workspace_id=workspace_id, provider=provider, after_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: name_key(row.display_name, row.id))


async def update_link(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    link_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> LinkRow:
    """``changes`` may hold ``display_name`` and ``config``; what is not in it stays."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="link.update")
    row = await _find(tx, workspace_id, link_id)
    require_version(row.version, expected)
    name = changes.get("display_name", row.display_name)
    known = None if row.config is None else bytes(row.config).decode()
    config = _encode(changes["config"]) if "config" in changes else known
    if (name, config) == (row.display_name, known):
        return row
    db.update_link(
        tx,
        workspace_id=workspace_id,
        link_id=link_id,
        display_name=name,
        config=config,
        list_key=name_key(name, link_id),
        now=tools.clock(),
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="link.updated",
        target_id=link_id,
        details={"changed": sorted(changes)},
    )
    return await _find(tx, workspace_id, link_id)


async def remove_link(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    link_id: str,
    expected: Expected = None,
) -> None:
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="link.remove")
    row = await _find(tx, workspace_id, link_id)
    require_version(row.version, expected)
    db.delete_link(tx, workspace_id=workspace_id, link_id=link_id, now=tools.clock())
    details = {"provider": row.provider, "external_id": row.external_id}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="link.removed",
        target_id=link_id,
        details=details,
    )


async def enter_to_check(
    tx: ReadTransaction, caller: Caller, credentials: Credentials, *, workspace_id: str, link_id: str
) -> tuple[LinkRow, Credential | Whose]:
    """What is to be asked for and with which credential, before the other system is asked."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="link.check")
    access.require_in_work()
    link = await _find(tx, workspace_id, link_id)
    return link, await credentials.of_workspace(tx, caller, access, link.provider)


async def record_check(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    link_id: str,
    outcome: Outcome,
) -> LinkRow:
    """Stores what a check found. A change of health is audited, a check that found what was known is not."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="link.check")
    change = await _store_check(tx, tools, workspace_id, link_id, outcome)
    if change is None:
        raise LinkNotFound
    if change.before != change.after:
        await _record(
            tx,
            caller,
            tools,
            workspace_id=workspace_id,
            action="link.health_changed",
            target_id=link_id,
            details=change.details(),
        )
    return await _find(tx, workspace_id, link_id)


async def claim_due(
    tx: WriteTransaction, tools: Tools, *, interval: timedelta, limit: int
) -> list[db.DueLinkRow]:
    """Takes up links whose time has come: nobody else does before ``interval`` is over, also not after a
    crash. What a clock that was wrong put off for longer has its time now. Links of a workspace that is not
    in work are passed over."""
    now = tools.clock()
    db.hasten_links(tx, now=now, latest=now + interval + CLOCKS_DIFFER, page_size=limit)
    return [
        row
        for row in await db.claim_due_links(tx, now=now, page_size=limit)
        if await db.take_due_link(
            tx, workspace_id=row.workspace_id, link_id=row.link_id, now=now, check_after=now + interval
        )
        and not row.is_held
    ]


async def record_scheduled_check(
    tx: WriteTransaction, tools: Tools, *, workspace_id: str, link_id: str, outcome: Outcome
) -> None:
    """As ``record_check``, by the service itself. A link that has gone meanwhile is passed over."""
    change = await _store_check(tx, tools, workspace_id, link_id, outcome)
    if change is not None and change.before != change.after:
        await audit.record_by_service(
            tx,
            tools,
            service="link-checker",
            workspace_id=workspace_id,
            action="link.health_changed",
            target_type="link",
            target_id=link_id,
            details=change.details(),
        )


class _Change(msgspec.Struct, frozen=True):
    before: str
    after: str
    reason: str | None

    def details(self) -> dict[str, str | None]:
        return {"from": self.before, "to": self.after, "reason": self.reason}


async def _store_check(
    tx: WriteTransaction, tools: Tools, workspace_id: str, link_id: str, outcome: Outcome
) -> _Change | None:
    db.lock_link(tx, workspace_id=workspace_id, link_id=link_id)
    known = await db.read_link_health(tx, workspace_id=workspace_id, link_id=link_id)
    if known is None:
        return None
    now, seq = tools.clock(), known.checks + 1
    failures = 0 if outcome.item else known.failures + 1
    status = _health(outcome, failures)
    reason = "missing" if outcome.is_missing else outcome.reason
    db.set_link_health(
        tx,
        workspace_id=workspace_id,
        link_id=link_id,
        status=status,
        checks=seq,
        failures=failures,
        reason=reason,
        ok_at=now if outcome.item else None,
        now=now,
    )
    db.insert_link_check(
        tx, workspace_id=workspace_id, link_id=link_id, seq=seq, status=status, reason=reason, now=now
    )
    db.delete_old_link_checks(tx, workspace_id=workspace_id, link_id=link_id, last_seq=seq - HISTORY)
    return _Change(known.status, status, reason)


async def list_checks(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, link_id: str
) -> Found[int]:
    """The newest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="link.read")
    await _find(tx, workspace_id, link_id)
    rows = await db.list_link_checks(
        tx,
        workspace_id=workspace_id,
        link_id=link_id,
        before_seq=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: row.seq)


def _health(outcome: Outcome, failures: int) -> Health:
    if outcome.item is not None:
        return Health.OK
    if outcome.is_missing:
        return Health.ORPHANED
    return Health.BROKEN if failures >= BROKEN_AFTER else Health.DEGRADED


async def _find(tx: ReadTransaction, workspace_id: str, link_id: str) -> LinkRow:
    row = await db.get_link(tx, workspace_id=workspace_id, link_id=link_id)
    if row is None:
        raise LinkNotFound
    return row


def _encode(config: Mapping[str, Any] | None) -> str | None:
    return None if config is None else msgspec.json.encode(config).decode()
