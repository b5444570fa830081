"""What an organisation has and may have, to be read and to be set; ``app.kernel.usage`` holds it."""

import msgspec

from app.core.caller import Caller
from app.db.connection import ReadTransaction
from app.db.handles.usage import UsageRow, read_usage
from app.kernel.org_access import enter_organization


class Measure(msgspec.Struct, frozen=True):
    used: int
    limit: int | None


class Usage(msgspec.Struct, frozen=True):
    plan: str | None
    seats: Measure
    workspaces: Measure
    file_bytes: Measure
    version: int


async def get_usage(tx: ReadTransaction, caller: Caller, *, org_id: str) -> Usage:
    await enter_organization(tx, caller, org_id=org_id, operation="usage.read")
    return usage_of(await read_usage(tx, org_id=org_id))


def usage_of(row: UsageRow) -> Usage:
    return Usage(
        plan=row.plan_name,
        seats=Measure(row.seats, row.max_seats),
        workspaces=Measure(row.workspaces, row.max_workspaces),
        file_bytes=Measure(row.file_bytes, row.max_file_bytes),
        version=row.version,
    )
