"""Check-ins: how far a key result is, who says so, and how sure they are. What was said stays said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.figures import figure_text, parse_figure
from app.core.okr_errors import CheckInUnfit, KeyResultFed
from app.core.okr_scores import ORDINAL_SCORES, Zone
from app.core.okrs import ObjectiveState, Source
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import check_ins as db
from app.db.handles.check_ins import CheckInRow
from app.db.handles.key_results import KeyResultRow
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.okr_access import record_key_result, require_state
from app.services.key_results import find_key_result, hold_key_result, metric_of, stale_from

NEWEST = "~"
"""Sorts after every key of a moment."""


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    key_result_id: str
    value: str | None
    zone: str
    score: str
    confidence: int | None
    note: str | None
    source: str
    selection_id: str | None
    created_by: str
    created_at: datetime


def _shown(row: CheckInRow) -> CheckIn:
    values = {name: getattr(row, name) for name in CheckIn.__struct_fields__}
    value = None if row.value is None else figure_text(row.value)
    return CheckIn(**{**values, "value": value, "score": figure_text(row.score)})


def measured(row: KeyResultRow, value: int | None, zone: Zone | None) -> tuple[Zone, int]:
    """The zone and the score of a METRIC by its value, of an ORDINAL by its zone. Raises
    ``CheckInUnfit``."""
    metric = metric_of(row)
    if metric is None and value is None and zone is not None:
        return zone, ORDINAL_SCORES[zone]
    if metric is not None and value is not None and zone is None:
        return metric.zone(value), metric.score(value)
    raise CheckInUnfit


def write_check_in(
    tx: WriteTransaction,
    tools: Tools,
    workspace_id: str,
    row: KeyResultRow,
    *,
    value: int | None,
    zone: Zone | None,
    created_by: str,
    source: Source,
    confidence: int | None = None,
    note: str | None = None,
    selection_id: str | None = None,
) -> CheckIn:
    """Of a key result whose ACTIVE objective is held; ``value`` in millionths. Who may, and that it is told,
    is the caller's. Raises ``CheckInUnfit``."""
    reached, score = measured(row, value, zone)
    check_in_id, now = tools.new_id(), tools.clock()
    said: dict[str, Any] = {"value": value, "zone": str(reached), "score": score, "confidence": confidence}
    db.insert_check_in(
        tx,
        workspace_id=workspace_id,
        check_in_id=check_in_id,
        key_result_id=row.id,
        list_key=moment_key(now, check_in_id),
        note=note,
        source=source,
        selection_id=selection_id,
        created_by=created_by,
        now=now,
        **said,
    )
    stale_at = stale_from(row.stale_after, ObjectiveState.ACTIVE, now)
    db.set_measured(tx, workspace_id=workspace_id, key_result_id=row.id, stale_at=stale_at, now=now, **said)
    return _shown(
        CheckInRow(
            id=check_in_id,
            key_result_id=row.id,
            note=note,
            source=str(source),
            selection_id=selection_id,
            created_by=created_by,
            created_at=now,
            **said,
        )
    )


async def check_in(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    key_result_id: str,
    value: str | None,
    zone: Zone | None,
    confidence: int,
    note: str | None,
) -> CheckIn:
    """By hand. Raises as ``hold_key_result`` does, ``ObjectiveInState`` unless the objective is ACTIVE,
    ``KeyResultFed``, ``CheckInUnfit``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.check_in")
    row, objective, allowed = await hold_key_result(tx, caller, tools, access, key_result_id)
    require_state(objective, [ObjectiveState.ACTIVE])
    if row.source != Source.MANUAL:
        raise KeyResultFed(details={"source": row.source})
    made = write_check_in(
        tx,
        tools,
        workspace_id,
        row,
        value=None if value is None else parse_figure(value),
        zone=zone,
        created_by=caller.user_id,
        source=Source.MANUAL,
        confidence=confidence,
        note=note,
    )
    details = {
        "check_in_id": made.id,
        "value": made.value,
        "zone": made.zone,
        "confidence": confidence,
        **allowed,
    }
    await record_key_result(
        tx, caller, tools, workspace_id, "key_result.measured", row.id, objective.id, details
    )
    return made


async def list_check_ins(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, key_result_id: str
) -> Found[str]:
    """The newest first. Raises ``KeyResultNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="key_result.list_check_ins")
    await find_key_result(tx, workspace_id, key_result_id)
    rows = await db.list_check_ins(
        tx,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
        before_key=asked.place,
        page_size=asked.page_size,
    )
    found = asked.found(rows, lambda row: moment_key(row.created_at, row.id))
    return Found([_shown(row) for row in rows[: asked.limit]], found.place)
