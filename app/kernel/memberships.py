"""What hangs on a membership of a workspace, and ends with it."""

from functools import partial

from app.core.caller import Tools
from app.core.clock import utc_text
from app.db.connection import WriteTransaction
from app.db.handles import memberships as db
from app.db.handles.approval_delegations import delete_delegations_of_person
from app.db.handles.notifications import delete_mute, delete_notifications_of_member
from app.db.handles.object_roles import delete_object_roles_of_person
from app.db.handles.outbound_mail import drop_mail_of_member
from app.db.handles.task_filters import delete_own_filters
from app.kernel.batches import in_batches


async def end_of_membership(tx: WriteTransaction, tools: Tools, *, workspace_id: str, user_id: str) -> None:
    """They are in none of its projects, watch none of its tasks, those that they had are nobody's, they are
    nothing to any object, decide for nobody, and what they kept for themselves alone, or were told, is gone:
    before the membership itself ends, which foreign keys refuse until then. One who is assigned something
    meanwhile has that refused, or has the end of the membership run again."""
    now = tools.clock()
    db.unassign_tasks(tx, workspace_id=workspace_id, account_id=user_id, now=now, now_text=utc_text(now))
    db.delete_watches(tx, workspace_id=workspace_id, account_id=user_id)
    db.delete_project_memberships(tx, workspace_id=workspace_id, account_id=user_id)
    delete_object_roles_of_person(tx, workspace_id=workspace_id, account_id=user_id)
    delete_delegations_of_person(tx, workspace_id=workspace_id, account_id=user_id)
    delete_own_filters(tx, workspace_id=workspace_id, account_id=user_id)
    for told in (delete_notifications_of_member, drop_mail_of_member):
        await in_batches(partial(told, tx, workspace_id=workspace_id, account_id=user_id))
    delete_mute(tx, workspace_id=workspace_id, account_id=user_id)


def end_of_sight(tx: WriteTransaction, tools: Tools, *, workspace_id: str, user_id: str) -> None:
    """They may have come to see less: of projects that they do not see, no task is theirs. Whoever calls
    holds the workspace, and has changed what they see."""
    now = tools.clock()
    db.unassign_hidden_tasks(
        tx, workspace_id=workspace_id, account_id=user_id, now=now, now_text=utc_text(now)
    )


async def end_of_everybodys_sight(
    tx: WriteTransaction, tools: Tools, *, workspace_id: str, project_id: str
) -> None:
    """As ``end_of_sight``, of a project that was hidden: no task of it is of whoever sees it no more."""
    now = tools.clock()
    unassign = partial(
        db.unassign_unseen_tasks,
        tx,
        workspace_id=workspace_id,
        project_id=project_id,
        now=now,
        now_text=utc_text(now),
    )
    await in_batches(unassign)
