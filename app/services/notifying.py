"""A consumer of the event log: whom an event concerns is told of it.

Nobody is told of their own doing, and everybody of one event once, for the strongest reason that there is.
Who may see what it is about is judged when it is shown or sent, not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Tools
from app.core.clock import utc_text
from app.core.json_text import as_json
from app.core.notices import FOR_ADMINS, Channel, Reason, chosen, strength
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import notifications as db
from app.db.handles.consumers import LogRow
from app.db.handles.notifications import WishRow
from app.kernel.approval_cases import asked_now
from app.services.outbound_mail import queue_gathered, queue_notifications
from app.services.push_subscriptions import queue_pushes

_TOLD_TO_WATCHERS = frozenset(
    f"task.{what}"
    for what in (
        "updated",
        "restored",
        "assigned",
        "unassigned",
        "transitioned",
        "dependency_added",
        "dependency_removed",
    )
) | {"comment.created"}
"""What happens to a task that its watchers hear of. Where it lies on a board, and by which labels it is
found, is read off the board."""
_TOLD_TO_PROJECT = frozenset({"project.updated", "project.archived", "project.restored"})
_OF_A_MEMBER: Mapping[str, Reason] = {
    "member.added": Reason.ADDED,
    "member.role_changed": Reason.ROLE_CHANGED,
    "member.guest_changed": Reason.ROLE_CHANGED,
    "member.type_changed": Reason.ROLE_CHANGED,
}
_OF_THE_WORKSPACE: Mapping[str, Reason] = {
    "workspace.without_owner": Reason.WITHOUT_OWNER,
    "webhook.disabled": Reason.WEBHOOK_DISABLED,
}
_INFECTED = "file.infected"
"""Its ADMINs are told, and whoever uploaded it."""
_ASKING = frozenset(f"approval.{what}" for what in ("submitted", "advanced", "overridden", "escalated"))
"""Whoever is to decide where a request stands is told; of each stage once, and once more when it is late."""
_DECIDED = frozenset(f"approval.{what}" for what in ("approved", "rejected", "changes_requested", "voided"))
"""Whoever made it is told, and whoever submitted it."""
_MOST_ASKED = 200
"""Told of one request: where a stage asks everybody, the first of them will do."""
_INVITING = frozenset({"invitation.created", "invitation.resent"})
_NOTHING: dict[str, list[str]] = {}
_MOST_MAILS = 5
"""To one person of one page of events: somebody may assign them a hundred tasks at once."""


class Told(NamedTuple):
    """Somebody is to be told of something."""

    account_id: str
    reason: Reason
    event: LogRow
    once_key: str
    task_id: str | None = None
    project_id: str | None = None
    invitation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells people, by the channels that this installation has."""

    tools: Tools
    sends_mail: bool
    pushes: bool

    async def tell(self, tx: WriteTransaction, workspace_id: str, told: Sequence[Told]) -> None:
        """Writes it down for each, by the channels that they want; who wants none, or hears nothing of this
        workspace, is not told. Of a due date it is written down that they were not, or they would be looked
        at again and again. Mail that is not gathered, and what is
        pushed, is on its way from here."""
        if not told:
            return
        people = as_json(sorted({each.account_id for each in told}))
        wishes = Wishes(await db.list_wishes(tx, workspace_id=workspace_id, people=people))
        now = self.tools.clock()
        rows = [
            _row(self.tools, now, each, channels)
            for each in told
            if (channels := wishes.of(each)) or each.reason is Reason.DUE
        ]
        if not rows:
            return
        db.insert_notifications(tx, workspace_id=workspace_id, told=as_json(rows), now=now)
        await self._pass_on(tx, workspace_id, wishes, rows, now)

    async def _pass_on(
        self,
        tx: WriteTransaction,
        workspace_id: str,
        wishes: Wishes,
        rows: Sequence[Mapping[str, Any]],
        now: datetime,
    ) -> None:
        """To jobs; much at once is one mail. One who had been told of the same before is not told again."""
        mailed = [row["id"] for row in rows if row["by_mail"] and not wishes.gathers(row["account_id"])]
        if self.sends_mail and mailed:
            made = await db.list_inserted(tx, workspace_id=workspace_id, ids=as_json(mailed))
            of_people = _grouped((row.account_id, row.id) for row in made)
            for account_id, ids in of_people.items():
                if len(ids) <= _MOST_MAILS:
                    told = [(each, account_id) for each in ids]
                    await queue_notifications(tx, self.tools, workspace_id, told)
                else:
                    # All of them have this time, and nothing that is told later does.
                    at = utc_text(now)
                    await queue_gathered(tx, self.tools, account_id, at, f"{at}~")
        if self.pushes and (pushed := {row["account_id"] for row in rows if row["by_push"]}):
            await queue_pushes(tx, self.tools, workspace_id, pushed)


