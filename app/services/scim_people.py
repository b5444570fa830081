"""Whose account somebody is whom a directory tells of, and their place in its organisation.

The one link is the Entra object id, which the directory sends as ``externalId``: never a name, never an
address, which anybody can write down. It counts for accounts of the directory's own tenant and no other: an
account that has proved to be of another is not touched, whatever a directory says, and one that nobody has
signed in to is let go of when its first sign-in comes from elsewhere.

A directory decides about its organisation alone. Whom it stops is stopped in that and in its workspaces,
wherever else they are: their places are kept, and are not theirs to use (``OrganizationStop``, which the
query of access knows). Their sessions end in the same transaction, so that no token tells of roles that are
none.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.core.caller import Origin, Tools
from app.core.errors import NotAuthorized
from app.core.issuers import GUID
from app.core.permissions import OrgRole
from app.core.text import member_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import scim_people as db
from app.db.handles.account_closing import ClosingRow, insert_closing
from app.db.handles.accounts import find_account
from app.db.handles.org_members import get_org_member, insert_org_member, read_org_list_key
from app.db.handles.organizations import lock_organization
from app.db.handles.scim_people import ScimLinkRow
from app.kernel.jobs import NO_WORKSPACE, JobKind, enqueue
from app.kernel.people import hold_accounts, index_person
from app.kernel.scim_access import acting
from app.kernel.sessions import end_sessions
from app.services import scim_grants
from app.services.scim_ledger import Ledger

STOPPED, CLAIMED = "stopped by directory", "claimed from directory"
"""Steps of ``account_closing``: to tell what has no OWNER who may act, and to ``let_go``."""

_MOST_LINKS = 50


def object_id(external_id: str | None) -> str | None:
    """The account that an ``externalId`` may name: an object id, in lower case."""
    text = external_id.lower() if external_id else ""
    return text if GUID.fullmatch(text) else None


async def link(ledger: Ledger, account_id: str | None, display_name: str | None) -> str | None:
    """The account, made where there is none; it is held. None where it is not this directory's to name."""
    if account_id is None:
        return None
    tx, directory = ledger.tx, ledger.directory
    account = await find_account(tx, account_id=account_id)
    if account is None:
        db.expect_scim_account(
            tx,
            account_id=account_id,
            tid=directory.tid,
            display_name=display_name,
            expected_by=directory.caller.user_id,
            now=ledger.tools.clock(),
        )
        index_person(tx, user_id=account_id, display_name=display_name, email=None)
        return account_id
    is_foreign = account.verified_at is not None and account.tid != directory.tid
    return None if is_foreign or account.status == "ERASED" else account_id


async def let_in(ledger: Ledger, account_id: str, display_name: str | None) -> None:
    """They are in the organisation, and may use what they have there if no other directory has stopped them.
    Its row is held. Raises ``NotAuthorized`` where it is suspended or archived: nobody comes, or comes back,
    until it is in work."""
    tx, org_id = ledger.tx, ledger.directory.org_id
    if not await db.is_in_work(tx, org_id=org_id):
        raise NotAuthorized(
            "This organisation is not in work: whom its directory stops is stopped, and nobody let in."
        )
    is_lifted = await db.delete_stop(tx, org_id=org_id, account_id=account_id, tid=ledger.directory.tid)
    if is_lifted and not await db.is_stopped(tx, org_id=org_id, account_id=account_id):
        ledger.tell_account(account_id, "account.restored_in_organization", org_id=org_id)
    if await get_org_member(tx, org_id=org_id, member_user_id=account_id) is not None:
        return
    account = await find_account(tx, account_id=account_id)
    name = (account.display_name if account else None) or display_name
    insert_org_member(
        tx,
        member_id=ledger.tools.new_id(),
        org_id=org_id,
        user_id=account_id,
        display_name=name,
        role=OrgRole.MEMBER,
        source="directory",
        added_by=ledger.directory.caller.user_id,
        now=ledger.tools.clock(),
        list_key=await read_org_list_key(tx, org_id=org_id),
        member_key=member_key(name, account_id),
    )
    ledger.seats[account_id] += 1
    ledger.tell_organization(
        "organization.member_added", "user", account_id, role=OrgRole.MEMBER, by="directory"
    )


