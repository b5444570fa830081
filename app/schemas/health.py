"""The wire of /livez and /readyz."""

from typing import Literal

from pydantic import BaseModel


class Live(BaseModel):
    status: Literal["ok"]


class Ready(BaseModel):
    status: Literal["ok"]
    database: Literal["sqlite", "mssql"]
    schema_version: int
