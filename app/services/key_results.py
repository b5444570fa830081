"""Key results: what an objective is measured by. What they ask for is approved with the objective; how they
are measured, and for how long a figure is good, is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import Clock
from app.core.figures import figure_text, parse_figure
from app.core.okr_errors import KeyResultNotFound, KeyResultUnmeasurable, ObjectiveFull
from app.core.okr_scores import Metric
from app.core.okrs import Direction, Kind, ObjectiveState, Source
from app.core.preconditions import Expected, require_version
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import key_results as db
from app.db.handles.key_results import KeyResultRow
from app.db.handles.objectives import ObjectiveToChangeRow, touch_objective
from app.db.paging import Asked, Found
from app.kernel.access import Access, enter
from app.kernel.okr_access import (
    content_changes,
    find_objective,
    hold_objective,
    record_key_result,
    require_changer,
    withdraw_from_approval,
)
from app.kernel.policy_access import told

MOST_KEY_RESULTS = 20
"""Of one objective."""


class MetricShown(msgspec.Struct, frozen=True, kw_only=True):
    """Figures as decimal text."""

    direction: str
    unit: str | None
    baseline: str
    commit: str | None
    target: str
    stretch: str | None


class ZonesShown(msgspec.Struct, frozen=True, kw_only=True):
    fail: str | None
    commit: str | None
    target: str | None
    stretch: str | None


class FeedShown(msgspec.Struct, frozen=True, kw_only=True):
    """How what feeds it went last. ``age_seconds``: of what was taken, at its source."""

    status: str
    error: str | None
    fallback: str | None
    age_seconds: int | None


class KeyResult(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``metric`` and ``zones`` is there, as ``kind`` says."""

    id: str
    objective_id: str
    kind: str
    title: str
    description: str | None
    weight: int
    metric: MetricShown | None
    zones: ZonesShown | None
    value: str | None
    zone: str | None
    score: str | None
    confidence: int | None
    measured_at: datetime | None
    source: str
    source_ref: msgspec.Raw | None
    stale_after: int | None
    stale_at: datetime | None
    is_stale: bool
    feed: FeedShown | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


