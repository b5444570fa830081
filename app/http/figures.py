"""Figures over a range of days: how they are asked for, and the three forms that they are answered in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.buckets import MOST_DAYS, NoRange, Range, Size, range_of
from app.core.charts import Chart, Theme, svg
from app.core.csv_text import BOM, csv_lines
from app.core.errors import InvalidInput
from app.http.edge import answer
from app.http.pictures import HARMLESS
from app.integrations.blob_store import attachment
from app.schemas.common import TimeZone

_SVG, _CSV = "image/svg+xml", "text/csv"


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    SVG = "svg"


class Asked(NamedTuple):
    """``now``: the moment that the range was worked out at."""

    range: Range
    now: datetime


class Wanted(NamedTuple):
    form: Form
    theme: Theme


async def _asked(
    request: Request,
    first: Annotated[
        date | None, Query(alias="from", description="The first day; by default a Monday eleven weeks back.")
    ] = None,
    last: Annotated[
        date | None,
        Query(
            alias="to",
            description=f"The last day, with it; by default, and at most, today. {MOST_DAYS} days at most.",
        ),
    ] = None,
    bucket: Annotated[Size, Query(description="Weeks are those of ISO 8601.")] = Size.WEEK,
    time_zone: Annotated[TimeZone, Query()] = "UTC",
) -> Asked:
    now = request.app.state.edge.tools.clock()
    try:
        return Asked(range_of(first, last, size=bucket, zone=time_zone, now=now), now)
    except NoRange as error:
        raise InvalidInput(str(error)) from None


async def _wanted(
    form: Annotated[
        Form, Query(alias="format", description="A file for spreadsheets, or a picture.")
    ] = Form.JSON,
    theme: Annotated[Theme, Query(description="Of a picture.")] = Theme.LIGHT,
) -> Wanted:
    return Wanted(form, theme)


AskedDep = Annotated[Asked, Depends(_asked)]
WantedDep = Annotated[Wanted, Depends(_wanted)]


def forms(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route for its figures in each form."""
    content = {_CSV: {"schema": {"type": "string"}}, _SVG: {"schema": {"type": "string"}}}
    return {200: {"model": model, "content": content}}


def shown(
    wanted: Wanted, name: str, figures: object, table: Iterable[Sequence[object]], chart: Chart
) -> Response:
    """In the form that is wanted. ``name``: of the file, without its ending; ``table``: a line of names, and
    one for each bucket."""
    if wanted.form is Form.JSON:
        return answer(figures)
    if wanted.form is Form.CSV:
        headers = {"Content-Disposition": attachment(f"{name}.csv")}
        return Response(BOM + csv_lines(table), 200, headers, f"{_CSV}; charset=utf-8")
    return Response(svg(chart, wanted.theme), 200, HARMLESS, _SVG)
