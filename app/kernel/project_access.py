"""As ``access``, for projects: what may be seen is there, and the rest is not."""

from app.core.caller import Caller, Passage
from app.core.work import ProjectStatus
from app.core.work_errors import ProjectArchived, ProjectNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import projects as db
from app.db.handles.projects import ProjectRow
from app.kernel.access import Access, enter

_UUID_LENGTH = 36


async def enter_project(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    project_id: str,
    operation: str,
    even_archived: bool = False,
) -> tuple[Access, ProjectRow]:
    """The caller's place in the workspace, and a project that they may see; ``project_id`` may be a key, in
    upper case, that it has or had.

    Raises as ``enter`` does, ``ProjectNotFound``, and in a write transaction ``ProjectArchived`` unless
    ``even_archived`` says that this is no change of what is in it.
    """
    access = await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    project = await find_project(tx, caller, workspace_id, project_id)
    if isinstance(tx, WriteTransaction) and not even_archived and project.status == ProjectStatus.ARCHIVED:
        raise ProjectArchived
    return access, project


async def enter_project_to_change(
    tx: WriteTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    project_id: str,
    operation: str,
    even_archived: bool = False,
) -> tuple[Access, ProjectRow]:
    """As ``enter_project``, holding the project's guard row: what it answers stays true to the commit. It
    comes after the locks of accounts and workspaces, and before those of columns and tasks. ``project_id`` is
    no key."""
    db.lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    return await enter_project(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=project_id,
        operation=operation,
        even_archived=even_archived,
    )


async def find_project(tx: ReadTransaction, caller: Caller, workspace_id: str, project_id: str) -> ProjectRow:
    """One that the caller, who has entered the workspace, may see. Raises ``ProjectNotFound``."""
    if len(project_id) == _UUID_LENGTH:
        project = await db.get_project(
            tx, workspace_id=workspace_id, user_id=caller.user_id, project_id=project_id
        )
    else:
        project = await db.get_project_by_key(
            tx, workspace_id=workspace_id, user_id=caller.user_id, project_key=project_id
        )
    if project is None:
        raise ProjectNotFound
    note_project(caller, workspace_id, project.id)
    return project


def note_project(caller: Caller, workspace_id: str, project_id: str) -> None:
    """That the caller has seen it: what is kept for a retry is for whoever still does."""
    caller.passages.note(Passage("project", workspace_id, "project.read", project_id=project_id))