def shown(row: KeyResultRow, now: datetime) -> KeyResult:
    return KeyResult(
        id=row.id,
        objective_id=row.objective_id,
        kind=row.kind,
        title=row.title,
        description=row.description,
        weight=row.weight,
        metric=_metric_shown(row),
        zones=_zones_shown(row),
        value=_text(row.current_value),
        zone=row.current_zone,
        score=_text(row.score),
        confidence=row.confidence,
        measured_at=row.measured_at,
        source=row.source,
        source_ref=None if row.source_ref is None else msgspec.Raw(row.source_ref.encode()),
        stale_after=row.stale_after,
        stale_at=row.stale_at,
        is_stale=is_stale(row.stale_at, row.feed_status, now),
        feed=_feed_shown(row, now),
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _text(millionths: int | None) -> str | None:
    return None if millionths is None else figure_text(millionths)


def _metric_shown(row: KeyResultRow) -> MetricShown | None:
    if row.direction is None or row.baseline_value is None or row.target_value is None:
        return None
    return MetricShown(
        direction=row.direction,
        unit=row.unit,
        baseline=figure_text(row.baseline_value),
        commit=_text(row.commit_value),
        target=figure_text(row.target_value),
        stretch=_text(row.stretch_value),
    )


def _feed_shown(row: KeyResultRow, now: datetime) -> FeedShown | None:
    if row.feed_status is None:
        return None
    return FeedShown(
        status=row.feed_status,
        error=row.feed_error,
        fallback=row.feed_fallback,
        age_seconds=age(row.fetched_at, now),
    )


def is_stale(stale_at: datetime | None, feed_status: str | None, now: datetime) -> bool:
    """Older than it should be, or what feeds it was not to be had."""
    return (stale_at is not None and stale_at <= now) or feed_status in ("FALLBACK", "FAILED")


def age(since: datetime | None, now: datetime) -> int | None:
    """Whole seconds."""
    return None if since is None else max(0, int((now - since).total_seconds()))


def _zones_shown(row: KeyResultRow) -> ZonesShown | None:
    if row.kind == Kind.METRIC:
        return None
    return ZonesShown(
        fail=row.fail_text, commit=row.commit_text, target=row.target_text, stretch=row.stretch_text
    )


def definition(row: KeyResultRow) -> list[Any]:
    """What is approved of it."""
    return [row.id, row.title, row.description, row.weight, _metric_shown(row), _zones_shown(row)]


def metric_of(row: KeyResultRow) -> Metric | None:
    """What a METRIC is measured by."""
    if row.direction is None or row.baseline_value is None or row.target_value is None:
        return None
    return Metric(
        direction=Direction(row.direction),
        baseline=row.baseline_value,
        commit=row.commit_value,
        target=row.target_value,
        stretch=row.stretch_value,
    )


def _columns(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was sent, the columns. ``metric`` and ``zones`` replace what there was."""
    plain = ("title", "description", "weight", "stale_after")
    columns = {name: sent[name] for name in plain if name in sent}
    if (metric := sent.get("metric")) is not None:
        figures = {name: metric.get(name) for name in ("baseline", "commit", "target", "stretch")}
        columns |= {f"{n}_value": None if t is None else parse_figure(t) for n, t in figures.items()}
        columns |= {"direction": str(metric["direction"]), "unit": metric.get("unit")}
    if (zones := sent.get("zones")) is not None:
        columns |= {f"{name}_text": zones.get(name) for name in ("fail", "commit", "target", "stretch")}
    return columns


def _require_measurable(row: KeyResultRow) -> None:
    metric = metric_of(row)
    if metric is not None and (problem := metric.problem()):
        raise KeyResultUnmeasurable(problem)


async def create_key_result(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    objective_id: str,
    new: Mapping[str, Any],
    expected: Expected = None,
) -> KeyResult:
    """``new`` holds ``title``, ``description``, ``weight``, ``stale_after`` and one of ``metric`` and
    ``zones``. In approval, the objective's request is void. Raises as ``hold_objective`` and
    ``content_changes`` do, ``ObjectiveFull``, ``KeyResultUnmeasurable``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.create")
    objective = await hold_objective(tx, workspace_id, objective_id)
    decision = await require_changer(tx, caller, tools, access, objective)
    there = await db.count_key_results(tx, workspace_id=workspace_id, objective_id=objective_id)
    if there >= MOST_KEY_RESULTS:
        raise ObjectiveFull(details={"max": MOST_KEY_RESULTS})
    now, key_result_id = tools.clock(), tools.new_id()
    row = _new_row(key_result_id, objective_id, caller.user_id, now, _columns(new))
    _require_measurable(row)
    state = content_changes(tx, caller, workspace_id, objective)
    db.insert_key_result(
        tx,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
        objective_id=objective_id,
        kind=row.kind,
        list_key=moment_key(now, key_result_id),
        created_by=caller.user_id,
        remind_at=None,
        now=now,
        **_defined(row),
    )
    touch_objective(tx, workspace_id=workspace_id, objective_id=objective_id, state=state, now=now)
    await withdraw_from_approval(tx, caller, tools, workspace_id, objective)
    details = {"kind": row.kind, **told(decision, None)}
    await record_key_result(
        tx, caller, tools, workspace_id, "key_result.created", key_result_id, objective_id, details
    )
    return shown(row, now)


def _new_row(
    key_result_id: str, objective_id: str, created_by: str, now: datetime, columns: Mapping[str, Any]
) -> KeyResultRow:
    optional = (
        "unit direction baseline_value commit_value target_value stretch_value fail_text commit_text"
        " target_text stretch_text current_value current_zone score confidence measured_at source_ref"
        " binding_id stale_at feed_status feed_error feed_fallback fetched_at"
    )
    return KeyResultRow(
        **{
            **dict.fromkeys(optional.split(" ")),
            "id": key_result_id,
            "objective_id": objective_id,
            "kind": str(Kind.METRIC if "direction" in columns else Kind.ORDINAL),
            "source": str(Source.MANUAL),
            "created_by": created_by,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **columns,
        }
    )


def _defined(row: KeyResultRow) -> dict[str, Any]:
    """The columns that say what it is, and until when what was measured is good."""
    names = (
        "title description weight unit direction baseline_value commit_value target_value stretch_value"
        " fail_text commit_text target_text stretch_text source source_ref binding_id stale_after stale_at"
    )
    return {name: getattr(row, name) for name in names.split(" ")}


async def list_key_results(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    clock: Clock,
    *,
    workspace_id: str,
    objective_id: str,
) -> Found[str]:
    """In the order in which they were made. Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="key_result.list")
    await find_objective(tx, workspace_id, objective_id)
    rows = await db.list_key_results(
        tx,
        workspace_id=workspace_id,
        objective_id=objective_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    found, now = asked.found(rows, lambda row: moment_key(row.created_at, row.id)), clock()
    return Found([shown(row, now) for row in rows[: asked.limit]], found.place)


async def get_key_result(
    tx: ReadTransaction, caller: Caller, clock: Clock, *, workspace_id: str, key_result_id: str
) -> KeyResult:
    """Raises ``KeyResultNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="key_result.read")
    return shown(await find_key_result(tx, workspace_id, key_result_id), clock())


async def find_key_result(tx: ReadTransaction, workspace_id: str, key_result_id: str) -> KeyResultRow:
    row = await db.get_key_result(tx, workspace_id=workspace_id, key_result_id=key_result_id)
    if row is None:
        raise KeyResultNotFound
    return row


async def hold_key_result(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    key_result_id: str,
    expected: Expected = None,
) -> tuple[KeyResultRow, ObjectiveToChangeRow, dict[str, str]]:
    """A key result, its objective, whose row is held, and what the log says of how the caller may change
    it. Raises ``KeyResultNotFound``, ``VersionMismatch``, ``OkrCycleClosed``, ``AccessDenied``."""
    workspace_id = access.workspace_id
    # Of which objective it is does not change; all else is read again when that is held.
    objective_id = (await find_key_result(tx, workspace_id, key_result_id)).objective_id
    objective = await hold_objective(tx, workspace_id, objective_id)
    row = await find_key_result(tx, workspace_id, key_result_id)
    require_version(row.version, expected)
    decision = await require_changer(tx, caller, tools, access, objective)
    return row, objective, told(decision, None)


async def update_key_result(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    key_result_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> KeyResult:
    """``changes`` as in ``create_key_result``; the kind stays. The score is that by the new definition.
    Raises as ``hold_key_result`` and ``content_changes`` do, and ``KeyResultUnmeasurable``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.update")
    row, objective, allowed = await hold_key_result(tx, caller, tools, access, key_result_id, expected)
    now = tools.clock()
    other = "zones" if row.kind == Kind.METRIC else "metric"
    if changes.get(other) is not None:
        raise KeyResultUnmeasurable(f"A key result stays {row.kind}.")
    after = msgspec.structs.replace(row, **_columns(changes))
    if after == row:
        return shown(row, now)
    _require_measurable(after)
    after = _measured_anew(after, objective)
    before, then = shown(row, now), shown(after, now)
    changed = sorted(name for name in changes if getattr(then, name) != getattr(before, name))
    if is_content := definition(after) != definition(row):
        state = content_changes(tx, caller, workspace_id, objective)
        touch_objective(tx, workspace_id=workspace_id, objective_id=objective.id, state=state, now=now)
    db.update_key_result(
        tx,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
        current_zone=after.current_zone,
        score=after.score,
        remind_at=after.stale_at,
        now=now,
        **_defined(after),
    )
    if is_content:
        await withdraw_from_approval(tx, caller, tools, workspace_id, objective)
    details = {"changed": changed, **allowed}
    await record_key_result(
        tx, caller, tools, workspace_id, "key_result.updated", row.id, objective.id, details
    )
    return msgspec.structs.replace(then, updated_at=now, version=row.version + 1)


def _measured_anew(row: KeyResultRow, objective: ObjectiveToChangeRow) -> KeyResultRow:
    metric = metric_of(row)
    if metric is not None and row.current_value is not None:
        row = msgspec.structs.replace(
            row, score=metric.score(row.current_value), current_zone=str(metric.zone(row.current_value))
        )
    since = row.measured_at or objective.activated_at
    return msgspec.structs.replace(row, stale_at=stale_from(row.stale_after, objective.state, since))


def stale_from(stale_after: int | None, state: str, since: datetime | None) -> datetime | None:
    """From when on what was measured is stale: only of an ACTIVE objective anybody waits for more."""
    if stale_after is None or since is None or state != ObjectiveState.ACTIVE:
        return None
    return since + timedelta(seconds=stale_after)


async def delete_key_result(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    key_result_id: str,
    expected: Expected = None,
) -> None:
    """What was said of it is kept, and shown no more. Raises as ``update_key_result`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="key_result.delete")
    row, objective, allowed = await hold_key_result(tx, caller, tools, access, key_result_id, expected)
    state, now = content_changes(tx, caller, workspace_id, objective), tools.clock()
    db.delete_key_result(tx, workspace_id=workspace_id, key_result_id=key_result_id, now=now)
    touch_objective(tx, workspace_id=workspace_id, objective_id=objective.id, state=state, now=now)
    await withdraw_from_approval(tx, caller, tools, workspace_id, objective)
    await record_key_result(
        tx, caller, tools, workspace_id, "key_result.deleted", row.id, objective.id, allowed
    )
