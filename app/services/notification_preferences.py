"""By which channels somebody wants to be told of what, when mail is gathered for them, and of which
workspaces they want to hear nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.notices import DEFAULT, POSSIBLE, Channel, Reason, chosen
from app.core.preconditions import Expected, require_version
from app.core.time_zones import next_at
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import notification_preferences as db
from app.db.handles.accounts import lock_account
from app.db.handles.notification_preferences import DueDigestRow, PreferencesRow
from app.kernel import audit
from app.kernel.access import enter_to_change, require_session
from app.kernel.platform_audit import record_for_account

Digest = Literal["off", "daily", "weekly"]
_DEFAULT = PreferencesRow(
    channels="{}",
    digest="off",
    digest_hour=8,
    digest_weekday=1,
    time_zone="UTC",
    digest_key="",
    version=0,
)


class Offered(msgspec.Struct, frozen=True):
    """What channels this installation has. ``push_key`` is what a browser subscribes with; None where nothing
    is pushed."""

    sends_mail: bool
    push_key: str | None


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """``channels`` are all kinds with all the channels by which the person wants to be told."""

    channels: Mapping[str, Sequence[str]]
    digest: str
    digest_hour: int
    digest_weekday: int
    time_zone: str
    muted_workspaces: Sequence[str]
    sends_mail: bool
    push_key: str | None
    version: int


async def get_mine(tx: ReadTransaction, caller: Caller, *, offered: Offered) -> Preferences:
    await require_session(tx, caller)
    return await _shown(tx, caller, offered, await db.get_preferences(tx, user_id=caller.user_id) or _DEFAULT)


async def set_mine(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    offered: Offered,
    channels: Mapping[str, Sequence[str]],
    digest: Digest,
    digest_hour: int,
    digest_weekday: int,
    time_zone: str,
    expected: Expected = None,
) -> Preferences:
    """All of them; a kind that is not in ``channels`` is as by default. What there is no channel for is left
    out. A digest that is switched on tells of what comes from now on."""
    lock_account(tx, account_id=caller.user_id)
    await require_session(tx, caller)
    known = await db.get_preferences(tx, user_id=caller.user_id) or _DEFAULT
    require_version(known.version, expected)
    now = tools.clock()
    told: dict[str, Any] = {
        "channels": _stored(channels),
        "digest": digest,
        "digest_hour": digest_hour,
        "digest_weekday": digest_weekday,
        "time_zone": time_zone,
    }
    write = db.insert_preferences if known.version == 0 else db.update_preferences
    write(
        tx,
        user_id=caller.user_id,
        next_digest_at=None
        if digest == "off"
        else next_at(
            now, zone=time_zone, hour=digest_hour, weekday=digest_weekday if digest == "weekly" else None
        ),
        digest_key=utc_text(now) if known.digest == "off" else known.digest_key,
        now=now,
        **told,
    )
    await record_for_account(tx, caller, tools, action="profile.notifications_set")
    return await _shown(
        tx, caller, offered, PreferencesRow(**told, digest_key=known.digest_key, version=known.version + 1)
    )


async def mute(tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, is_on: bool) -> None:
    """The caller hears nothing of the workspace from now on, or again; nothing happens where it is so. It
    ends with the membership."""
    # The guard row of memberships: one that ends meanwhile takes it along.
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workspace.mute")
    change = db.mute_workspace if is_on else db.unmute_workspace
    if await change(tx, workspace_id=workspace_id, user_id=caller.user_id):
        await audit.record(
            tx,
            caller,
            tools,
            workspace_id=workspace_id,
            action="workspace.muted" if is_on else "workspace.unmuted",
            target_type="user",
            target_id=caller.user_id,
            is_change=False,
        )


async def want_no_mail(tx: WriteTransaction, tools: Tools, *, account_id: str, what: str | None) -> bool:
    """Of one kind, or of all; whether that is new. Whoever calls holds the account."""
    row = await db.get_preferences(tx, user_id=account_id) or _DEFAULT
    known = msgspec.json.decode(row.channels, type=dict[str, list[str]])
    left = {
        reason: chosen(known, reason) - {Channel.EMAIL} if what in (None, reason) else chosen(known, reason)
        for reason in Reason
    }
    channels = _stored({reason: _listed(own) for reason, own in left.items()})
    digest = "off" if what is None else row.digest
    if (channels, digest) == (row.channels, row.digest):
        return False
    now = tools.clock()
    is_on = digest != "off"
    write = db.insert_preferences if row.version == 0 else db.update_preferences
    write(
        tx,
        user_id=account_id,
        channels=channels,
        digest=digest,
        digest_hour=row.digest_hour,
        digest_weekday=row.digest_weekday,
        time_zone=row.time_zone,
        next_digest_at=_next(row, now) if is_on else None,
        digest_key=row.digest_key,
        now=now,
    )
    return True


def following(due: DueDigestRow, now: datetime) -> datetime:
    """When the digest after this one is due."""
    return _next(due, now)


def _next(row: DueDigestRow | PreferencesRow, now: datetime) -> datetime:
    weekday = row.digest_weekday if row.digest == "weekly" else None
    return next_at(now, zone=row.time_zone, hour=row.digest_hour, weekday=weekday)


async def _shown(tx: ReadTransaction, caller: Caller, offered: Offered, row: PreferencesRow) -> Preferences:
    known = msgspec.json.decode(row.channels, type=dict[str, list[str]])
    muted = await db.list_muted(tx, user_id=caller.user_id)
    return Preferences(
        channels={reason: _listed(chosen(known, reason)) for reason in Reason},
        digest=row.digest,
        digest_hour=row.digest_hour,
        digest_weekday=row.digest_weekday,
        time_zone=row.time_zone,
        muted_workspaces=sorted(each.workspace_id for each in muted),
        sends_mail=offered.sends_mail,
        push_key=offered.push_key,
        version=row.version,
    )


def _stored(channels: Mapping[str, Sequence[str]]) -> str:
    """What is other than by default."""
    wanted = {
        Reason(name): frozenset(map(Channel, own)) & POSSIBLE[Reason(name)] for name, own in channels.items()
    }
    other = {reason: _listed(own) for reason, own in wanted.items() if own != DEFAULT[reason]}
    return msgspec.json.encode(other).decode()


def _listed(channels: frozenset[Channel]) -> list[str]:
    return [channel for channel in Channel if channel in channels]
