"""Mail on its way: decided on in a transaction, sent by a job.

Between the two much may have changed, so all of it is asked again when a mail is sent: whether its person is
still there and wants it, whether they see what it tells of, whether an invitation still waits, to what
address it goes. It is sent once as far as that can be had: a process that dies between the server's answer
and the note of it sends the same mail again, under the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from app.core.caller import Tools
from app.core.clock import SETTLED, utc_text
from app.core.mail_links import EVERYTHING, INVITATIONS, REFUSED_FOR, MailLinks, Unwanted, address_hash
from app.core.mail_texts import Sender, compose
from app.core.notice_texts import isolated, sentence
from app.core.notices import Channel, Reason, chosen
from app.core.opaque_tokens import token_digest
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.core.text import clean_address
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import outbound_mail as db
from app.db.handles.jobs import DueJobRow
from app.db.handles.notification_preferences import DueDigestRow, advance_digest, list_due_digests
from app.db.handles.notifications import NotificationRow, get_notification, list_notifications
from app.db.handles.outbound_mail import MailRow, RecipientRow
from app.integrations.mail import Mailer, MailRefused
from app.kernel.jobs import NO_WORKSPACE, JobKind, enqueue
from app.services.admission import Place
from app.services.notification_preferences import following

if TYPE_CHECKING:
    from email.message import EmailMessage

_PAUSE = timedelta(minutes=1)
"""So long a mail waits: who reads at once what it tells of is not sent it."""
_LONGEST = timedelta(days=3)
"""After that a mail that no server takes is given up: it would be news of long ago."""
_ITEMS = 50
_PAGE = 100
_WHY = {
    Reason.MENTIONED: "You get this because somebody mentioned you.",
    Reason.ASSIGNED: "You get this because of a task of yours.",
    Reason.DUE: "You get this because of a task of yours.",
    Reason.CHECK_IN: "You get this because of an objective of yours.",
    Reason.INFECTED: "You get this because you uploaded it, or administer this workspace.",
    Reason.WATCHING: "You get this because you watch it.",
}
_WHY_ELSE = "You get this because you are in this workspace."


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to send mail. Without a mailer none is sent, without a box no invitation."""

    mailer: Mailer | None
    sender: Sender
    links: MailLinks
    box: SecretBox | None

    def seal(self, token: str, mail_id: str) -> Mailing | None:
        """An invitation that is to be mailed, for ``queue_invitation``; None where that cannot be."""
        if self.mailer is None or self.box is None or self.links.portal is None:
            return None
        return Mailing(mail_id, self.box.seal(token, place=_place(mail_id)))


class Mailing(NamedTuple):
    mail_id: str
    sealed: Sealed


class _Letter(NamedTuple):
    message: EmailMessage
    recipient: str


