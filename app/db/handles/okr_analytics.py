"""Handles of sql/queries/okr_analytics.sql."""

from app.db.connection import ReadTransaction
from app.db.queries import Row, query


class OkrFiguresRow(Row):
    """Of the objectives of a level: by how much their figures changed from the end of the bucket before to
    that of this one, and ``check_ins``, those of this one. ``objectives``: those that had begun, whose
    scores, in millionths, are added up; ``confident``: the key results whose confidence is."""

    place: int
    level: str
    objectives: int
    score_sum: int
    key_results: int
    measured: int
    confidence_sum: int
    confident: int
    check_ins: int
    late: int


@query
async def read_okr_figures(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    buckets: str,
    most: int,
    starts: str,
    ends: str,
    cycle_id: str | None,
    objective_id: str | None,
    level: str | None,
) -> list[OkrFiguresRow]: ...
