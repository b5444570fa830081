"""A template of workflows and its versions, as whoever may read or change them finds them."""

from __future__ import annotations

from app.core.caller import Caller
from app.core.preconditions import Expected, require_version
from app.core.work_errors import WorkflowTemplateNotFound, WorkflowVersionNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workflow_templates as db
from app.db.handles.workflow_templates import TemplateRow, VersionGraphRow
from app.kernel.access import enter_to_change


async def find_template_to_change(
    tx: WriteTransaction,
    caller: Caller,
    workspace_id: str,
    template_id: str,
    act: str,
    expected: Expected = None,
) -> TemplateRow:
    """For an ADMIN, holding the workspace's guard row. Raises ``WorkflowTemplateNotFound`` and
    ``VersionMismatch``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation=f"workflow_template.{act}")
    row = await find_template(tx, workspace_id, template_id)
    require_version(row.version, expected)
    return row


async def find_template(tx: ReadTransaction, workspace_id: str, template_id: str) -> TemplateRow:
    """Raises ``WorkflowTemplateNotFound``."""
    row = await db.get_template(tx, workspace_id=workspace_id, template_id=template_id)
    if row is None:
        raise WorkflowTemplateNotFound
    return row


async def find_version(
    tx: ReadTransaction, workspace_id: str, template_id: str, template_version: int
) -> VersionGraphRow:
    """Raises ``WorkflowVersionNotFound``."""
    row = await db.get_version(
        tx, workspace_id=workspace_id, template_id=template_id, template_version=template_version
    )
    if row is None:
        raise WorkflowVersionNotFound
    return row


async def newest_version(tx: ReadTransaction, workspace_id: str, template_id: str) -> int | None:
    """The number of the newest, whatever became of it; None where there is none."""
    row = await db.read_newest_version(tx, workspace_id=workspace_id, template_id=template_id)
    return None if row is None else row.template_version
