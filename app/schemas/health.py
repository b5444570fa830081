"""The wire of /livez and /readyz."""

from typing import Literal

from app.schemas.common import View


class Live(View):
    status: Literal["ok"]


class Ready(View):
    status: Literal["ok"]
    database: Literal["sqlite", "mssql"]
    schema_version: int
