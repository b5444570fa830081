"""What an organisation has and may have: its people read it, the platform's administrators set it, and
``app.kernel.usage`` holds it."""

import msgspec

from app.core.caller import Caller, Tools
from app.core.preconditions import Expected, require_version
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import usage as db
from app.db.handles.usage import UsageRow
from app.kernel.org_access import enter_organization
from app.kernel.platform_access import enter_platform
from app.kernel.platform_audit import record_for_organization, record_for_platform
from app.kernel.usage import read_usage


class Measure(msgspec.Struct, frozen=True):
    used: int
    limit: int | None


class Usage(msgspec.Struct, frozen=True):
    plan: str | None
    seats: Measure
    workspaces: Measure
    file_bytes: Measure
    requests_per_minute: int | None
    """What is left of them is told with each answer (``app.http.rate_limits``)."""
    version: int


async def get_usage(tx: ReadTransaction, caller: Caller, *, org_id: str) -> Usage:
    await enter_organization(tx, caller, org_id=org_id, operation="usage.read")
    return usage_of(await read_usage(tx, org_id))


async def get_any_usage(tx: ReadTransaction, caller: Caller, *, org_id: str) -> Usage:
    """For the platform's administrators. Raises ``OrganizationNotFound``."""
    await enter_platform(tx, caller, operation="platform.limits.read")
    return usage_of(await read_usage(tx, org_id))


async def set_limits(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    plan: str | None,
    seats: int | None,
    workspaces: int | None,
    file_bytes: int | None,
    requests_per_minute: int | None,
    expected: Expected = None,
) -> Usage:
    """What an organisation may have from now on; None is without limit. What is there stays, however much.
    Raises ``OrganizationNotFound``."""
    await enter_platform(tx, caller, operation="platform.limits.set")
    db.lock_usage(tx, org_id=org_id)
    before = await read_usage(tx, org_id)
    require_version(before.version, expected)
    db.set_limits(
        tx,
        org_id=org_id,
        plan_name=plan,
        max_seats=seats,
        max_workspaces=workspaces,
        max_file_bytes=file_bytes,
        max_requests_per_minute=requests_per_minute,
    )
    after = await read_usage(tx, org_id)
    details = {"from": _limits(before), "to": _limits(after)}
    action = "organization.limits_set"
    await record_for_organization(tx, caller, tools, org_id=org_id, action=action, details=details)
    await record_for_platform(
        tx, caller, tools, action=action, target_type="organization", target_id=org_id, details=details
    )
    return usage_of(after)


def _limits(row: UsageRow) -> dict[str, str | int | None]:
    return {
        "plan": row.plan_name,
        "seats": row.max_seats,
        "workspaces": row.max_workspaces,
        "file_bytes": row.max_file_bytes,
        "requests_per_minute": row.max_requests_per_minute,
    }


def usage_of(row: UsageRow) -> Usage:
    return Usage(
        plan=row.plan_name,
        seats=Measure(row.seats, row.max_seats),
        workspaces=Measure(row.workspaces, row.max_workspaces),
        file_bytes=Measure(row.file_bytes, row.max_file_bytes),
        requests_per_minute=row.max_requests_per_minute,
        version=row.version,
    )
