"""What a workspace has in files and may have. Its OWNERs limit it, and so do those who govern it, its
organisation and the platform: the lower limit holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import WorkspaceNotFound
from app.core.preconditions import Expected, require_version
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import file_usage as db
from app.db.handles.file_usage import FileUsageRow
from app.db.handles.platform import get_any_workspace
from app.db.handles.workspaces import lock_workspace
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.file_usage import least, read_file_usage
from app.kernel.platform_access import enter_platform
from app.kernel.platform_audit import record_for_platform
from app.services import org_workspaces
from app.services.usage import Measure

_ACTION = "workspace.file_limits_set"


class FileLimits(msgspec.Struct, frozen=True):
    files: int | None
    file_bytes: int | None


class FileUsage(msgspec.Struct, frozen=True):
    files: Measure
    file_bytes: Measure
    own: FileLimits
    granted: FileLimits
    version: int


async def get_file_usage(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> FileUsage:
    await enter(tx, caller, workspace_id=workspace_id, operation="file.list")
    return _shown(await read_file_usage(tx, workspace_id))


async def get_of_organization(
    tx: ReadTransaction, caller: Caller, *, org_id: str, workspace_id: str
) -> FileUsage:
    """As ``get_file_usage``, for the organisation's ADMINs. Raises ``WorkspaceNotFound``."""
    await org_workspaces.look(
        tx, caller, org_id=org_id, workspace_id=workspace_id, operation="workspace.read_files"
    )
    return _shown(await read_file_usage(tx, workspace_id))


async def get_of_platform(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> FileUsage:
    """As ``get_file_usage``, for the platform's administrators. Raises ``WorkspaceNotFound``."""
    await enter_platform(tx, caller, operation="platform.workspace.read_files")
    if await get_any_workspace(tx, workspace_id=workspace_id) is None:
        raise WorkspaceNotFound
    return _shown(await read_file_usage(tx, workspace_id))


async def set_own_limits(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    files: int | None,
    file_bytes: int | None,
    expected: Expected = None,
) -> FileUsage:
    """What its OWNERs allow their workspace; None is without limit. What is there stays, however much."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workspace.set_file_limits")
    limits = FileLimits(files, file_bytes)
    usage, details = await _set(tx, db.set_own_file_limits, workspace_id, limits, expected)
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=_ACTION,
        target_type="workspace",
        target_id=workspace_id,
        details=details,
    )
    return usage


async def grant_by_organization(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    workspace_id: str,
    files: int | None,
    file_bytes: int | None,
    expected: Expected = None,
) -> FileUsage:
    """As ``set_own_limits``, for the organisation's ADMINs."""
    operation = "workspace.grant_files"
    await org_workspaces.govern(tx, caller, org_id=org_id, workspace_id=workspace_id, operation=operation)
    limits = FileLimits(files, file_bytes)
    usage, details = await _set(tx, db.set_file_limits, workspace_id, limits, expected)
    await org_workspaces.record(tx, caller, tools, workspace_id, org_id, _ACTION, details)
    return usage


async def grant_by_platform(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    files: int | None,
    file_bytes: int | None,
    expected: Expected = None,
) -> FileUsage:
    """As ``grant_by_organization``, for the platform's administrators, of any workspace."""
    await enter_platform(tx, caller, operation="platform.workspace.grant_files")
    lock_workspace(tx, workspace_id=workspace_id)
    if await get_any_workspace(tx, workspace_id=workspace_id) is None:
        raise WorkspaceNotFound
    limits = FileLimits(files, file_bytes)
    usage, details = await _set(tx, db.set_file_limits, workspace_id, limits, expected)
    told: dict[str, Any] = {
        "action": _ACTION,
        "target_type": "workspace",
        "target_id": workspace_id,
        "details": details,
    }
    await record_for_platform(tx, caller, tools, **told)
    await audit.record(tx, caller, tools, workspace_id=workspace_id, **told)
    return usage


async def _set(
    tx: WriteTransaction,
    setter: Callable[..., None],
    workspace_id: str,
    limits: FileLimits,
    expected: Expected,
) -> tuple[FileUsage, dict[str, Any]]:
    """Whoever calls it holds the workspace's guard row. Answers what is so now, and what a log is to tell."""
    row = await db.find_file_usage(tx, workspace_id=workspace_id)
    if row is None:
        db.insert_file_usage(tx, workspace_id=workspace_id, files=0, file_bytes=0)
    before = _shown(await read_file_usage(tx, workspace_id))
    require_version(before.version, expected)
    setter(tx, workspace_id=workspace_id, max_files=limits.files, max_file_bytes=limits.file_bytes)
    after = _shown(await read_file_usage(tx, workspace_id))
    which = "own" if setter is db.set_own_file_limits else "granted"
    details = {
        "which": which,
        "from": msgspec.to_builtins(getattr(before, which)),
        "to": msgspec.to_builtins(limits),
    }
    return after, details


def _shown(row: FileUsageRow) -> FileUsage:
    return FileUsage(
        files=Measure(row.files, least(row.max_files, row.own_max_files)),
        file_bytes=Measure(row.file_bytes, least(row.max_file_bytes, row.own_max_file_bytes)),
        own=FileLimits(row.own_max_files, row.own_max_file_bytes),
        granted=FileLimits(row.max_files, row.max_file_bytes),
        version=row.version,
    )
