"""Events: what changed, for those who follow a workspace."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.permissions import Role


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event. Of work, whoever may see the project or task is told; ``minimum_role`` is what one has
    to be beside that."""

    type: str
    object_type: str
    description: str
    minimum_role: Role


def _types(
    object_type: str, told: Mapping[str, str], *, minimum_role: Role = Role.VIEWER
) -> dict[str, EventType]:
    """What happens to one type of object: the last part of the event's type, and what it says."""
    return {
        f"{object_type}.{name}": EventType(
            type=f"{object_type}.{name}",
            object_type=object_type,
            description=description,
            minimum_role=minimum_role,
        )
        for name, description in told.items()
    }


EVENT_TYPES: Mapping[str, EventType] = {
    **_types(
        "workspace",
        {
            "created": "The workspace was made; its first event.",
            "updated": "It has another name or description.",
            "deleted": "It was deleted, and can be restored.",
            "restored": "Its deletion was taken back.",
            "suspended": "It can be read, and not changed.",
            "archived": "It can be read, and not changed, and is left out of lists.",
            "activated": "It is in work again.",
            "move_asked": "Somebody asked for it to be moved into an organisation, or out of its own.",
            "moved": "It is of another organisation, or of none.",
            "move_declined": "The other side refused to move it.",
            "move_cancelled": "Whoever asked for it to be moved took that back.",
            "file_limits_set": "It may have other numbers of files, or of their bytes.",
            "folder_ready": "Its folder in the store of files is there.",
        },
    ),
    "workspace.without_owner": EventType(
        type="workspace.without_owner",
        object_type="member",
        description="The account of its last OWNER was closed, or stopped by its directory.",
        minimum_role=Role.VIEWER,
    ),
    **_types(
        "member",
        {
            "added": "Somebody is in the workspace now.",
            "role_changed": "A member has another role.",
            "guest_changed": "A member is a guest now, or none any more.",
            "type_changed": "A member has another user type, or none.",
            "removed": "A member was removed.",
            "left": "A member left.",
        },
    ),
    **_types(
        "transfer",
        {
            "created": "An OWNER asked a member to take the workspace over.",
            "accepted": "The member is its OWNER.",
            "declined": "The member refused.",
            "cancelled": "It was taken back.",
        },
    ),
    **_types(
        "invitation",
        {
            "created": "Somebody was invited by their address.",
            "resent": "They were sent another token.",
            "accepted": "They are a member.",
            "declined": "They refused.",
            "revoked": "It was taken back.",
        },
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "job",
        {"retried": "A job is tried again at once.", "cancelled": "A job is not to be done."},
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "join_link",
        {"created": "There is a link to join by.", "removed": "It was taken back."},
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "okr_cycle",
        {
            "created": "There is a new cycle of OKRs, perhaps a copy of another.",
            "updated": "A cycle has another name, or other days.",
            "activated": "A cycle has begun.",
            "closed": "A cycle was closed: what is in it stays as it is.",
            "deleted": "A cycle in which nothing was is gone.",
        },
    ),
    **_types(
        "objective",
        {
            "created": "There is a new objective.",
            "updated": "An objective says something else, or is somebody else's.",
            "deleted": "An objective was deleted, and can be restored.",
            "restored": "The deletion of an objective was taken back.",
            "aligned": "An objective adds to others than before.",
            "file_attached": "A file is attached to an objective.",
            "file_detached": "A file is attached to an objective no more.",
            "submitted": "An objective waits to be approved.",
            "returned": "An objective was not approved, and is a draft again.",
            "activated": "An objective was approved: it is checked in from now on.",
            "finished": "It was said how an objective ended.",
            "reopened": "What was approved is a draft again.",
        },
    ),
    **_types(
        "objective_comment",
        {
            "created": "Something was said of an objective.",
            "updated": "What was said of an objective is other now.",
            "deleted": "What was said of an objective is gone.",
        },
    ),
    **_types(
        "key_result",
        {
            "created": "An objective has something more to be measured by.",
            "updated": "What an objective is measured by is other now.",
            "deleted": "An objective has something less to be measured by.",
            "measured": "It was said how far a key result is.",
            "fed": "A connector or tasks say from now on how far a key result is.",
            "unfed": "A key result is checked in by hand again.",
            "feed_failed": "What feeds a key result could not be read, or comes to no figure.",
        },
    ),
    **_types(
        "object_role",
        {
            "granted": "Somebody has a role on one project, or of one user type.",
            "revoked": "They have it no more.",
        },
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "connection",
        {
            "set": "The workspace has a credential of its own for another system, or another one.",
            "removed": "It has none any more.",
        },
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "connector",
        {
            "created": "There is a new connector to another system.",
            "updated": "It is called otherwise, asks something else, or does so at other times.",
            "deleted": "It was deleted; what it asked for stays in its journal.",
        },
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "connector",
        {
            "refreshed": "Its value was fetched; by a schedule, it is another one than before.",
            "failed": "It could not be refreshed; by a schedule, it could before, or failed otherwise.",
        },
        minimum_role=Role.MEMBER,
    ),
    **_types(
        "link",
        {
            "added": "The workspace is linked to something in another system.",
            "updated": "The link has another name or config.",
            "removed": "It was removed.",
            "health_changed": "A check found what the one before did not.",
        },
    ),
    **_types(
        "project",
        {
            "created": "There is a new project, or an event.",
            "updated": "Another key, name, description or visibility; `data.changed` says which.",
            "archived": "It can be read, and not changed.",
            "restored": "That it was deleted or archived was taken back; `data.from` says which.",
        },
    ),
    **_types(
        "project_member",
        {
            "added": "Somebody, whose id this is, is a member of the project.",
            "removed": "They are no member of it any more.",
        },
    ),
    # Nobody sees it any more of whom a project's own event could say that they may hear of it.
    **_types(
        "project",
        {"deleted": "It was deleted with all that is in it, and can be restored."},
        minimum_role=Role.ADMIN,
    ),
    **_types(
        "board",
        {
            "created": "A project has a new board.",
            "updated": "It has another name.",
            "deleted": "It was deleted with its columns, and can be restored.",
            "restored": "Its deletion was taken back.",
        },
    ),
    **_types(
        "column",
        {
            "created": "A board has a new column.",
            "updated": "Another name, place, limit, or state that it stands for; `data.changed` says which.",
            "deleted": "It is no more; `data.move_to` is the column that its tasks went to.",
        },
    ),
    **_types(
        "task",
        {
            "created": "There is a new task.",
            "updated": "Another title, description, type, priority or due date; `data.changed` says which.",
            "moved": "It has another place; `data.from_column_id` and `data.column_id` say of which columns.",
            "deleted": "It was deleted, and can be restored.",
            "restored": "Its deletion was taken back.",
            "dependency_added": "It waits for another task, and is BLOCKED until that is done.",
            "dependency_removed": "It waits for another task no more.",
            "assigned": "Somebody does it: `data.assignee_id`.",
            "unassigned": "Whoever did it does so no more: `data.assignee_id`.",
            "transitioned": "It went into another state: `data.from`, `data.to`.",
            "label_added": "It has a label more; `data.label_id` says which.",
            "label_removed": "It has it no more.",
        },
    ),
    **_types(
        "label",
        {
            "created": "There is a new label.",
            "updated": "It has another name or colour.",
            "deleted": "It is gone, and off every task.",
        },
    ),
    **_types(
        "comment",
        {
            "created": "Somebody said something of a task; `data.task_id` says of which.",
            "updated": "They said it otherwise, or speak to others.",
            "deleted": "It is gone.",
        },
    ),
    **_types(
        "workflow_instance",
        {
            "created": "A workflow was begun: its tasks are there, each with an event of its own.",
            "paused": "What waits in it is not let go, until it is resumed.",
            "resumed": "What waits in it is let go again.",
            "cancelled": "It ended before it was done: nothing that waits in it is let go any more.",
            "migrated": "It goes on by a newer version of its template.",
            "completed": "The last of its tasks that was to be done was done or deleted.",
        },
    ),
    **_types(
        "user_type",
        {
            "created": "There is a new type of people.",
            "updated": "It is called something else, or grants or hides something else.",
            "deleted": "It was deleted, with its mappings.",
            "mapped": "Its people see a restricted type of tasks.",
            "unmapped": "They do not any more.",
        },
    ),
    **_types(
        "task_type",
        {
            "created": "There is a new type of tasks.",
            "updated": "It has another name or description, or is restricted or not any more.",
            "deleted": "It was deleted, with its mappings.",
        },
    ),
    **_types(
        "filter",
        {
            "created": "There is a filter of tasks that everybody may use.",
            "updated": "It has another name, asks something else, or is its owner's alone.",
            "deleted": "It was deleted.",
        },
    ),
    **_types(
        "workflow_template",
        {
            "created": "There is a new template of workflows.",
            "updated": "It has another name or description.",
            "draft_saved": "Its draft is another.",
            "draft_discarded": "It has no draft any more.",
            "published": "Its draft is a version that instances are made from.",
            "retired": "No instance is made from one of its versions any more.",
            "deleted": "It was deleted, never published.",
        },
    ),
    **_types(
        "approval",
        {
            "submitted": "Something was submitted for approval, and its first stage asks people to decide.",
            "endorsed": "Somebody approved; more have to at this stage.",
            "advanced": "A stage was passed, and the next asks people to decide.",
            "overridden": "Somebody with OVERRIDE decided a stage in place of all who were asked.",
            "approved": "The last stage was passed.",
            "rejected": "It was refused.",
            "changes_requested": "It is to be changed, and submitted again.",
            "withdrawn": "It was taken back.",
            "voided": "What was submitted was changed since.",
            "delegated": "Somebody has another decide about it for them.",
            "escalated": "A stage's deadline has passed, and others are asked too.",
        },
    ),
    **_types("approval_flow", {"set": "Things of a type are approved by other stages, from now on."}),
    **_types(
        "approval_delegation",
        {
            "created": "Somebody has another decide for them for a while.",
            "removed": "They do not any more.",
        },
    ),
    **_types(
        "file",
        {
            "uploaded": "There is a new file.",
            "deleted": "A file was deleted.",
            "upload_failed": "What was sent past the service was not what was announced, and is no file.",
            "infected": "The virus scanner found something in a file, which is handed out to nobody.",
            "cleared": "The virus scanner finds nothing any more in a file that it found infected.",
        },
    ),
    **_types(
        "webhook",
        {
            "created": "Events are sent to another address.",
            "updated": "Another address, description, choice of events or order.",
            "deleted": "Nothing is sent to it any more.",
            "enabled": "It is sent to again, on behalf of whoever enabled it.",
            "disabled": "Nothing is sent to it: somebody asked, it is gone, it failed for days, or whoever "
            "it acts for is no ADMIN any more; `GET …/webhooks` says which.",
            "secret_rotated": "Another secret signs.",
        },
        minimum_role=Role.ADMIN,
    ),
}
"""Every type of event there is. One that is not here cannot be recorded (``app.kernel.audit``)."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Of an event of a project or a task: what decides who is told of it, as it was then, and the small facts
    that it carries, which are never text that a person wrote.

    Of a project, ``task_type_id`` and ``state`` are None. ``state_before``: the state that a task left; who
    could see it only in that is told that it is gone.
    """

    project_id: str
    task_type_id: str | None = None
    state: str | None = None
    state_before: str | None = None
    data: Mapping[str, Any] | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event; beside that of the change itself, what it brought about elsewhere. ``data``: as that of
    ``Work``, where it is of no work."""

    type: str
    object_type: str
    object_id: str
    work: Work | None = None
    data: Mapping[str, Any] | None = None


def minimum_rank(event_type: str) -> int:
    """The rank of the lowest role that is told of it. Raises ``KeyError`` for a type that nobody has
    registered."""
    return EVENT_TYPES[event_type].minimum_role.rank
