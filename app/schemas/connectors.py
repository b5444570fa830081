"""The wire of connectors, their values and their journal."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.text import clean_line, plain
from app.schemas.common import Page, SecretText, TimeZone, View, Wire

Kind = Literal["graph_excel", "postgres_ro"]
Fallback = Annotated[
    Literal["FAIL", "LAST_GOOD", "STATIC"],
    Field(
        description="What stands for the value while refreshes fail: nothing; the last good one, as long as "
        "`max_age_seconds` says; or `static_value`. It is flagged in the value."
    ),
]
ConnectorName = Annotated[
    str,
    Field(max_length=100, examples=["Revenue of this month"]),
    AfterValidator(lambda text: clean_line(text, limit=100)),
]
ColumnName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
Cell = str | int | float | bool | None
ShownCell = str | int | bool | None
Config = Annotated[
    dict[str, Any],
    Field(
        description="Of `postgres_ro`: `host`, `port` (5432), `database`, `user`, `query`, `schema` "
        "(`public`), `tls` (`verify-full`) and `ca` (PEM, where the server's certificate is of no public "
        "authority). Of `graph_excel`: `drive_id` and `item_id`, or `site_id` and `path`; one of `worksheet` "
        "(with `range`), `name` and `table`; `header` and `date_system`.",
        max_length=30,
        examples=[
            {
                "host": "reports.example.com",
                "database": "sales",
                "user": "pm_assist",
                "query": "WITH o AS (TABLE orders) SELECT sum(price) AS revenue FROM o WHERE o.paid",
            }
        ],
    ),
]
MaxAge = Annotated[
    int, Field(ge=60, le=31_536_000, description="Of `LAST_GOOD`; older values are shown as stale.")
]
Columns = Annotated[
    list[ColumnName],
    Field(
        min_length=1,
        max_length=200,
        description="The columns that must come, in any order. Null: those that came last.",
    ),
]
Secret = Annotated[
    SecretText,
    Field(min_length=1, max_length=1000, description="Goes in and never comes out.", examples=["a password"]),
]


class Schedule(Wire):
    """One of the two; none more often than every five minutes."""

    every_minutes: Annotated[int, Field(ge=5, le=10_080)] | None = None
    cron: (
        Annotated[
            str,
            Field(max_length=100, pattern=r"^[0-9A-Za-z*/,#? -]+$", description="Five fields, as of cron."),
        ]
        | None
    ) = Field(None, examples=["0 6 * * 1-5"])
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Schedule":
        if (self.every_minutes is None) == (self.cron is None):
            raise ValueError("give one of every_minutes and cron")
        if self.cron is None and self.time_zone is not None:
            raise ValueError("time_zone goes with cron")
        return self


class StaticValue(Wire):
    columns: Annotated[list[ColumnName], Field(min_length=1, max_length=50)]
    rows: Annotated[
        list[
            Annotated[
                list[Annotated[str, Field(max_length=1000)] | int | float | bool | None], Field(max_length=50)
            ]
        ],
        Field(max_length=100),
    ]


class ConnectorTry(Wire):
    kind: Kind
    config: Config
    secret: Secret | None = None


class ConnectorCreate(ConnectorTry):
    name: ConnectorName
    fallback: Fallback = "FAIL"
    max_age_seconds: MaxAge | None = None
    static_value: StaticValue | None = None
    columns: Columns | None = None
    schedule: Schedule | None = None


class ConnectorPatch(Wire):
    """What is left out stays. A `config` is put in the place of the one before, whole; where it names another
    target, `secret` has to come with it."""

    name: ConnectorName = ""
    config: Config = Field({})
    secret: Secret | None = None
    fallback: Fallback = "FAIL"
    max_age_seconds: MaxAge | None = None
    static_value: StaticValue | None = None
    columns: Columns | None = None
    schedule: Schedule | None = None


class ScheduleView(View):
    every_minutes: int | None
    cron: str | None
    time_zone: str | None


class StaticView(View):
    columns: list[str]
    rows: list[list[ShownCell]]


class Connector(View):
    id: str
    name: str
    kind: Kind
    config: dict[str, Any]
    has_secret: bool
    fallback: Fallback
    max_age_seconds: int | None
    static_value: StaticView | None
    columns: list[str] | None
    schedule: ScheduleView | None
    status: Literal["NEW", "OK", "FAILED"] = Field(description="How the last refresh ended.")
    last_error: str | None = Field(description="Why it failed: a code that README explains.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class ConnectorPage(Page[Connector]): ...


class Selection(View):
    id: str
    actor_id: str = Field(description="A person, or `service:connectors` for a schedule.")
    cause: Literal["refresh", "schedule", "preview", "test"]
    asked: str = Field(description="A range, or the SHA-256 of a query.")
    outcome: Literal["OK", "FAILED"]
    error: str | None
    fallback: Literal["LAST_GOOD", "STATIC"] | None = Field(description="What stood for the value then.")
    rows: int | None
    bytes: int | None = Field(description="Of the rows, as JSON.")
    checksum: str | None = Field(description="SHA-256 of columns and rows in canonical JSON.")
    duration_ms: int
    at: datetime


class SelectionPage(Page[Selection]): ...


class ConnectorValue(View):
    connector_id: str
    name: str = Field(description="Of the connector.")
    columns: list[str]
    rows: list[list[ShownCell]] = Field(
        description="Exact: decimals, dates and integers beyond 2^53 are text.", examples=[[["1234.50"]]]
    )
    checksum: str
    selection_id: str | None = Field(description="What it was fetched by; null for a static value.")
    fetched_at: datetime | None
    age_seconds: int | None
    is_stale: bool = Field(description="Something stands for it, or it is older than `max_age_seconds`.")
    fallback: Literal["LAST_GOOD", "STATIC"] | None
    status: Literal["NEW", "OK", "FAILED"]
    last_error: str | None


class ListedValue(View):
    """How what a connector takes is doing; its value is read by itself."""

    connector_id: str
    name: str
    status: Literal["NEW", "OK", "FAILED"]
    last_error: str | None
    last_refreshed_at: datetime | None = Field(description="Whatever came of it.")


class ListedValuePage(Page[ListedValue]): ...


class Refresh(View):
    selection: Selection
    value: ConnectorValue | None = Field(description="What counts now; null where there is nothing.")


class Preview(View):
    selection: Selection
    detail: str | None = Field(description="More of a failure, such as an SQLSTATE.")
    columns: list[str]
    rows: list[list[ShownCell]] = Field(description="The first 20 of a preview; none of a test.")
    is_whole: bool = Field(description="There is nothing more.")


class Tried(View):
    outcome: Literal["OK", "FAILED"]
    error: str | None
    detail: str | None
    columns: list[str]
    duration_ms: int