class _Dropped(Exception):
    """It is not to be sent."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


async def queue_notifications(
    tx: WriteTransaction, tools: Tools, workspace_id: str, told: Sequence[tuple[str, str]]
) -> None:
    """A mail for each notification (its id, and whose it is)."""
    for notification_id, account_id in told:
        mail_id = tools.new_id()
        db.insert_mail(
            tx,
            mail_id=mail_id,
            kind="notification",
            subject_key=notification_id,
            account_id=account_id,
            of_workspace=workspace_id,
            notification_id=notification_id,
            **_NOTHING | {"now": tools.clock()},
        )
        await enqueue(tx, tools, JobKind.MAIL, workspace_id=workspace_id, target_id=mail_id, delay=_PAUSE)


async def queue_gathered(
    tx: WriteTransaction, tools: Tools, account_id: str, after_key: str, until_key: str
) -> None:
    """One mail for all that somebody was told between two places."""
    mail_id = tools.new_id()
    db.insert_mail(
        tx,
        mail_id=mail_id,
        kind="digest",
        subject_key=f"{account_id}/{mail_id}",
        account_id=account_id,
        of_workspace=None,
        notification_id=None,
        **_NOTHING | {"after_key": after_key, "until_key": until_key, "now": tools.clock()},
    )
    await enqueue(tx, tools, JobKind.MAIL, workspace_id=NO_WORKSPACE, target_id=mail_id, delay=_PAUSE)


async def queue_invitation(
    tx: WriteTransaction, tools: Tools, mailing: Mailing, place: Place, invitation_id: str, token_hash: str
) -> None:
    """The mail that takes its token to whom it is for."""
    workspace_id = place.id if place.kind == "workspace" else None
    db.insert_mail(
        tx,
        mail_id=mailing.mail_id,
        kind="invitation",
        subject_key=f"{invitation_id}/{token_hash}",
        account_id=None,
        of_workspace=workspace_id,
        notification_id=None,
        **_NOTHING
        | {
            "invitation_id": invitation_id,
            "key_id": mailing.sealed.key_id,
            "sealed": mailing.sealed.text,
            "now": tools.clock(),
        },
    )
    await enqueue(
        tx,
        tools,
        JobKind.MAIL,
        workspace_id=workspace_id or NO_WORKSPACE,
        target_id=mailing.mail_id,
    )


async def send_digests(database: Database, tools: Tools) -> None:
    """Has those sent that are due. Of processes that look at once one does."""
    while True:
        now = tools.clock()
        async with database.read() as tx:
            rows = await list_due_digests(tx, now=now, page_size=_PAGE)
        for row in rows:
            await database.transact(partial(_begin_digest, tools=tools, row=row, now=now))
        if len(rows) < _PAGE:
            return


async def _begin_digest(tx: WriteTransaction, *, tools: Tools, row: DueDigestRow, now: datetime) -> None:
    # What is newer is in the next one.
    until = utc_text(now - SETTLED)
    if not await advance_digest(
        tx, account_id=row.user_id, due=row.next_digest_at, next_at=following(row, now), until_key=until
    ):
        return
    mail_id = tools.new_id()
    db.insert_mail(
        tx,
        mail_id=mail_id,
        kind="digest",
        subject_key=f"{row.user_id}/{utc_text(row.next_digest_at)}",
        account_id=row.user_id,
        of_workspace=None,
        notification_id=None,
        **_NOTHING | {"after_key": row.digest_key, "until_key": until, "now": now},
    )
    await enqueue(tx, tools, JobKind.MAIL, workspace_id=NO_WORKSPACE, target_id=mail_id)


async def deliver(database: Database, tools: Tools, post: Post, job: DueJobRow) -> None:
    """A job: sends one mail, or finds that it is not to be sent. Raises ``MailUnavailable``."""
    now = tools.clock()
    async with database.read() as tx:
        row = await db.read_mail(tx, mail_id=job.target_id, now=now)
        if row is None:
            return
        try:
            letter = await _write(tx, post, row, now)
        except _Dropped as dropped:
            letter, outcome = None, dropped.outcome
    if letter is None or post.mailer is None:
        await _end(database, tools, row.id, "DROPPED", outcome if letter is None else "no server")
    elif now - row.created_at > _LONGEST:
        await _end(database, tools, row.id, "FAILED", "late")
    else:
        try:
            await post.mailer.send(letter.message, sender=post.sender.address, recipient=letter.recipient)
        except MailRefused as refused:
            outcome = "refused" if refused.is_recipient else "rejected"
            await _end(database, tools, row.id, "FAILED", outcome, refused=letter.recipient)
        else:
            await _end(database, tools, row.id, "SENT", None)


async def _end(
    database: Database, tools: Tools, mail_id: str, state: str, outcome: str | None, refused: str = ""
) -> None:
    async with database.write() as tx:
        if outcome == "refused":
            block(tx, tools, address_hash(refused), covers=EVERYTHING, reason="refused")
        await db.end_mail(tx, mail_id=mail_id, state=state, outcome=outcome, now=tools.clock())


def block(tx: WriteTransaction, tools: Tools, hashed: str, *, covers: str, reason: str) -> None:
    """The address gets no mail of this kind any more."""
    db.unblock_address(tx, address_hash=hashed, covers=covers)
    db.block_address(tx, address_hash=hashed, covers=covers, reason=reason, now=tools.clock())


async def _write(tx: ReadTransaction, post: Post, row: MailRow, now: datetime) -> _Letter:
    if row.kind == "invitation":
        return await _invitation(tx, post, row, now)
    if row.user_id is None:
        raise _Dropped("nobody")
    who = await db.read_recipient(tx, account_id=row.user_id, of_workspace=row.workspace_id)
    if who is None or who.status != "ACTIVE":
        raise _Dropped("nobody")
    address = await _address(tx, who.email, EVERYTHING, now)
    if row.kind == "digest":
        return await _digest(tx, post, row, who, address, now)
    return await _notification(tx, post, row, who, address, now)


async def _notification(
    tx: ReadTransaction, post: Post, row: MailRow, who: RecipientRow, address: str, now: datetime
) -> _Letter:
    shown = await get_notification(
        tx,
        user_id=row.user_id or "",
        notification_id=row.notification_id or "",
        of_org=None,
        email_key=None,
        now=now,
    )
    if shown is None:
        raise _Dropped("hidden")
    if shown.state != "unread":
        raise _Dropped("read")
    if who.is_muted or not _wants_mail(who, shown):
        raise _Dropped("unwanted")
    values = {
        **_item(post, shown),
        "due": _due(shown, who.time_zone),
        "why": _WHY.get(Reason(shown.reason), _WHY_ELSE),
    }
    unwanted = Unwanted("account", row.user_id or "", shown.reason)
    return _letter(post, row, "notification", values, address, sentence(shown), now, unwanted)


async def _digest(
    tx: ReadTransaction, post: Post, row: MailRow, who: RecipientRow, address: str, now: datetime
) -> _Letter:
    found = await list_notifications(
        tx,
        user_id=row.user_id or "",
        channel=Channel.EMAIL,
        of_workspace=None,
        of_org=None,
        state="unread",
        email_key=None,
        now=now,
        after_key=row.after_key or "",
        before_key=row.until_key or "",
        page_size=_ITEMS + 1,
    )
    told = [each for each in found[:_ITEMS] if _wants_mail(who, each)]
    if not told:
        raise _Dropped("nothing")
    values = {
        "entries": [_item(post, each) for each in told],
        "has_more": len(found) > _ITEMS,
        "why": "You get this because of what concerns you.",
    }
    news = "One thing" if len(told) == 1 else f"{len(told)} things"
    unwanted = Unwanted("account", row.user_id or "", EVERYTHING)
    return _letter(post, row, "digest", values, address, f"{news} you were told", now, unwanted)


async def _invitation(tx: ReadTransaction, post: Post, row: MailRow, now: datetime) -> _Letter:
    if not row.is_inviting or row.expires_at is None or row.sealed is None or post.box is None:
        raise _Dropped("ended")
    try:
        token = post.box.open(Sealed(row.key_id or "", row.sealed), place=_place(row.id))
    except SecretUnreadable:
        raise _Dropped("unreadable") from None
    if token_digest(token) != row.token_hash:
        raise _Dropped("outdated")
    address = await _address(tx, row.invited_email, INVITATIONS, now)
    inviter = isolated(row.inviter_name, 60, "Somebody")
    place = isolated(row.place_name, 60, "what they work on")
    values = {
        "inviter": inviter,
        "place": place,
        "link": post.links.into_portal(f"invitation?token={token}"),
        "expires": f"{row.expires_at:%Y-%m-%d %H:%M} UTC",
        "why": "You get this because somebody entered your address.",
    }
    unwanted = Unwanted("address", address_hash(address), INVITATIONS)
    return _letter(
        post, row, "invitation", values, address, f"{inviter} invites you to {place}", now, unwanted
    )


def _letter(
    post: Post,
    row: MailRow,
    template: str,
    values: Mapping[str, object],
    address: str,
    subject: str,
    now: datetime,
    unwanted: Unwanted,
) -> _Letter:
    name = row.sender_name or row.product_name or post.sender.name
    message = compose(
        template,
        values,
        mail_id=row.id,
        sender=Sender(name, post.sender.address, row.sender_address),
        recipient=address,
        subject=subject,
        now=now,
        unsubscribe=post.links.unsubscribe(unwanted),
    )
    return _Letter(message, address)


async def _address(tx: ReadTransaction, email: str | None, covers: str, now: datetime) -> str:
    try:
        address = clean_address(email or "")
    except ValueError:
        raise _Dropped("no address") from None
    if await db.is_blocked(
        tx, address_hash=address_hash(address), covers=covers, refused_after=now - REFUSED_FOR
    ):
        raise _Dropped("blocked")
    return address


def _item(post: Post, shown: NotificationRow) -> dict[str, object]:
    is_of_work = shown.project_id is not None
    path = f"workspaces/{shown.workspace_id}"
    if shown.task_id is not None:
        path += f"/tasks/{shown.task_id}"
    elif is_of_work:
        path += f"/projects/{shown.project_id}"
    return {
        "sentence": sentence(shown),
        "place": isolated(shown.workspace_name, 60) if is_of_work else None,
        "link": post.links.into_portal(path),
    }


def _due(shown: NotificationRow, zone: str | None) -> str | None:
    if shown.reason != Reason.DUE or shown.due_at is None:
        return None
    return f"{shown.due_at.astimezone(ZoneInfo(zone or 'UTC')):%Y-%m-%d %H:%M} ({zone or 'UTC'})"


def _wants_mail(who: RecipientRow, shown: NotificationRow) -> bool:
    known = msgspec.json.decode(who.channels, type=dict[str, list[str]]) if who.channels else {}
    return Channel.EMAIL in chosen(known, Reason(shown.reason))


def _place(mail_id: str) -> tuple[str, ...]:
    return ("mail", mail_id)


_NOTHING: dict[str, Any] = dict.fromkeys(("invitation_id", "after_key", "until_key", "key_id", "sealed"))