class Notifier:
    """The consumer ``notifications``."""

    name = "notifications"

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    async def take(self, tx: WriteTransaction, workspace_id: str, events: Sequence[LogRow]) -> None:
        concerned = await _Concerned.find(tx, workspace_id, events, self._teller.tools.clock())
        strongest: dict[tuple[str, int], Told] = {}
        for told in concerned.all_told(events):
            key = (told.account_id, told.event.seq)
            if told.account_id == told.event.actor_id:
                continue
            if key not in strongest or strength(told.reason) < strength(strongest[key].reason):
                strongest[key] = told
        # Of one comment, for one, several events of a page may tell; the first does.
        once = {(told.account_id, told.once_key): told for told in reversed(strongest.values())}
        await self._teller.tell(tx, workspace_id, list(reversed(once.values())))


class Wishes:
    """How people want to be told of one workspace; nobody who has no account does."""

    def __init__(self, rows: Iterable[WishRow]) -> None:
        self._rows = {row.account_id: row for row in rows}

    def of(self, told: Told) -> frozenset[Channel]:
        row = self._rows.get(told.account_id)
        if row is None or row.is_muted:
            return frozenset()
        known = msgspec.json.decode(row.channels, type=dict[str, list[str]]) if row.channels else _NOTHING
        return chosen(known, told.reason)

    def gathers(self, account_id: str) -> bool:
        """Whether mail waits for the next digest."""
        return self._rows[account_id].digest not in (None, "off")


def _row(tools: Tools, now: datetime, told: Told, channels: frozenset[Channel]) -> dict[str, Any]:
    event, id_ = told.event, tools.new_id()
    return {
        "id": id_,
        "account_id": told.account_id,
        "once_key": told.once_key,
        "event_seq": event.seq or None,
        "type": event.type,
        "reason": told.reason,
        "actor_id": event.actor_id or None,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "project_id": told.project_id,
        "task_id": told.task_id,
        "invitation_id": told.invitation_id,
        "for_admins": int(told.reason in FOR_ADMINS),
        "in_app": int(Channel.IN_APP in channels),
        "by_mail": int(Channel.EMAIL in channels),
        "by_push": int(Channel.PUSH in channels),
        "list_key": moment_key(now, id_),
    }