async def stop(ledger: Ledger, account_id: str, email_keys: Sequence[str]) -> None:
    """They may use nothing that they have in the organisation and its workspaces; each invitation there ends
    that they have sent or that waits for one of these addresses, and every session of theirs if the directory
    may end sessions.
    Nobody is spared: whoever was the last OWNER of something leaves it without one, which is told once this
    has committed."""
    tx, org_id, now = ledger.tx, ledger.directory.org_id, ledger.tools.clock()
    tid = ledger.directory.tid
    if not await db.insert_stop(tx, org_id=org_id, account_id=account_id, tid=tid, now=now):
        return
    if ledger.directory.ends_sessions:
        end_sessions(tx, user_id=account_id, now=now)
    by, keys = ledger.directory.caller.user_id, msgspec.json.encode(sorted(email_keys)).decode()
    sent = await db.revoke_invitations_by(tx, org_id=org_id, account_id=account_id, ended_by=by, now=now)
    waiting = await db.revoke_invitations_to(tx, org_id=org_id, email_keys=keys, ended_by=by, now=now)
    await do_later(tx, ledger.tools, STOPPED, user_id=account_id, place=org_id)
    ledger.tell_account(account_id, "account.stopped_in_organization", org_id=org_id)
    ledger.tell_organization(
        "organization.member_stopped", "user", account_id, invitations_revoked=sent + waiting
    )


async def take_out(ledger: Ledger, account_id: str) -> None:
    """They are in the organisation no more, unless by something else than the directory."""
    org_id = ledger.directory.org_id
    if await db.delete_directory_member(ledger.tx, org_id=org_id, account_id=account_id):
        ledger.seats[account_id] -= 1
        ledger.tell_organization(
            "organization.member_removed", "user", account_id, role=OrgRole.MEMBER, by="directory"
        )


async def do_later(tx: WriteTransaction, tools: Tools, step: str, *, user_id: str, place: str = "") -> None:
    """By the job of ``account_closing``, once ``tx`` has committed. The account is held."""
    closing_id = tools.new_id()
    insert_closing(
        tx,
        closing_id=closing_id,
        account_id=user_id,
        step=step,
        place=place,
        traces=None,
        addresses=None,
        now=tools.clock(),
    )
    await enqueue(tx, tools, JobKind.CLOSING, workspace_id=NO_WORKSPACE, target_id=closing_id)


async def foreign_links(tx: ReadTransaction, user_id: str) -> list[ScimLinkRow]:
    """Of an account, which has signed in, the directories that took it for one of theirs."""
    account = await find_account(tx, account_id=user_id)
    rows = await db.list_links_of_account(tx, account_id=user_id, page_size=_MOST_LINKS)
    return [row for row in rows if account is not None and row.tid != account.tid]


async def let_go(tx: WriteTransaction, tools: Tools, closing: ClosingRow) -> str | None:
    """A step of ``account_closing``, a directory at a time: what each gave ends, and so does what it took."""
    hold_accounts(tx, closing.user_id)
    row = next(iter(await foreign_links(tx, closing.user_id)), None)
    if row is None:
        return None
    lock_organization(tx, org_id=row.org_id)
    now = tools.clock()
    origin = Origin(tools.new_id(), None)
    directory = acting(
        org_id=row.org_id, connection_id=row.connection_id, tid=row.tid, origin=origin, now=now
    )
    ledger = Ledger(tx, tools, directory)
    db.unlink_scim_user(tx, org_id=row.org_id, scim_user_id=row.id, now=now)
    await db.delete_stop(tx, org_id=row.org_id, account_id=closing.user_id, tid=row.tid)
    await take_out(ledger, closing.user_id)
    await scim_grants.bring_in_line(ledger, [closing.user_id])
    ledger.tell_organization("scim.user_unlinked", "scim_user", row.id, reason="another tenant's account")
    await ledger.close()
    return "more"
