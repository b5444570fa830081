"""A client of the application in this process, without a socket between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from httpx import ASGITransport, AsyncClient

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["AsyncClient", "client_of"]


def client_of(app: FastAPI, headers: Mapping[str, str] | None = None) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://bench", headers=headers)
