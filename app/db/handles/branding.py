"""Handles of sql/queries/branding.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import LongText, Row, query, queued


class BrandingRow(Row):
    product_name: str | None
    accent_color: str | None
    text_color: str | None
    sender_name: str | None
    sender_address: str | None
    logo_sha256: str | None
    updated_at: datetime
    version: int


class PublicBrandingRow(Row):
    name: str
    product_name: str | None
    accent_color: str | None
    text_color: str | None
    logo_sha256: str | None


class LogoRow(Row):
    logo_type: str
    logo_sha256: str
    logo: LongText


@query
async def read_branding(tx: ReadTransaction, *, org_id: str) -> BrandingRow | None: ...


@queued
def insert_branding(
    tx: WriteTransaction,
    *,
    org_id: str,
    product_name: str | None,
    accent_color: str | None,
    text_color: str | None,
    sender_name: str | None,
    sender_address: str | None,
    now: datetime,
) -> None: ...


@queued
def update_branding(
    tx: WriteTransaction,
    *,
    org_id: str,
    product_name: str | None,
    accent_color: str | None,
    text_color: str | None,
    sender_name: str | None,
    sender_address: str | None,
    now: datetime,
) -> None: ...


@queued
def set_logo(
    tx: WriteTransaction,
    *,
    org_id: str,
    logo_type: str | None,
    logo_sha256: str | None,
    logo: str | None,
    now: datetime,
) -> None: ...


@query
async def find_branding(tx: ReadTransaction, *, slug: str) -> PublicBrandingRow | None: ...


@query
async def find_logo(tx: ReadTransaction, *, slug: str) -> LogoRow | None: ...