class _Concerned:
    """Whom a page of events concerns, found by one statement for each kind that is among them."""

    def __init__(self) -> None:
        self.watchers: Mapping[str, list[str]] = {}
        self.mentioned: Mapping[str, list[str]] = {}
        self.of_projects: Mapping[str, list[str]] = {}
        self.members: Mapping[str, list[str]] = {}
        self.invited: Mapping[str, list[str]] = {}
        self.transfers: Mapping[str, tuple[str, str]] = {}
        self.uploaders: Mapping[str, str] = {}
        self.deciders: Mapping[str, tuple[int, list[str]]] = {}
        self.submitters: Mapping[str, list[str]] = {}
        self.admins: Sequence[str] = ()

    @classmethod
    async def find(
        cls, tx: ReadTransaction, workspace_id: str, events: Sequence[LogRow], now: datetime
    ) -> _Concerned:
        self, here = cls(), {"workspace_id": workspace_id}
        if tasks := {task for each in events if each.type in _TOLD_TO_WATCHERS and (task := _task_of(each))}:
            watching = await db.list_watchers_of_tasks(tx, tasks=as_json(sorted(tasks)), **here)
            self.watchers = _grouped((row.task_id, row.account_id) for row in watching)
        if comments := _ids(events, ("comment.created", "comment.updated")):
            spoken_to = await db.list_mentioned(tx, comments=comments, **here)
            self.mentioned = _grouped((row.comment_id, row.account_id) for row in spoken_to)
        if projects := _ids(events, _TOLD_TO_PROJECT):
            hearing = await db.list_members_of_projects(tx, projects=projects, **here)
            self.of_projects = _grouped((row.project_id, row.account_id) for row in hearing)
        if members := _ids(events, _OF_A_MEMBER):
            known = await db.list_members_by_id(tx, members=members, **here)
            self.members = _grouped((row.id, row.account_id) for row in known)
        if invitations := _ids(events, _INVITING):
            invited = await db.list_invited_accounts(tx, invitations=invitations, **here)
            self.invited = _grouped((row.id, row.account_id) for row in invited)
        if transfers := _ids(events, [each.type for each in events if each.object_type == "transfer"]):
            sides = await db.list_transfer_sides(tx, transfers=transfers, **here)
            self.transfers = {row.id: (row.from_user, row.to_user) for row in sides}
        if infected := _ids(events, (_INFECTED,)):
            sent = await db.list_uploaders(tx, files=infected, **here)
            self.uploaders = {row.id: row.account_id for row in sent}
        self.deciders = {
            request_id: await asked_now(tx, now, workspace_id, request_id, _MOST_ASKED)
            for request_id in {each.object_id for each in events if each.type in _ASKING}
        }
        if decided := _ids(events, _DECIDED):
            made = await db.list_sides_of_approvals(tx, requests=decided, **here)
            self.submitters = {row.id: [row.author_id, row.submitted_by] for row in made}
        if infected or any(each.type in _OF_THE_WORKSPACE for each in events):
            self.admins = [row.account_id for row in await db.list_admins(tx, **here)]
        return self

    def all_told(self, events: Sequence[LogRow]) -> Iterator[Told]:
        for event in events:
            if event.object_type == "approval":
                yield from self._of_approvals(event)
            else:
                yield from self._of_work(event) if event.project_id else self._of_people(event)

    def _of_work(self, event: LogRow) -> Iterator[Told]:
        task_id, once = _task_of(event), f"event/{event.seq}"
        of = {"task_id": task_id, "project_id": event.project_id}
        if event.type in ("task.assigned", "task.unassigned"):
            yield Told(str(_data(event).get("assignee_id")), Reason.ASSIGNED, event, once, **of)
        if event.object_type == "comment":
            for account_id in self.mentioned.get(event.object_id, ()):
                yield Told(account_id, Reason.MENTIONED, event, f"comment/{event.object_id}", **of)
        if event.type == "project_member.added":
            yield Told(event.object_id, Reason.ADDED, event, once, project_id=event.project_id)
        watching = self.watchers.get(task_id or "", ()) if event.type in _TOLD_TO_WATCHERS else ()
        for account_id in watching:
            yield Told(account_id, Reason.WATCHING, event, once, **of)
        for account_id in self.of_projects.get(event.object_id, ()):
            yield Told(account_id, Reason.WATCHING, event, once, project_id=event.project_id)

    def _of_approvals(self, event: LogRow) -> Iterator[Told]:
        if event.type in _ASKING:
            # Of one stage several events may tell; by when each is read, it may stand at a later one.
            stage, deciders = self.deciders[event.object_id]
            late = "!" if event.type == "approval.escalated" else ""
            key = f"approval/{event.object_id}/{stage}{late}"
            for account_id in deciders:
                yield Told(account_id, Reason.TO_DECIDE, event, key)
        if event.type == "approval.delegated" and (delegate := _data(event).get("to_user")):
            yield Told(delegate, Reason.TO_DECIDE, event, f"event/{event.seq}")
        if event.type in _DECIDED:
            for account_id in self.submitters.get(event.object_id, ()):
                yield Told(account_id, Reason.DECIDED, event, f"approval/{event.object_id}/end")

    def _of_people(self, event: LogRow) -> Iterator[Told]:
        once = f"event/{event.seq}"
        if reason := _OF_A_MEMBER.get(event.type):
            for account_id in self.members.get(event.object_id, ()):
                yield Told(account_id, reason, event, once)
        if event.type in _INVITING:
            for account_id in self.invited.get(event.object_id, ()):
                key = f"invitation/{event.object_id}"
                yield Told(account_id, Reason.INVITED, event, key, invitation_id=event.object_id)
        for account_id in self.transfers.get(event.object_id, ()):
            yield Told(account_id, Reason.TRANSFER, event, once)
        if event.type == _INFECTED:
            uploader = self.uploaders.get(event.object_id)
            for account_id in dict.fromkeys((*([uploader] if uploader else ()), *self.admins)):
                yield Told(account_id, Reason.INFECTED, event, once)
        # What one of them did, they need not be told as if it had befallen them.
        if (reason := _OF_THE_WORKSPACE.get(event.type)) and event.actor_id.startswith("service:"):
            for account_id in self.admins:
                yield Told(account_id, reason, event, once)


def _task_of(event: LogRow) -> str | None:
    if event.object_type == "task":
        return event.object_id
    return _data(event).get("task_id") if event.object_type == "comment" else None


def _data(event: LogRow) -> dict[str, Any]:
    return msgspec.json.decode(event.data, type=dict[str, Any]) if event.data else {}


def _ids(events: Sequence[LogRow], types: Iterable[str]) -> str | None:
    """A JSON array of what events of these types are about; None where there is none."""
    wanted = frozenset(types)
    found = {each.object_id for each in events if each.type in wanted}
    return as_json(sorted(found)) if found else None


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped
