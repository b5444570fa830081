"""Sessions: exchanging an access token for a PMA token, who am I, sign-out."""

import logging
from dataclasses import replace
from datetime import datetime

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import InvalidPmaToken, NotAuthorized
from app.core.opaque_tokens import token_digest
from app.core.tenants import Tenants
from app.core.text import member_key
from app.core.token_service import TokenService
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.errors import TransientError
from app.db.handles import accounts as db
from app.db.handles.memberships import rename_project_memberships
from app.db.handles.sign_in import find_refresh_token, revoke_family
from app.kernel.access import enter, require_live, require_session
from app.kernel.org_access import enter_organization
from app.kernel.people import index_person, is_visit_due, note_visit
from app.kernel.platform_access import is_platform_admin
from app.kernel.platform_audit import record_for_account
from app.kernel.sessions import end_sessions
from app.services.acceptance import accept_by_itself, find_waiting
from app.services.scim_people import CLAIMED, do_later, foreign_links

log = logging.getLogger(__name__)


class UserView(msgspec.Struct, frozen=True):
    user_id: str
    tenant_id: str
    issuer: str
    display_name: str | None
    email: str | None


WorkspaceRole = db.RoleRow
"""What is told of a workspace in a session is what was read: there may be hundreds in each token."""


ActiveOrganization = db.ActiveOrganizationRow


class Session(msgspec.Struct, frozen=True):
    """``organization`` is the one the caller works in, if they chose one and are in it still.
    ``truncated``: there are more workspaces than the token lists. It works in them all the same,
    because the database decides."""

    pma_token: str
    token_type: str
    expires_at: datetime
    user: UserView
    workspaces: list[WorkspaceRole]
    truncated: bool
    organization: ActiveOrganization | None


class Me(msgspec.Struct, frozen=True):
    user: UserView
    is_platform_admin: bool
    workspaces: list[WorkspaceRole]
    truncated: bool
    access_token_expires_at: datetime
    pma_token_expires_at: datetime
    workspace_scope: str | None
    organization: ActiveOrganization | None
    organization_scope: str | None


async def exchange(
    database: Database,
    caller: Caller,
    tools: Tools,
    tokens: TokenService,
    *,
    workspace_id: str | None,
    max_workspaces: int,
    auto_accept: Tenants | None = None,
) -> Session:
    """Gives a PMA token for a verified access token; the first exchange makes the account. With
    ``auto_accept`` what waits for a verified address of its people is accepted first.

    Only an account that is new or has changed, or has invitations, is written, and once an hour that its
    person was here: the usual exchange is a read.
    """
    # Only the access token counts here; whatever PMA token came along is being replaced.
    bearer = Caller(caller.identity, None, caller.origin)
    if auto_accept and (waiting := await find_waiting(database, bearer, tools, auto_accept)):
        await _exchange(database, bearer, tools, tokens, None, max_workspaces)
        await accept_by_itself(database, bearer, tools, waiting, auto_accept)
    return await _exchange(database, bearer, tools, tokens, workspace_id, max_workspaces)


async def _exchange(
    database: Database,
    caller: Caller,
    tools: Tools,
    tokens: TokenService,
    workspace_id: str | None,
    max_workspaces: int,
) -> Session:
    session: Session | None = None
    async with database.read() as tx:
        account = await db.get_account(tx, user_id=caller.user_id)
        if account is not None and not _has_changed(account, caller):
            session = await _issue(tx, caller, account, tokens, workspace_id, max_workspaces)
    if account is not None and session is not None:
        await _note_visit(database, account, tools)
        return session
    await database.transact(lambda tx: _store(tx, caller, tools))
    async with database.read() as tx:
        account = await db.get_account(tx, user_id=caller.user_id)
        if account is None:
            raise InvalidPmaToken
        return await _issue(tx, caller, account, tokens, workspace_id, max_workspaces)


async def renew(
    tx: ReadTransaction, caller: Caller, tokens: TokenService, *, max_workspaces: int
) -> tuple[str, datetime]:
    """Another PMA token, with the roles of now, for a caller whose session this request has found live; and
    when it ends."""
    if caller.claims is None:
        raise InvalidPmaToken
    roles, truncated = await _roles(tx, caller, max_workspaces, caller.org_id)
    token, claims = tokens.mint(
        caller.identity,
        session_version=caller.claims.session_version,
        roles={role.id: role.role for role in roles},
        workspace_id=None,
        truncated=truncated,
        org_id=caller.org_id,
    )
    return token, claims.expires_at


async def _issue(
    tx: ReadTransaction,
    caller: Caller,
    account: db.AccountRow,
    tokens: TokenService,
    workspace_id: str | None,
    max_workspaces: int,
) -> Session:
    require_live(caller, account_status=account.status, session_version=account.session_version)
    if account.tid != caller.identity.tid:
        # The same identifier from another directory is somebody else.
        raise NotAuthorized("This account belongs to another directory.")
    if workspace_id is None:
        roles, truncated = await _roles(tx, caller, max_workspaces, None)
    else:
        access = await enter(tx, caller, workspace_id=workspace_id, operation="auth.validate")
        roles, truncated = [WorkspaceRole(workspace_id, access.name, access.role)], False
    token, claims = tokens.mint(
        caller.identity,
        session_version=account.session_version,
        roles={role.id: role.role for role in roles},
        workspace_id=workspace_id,
        truncated=truncated,
    )
    active = await db.read_active_organization(tx, user_id=caller.user_id)
    user = _user(caller, account.display_name)
    return Session(token, "PMA", claims.expires_at, user, roles, truncated, active)


async def switch_organization(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    tokens: TokenService,
    *,
    org_id: str | None,
    max_workspaces: int,
) -> Session:
    """Another PMA token, for the workspaces of this organisation alone, which is remembered as the one the
    caller works in; with None for all of their workspaces, and none is. Raises ``OrganizationNotFound``."""
    if caller.claims is None:
        raise InvalidPmaToken
    # Whatever the token was minted for that asks: it is being replaced.
    bare = Caller(caller.identity, replace(caller.claims, org_id=None), caller.origin)
    session = await require_session(tx, bare)
    if org_id is not None:
        await enter_organization(tx, bare, org_id=org_id, operation="auth.switch", even_held=True)
    db.set_default_org(tx, user_id=caller.user_id, org_id=org_id, now=tools.clock())
    roles, truncated = await _roles(tx, caller, max_workspaces, org_id)
    active = await db.read_active_organization(tx, user_id=caller.user_id)
    token, claims = tokens.mint(
        caller.identity,
        session_version=caller.claims.session_version,
        roles={role.id: role.role for role in roles},
        workspace_id=None,
        truncated=truncated,
        org_id=org_id,
    )
    await record_for_account(
        tx, caller, tools, action="session.organization_switched", details={"org_id": org_id}
    )
    user = _user(caller, session.display_name)
    return Session(token, "PMA", claims.expires_at, user, roles, truncated, active)


async def me(tx: ReadTransaction, caller: Caller, *, max_workspaces: int) -> Me:
    """The caller, the workspaces of now, and how long both tokens last."""
    session = await require_session(tx, caller)
    roles, truncated = await _roles(tx, caller, max_workspaces, caller.org_id)
    if caller.claims is None:
        raise InvalidPmaToken
    return Me(
        _user(caller, session.display_name),
        is_platform_admin(caller, session),
        roles,
        truncated,
        caller.identity.expires_at,
        caller.claims.expires_at,
        caller.claims.workspace_id,
        await db.read_active_organization(tx, user_id=caller.user_id),
        caller.claims.org_id,
    )


async def logout(tx: WriteTransaction, caller: Caller, tools: Tools, *, refresh_token: str | None) -> None:
    """Ends this PMA token, in every process and after every restart, and with it the family of the
    refresh token, when the caller's own is given."""
    await require_session(tx, caller)
    if caller.claims is None:
        raise InvalidPmaToken
    now = tools.clock()
    db.insert_revocation(
        tx, jti=caller.claims.jti, user_id=caller.user_id, expires_at=caller.claims.expires_at, now=now
    )
    if refresh_token is not None:
        row = await find_refresh_token(tx, token_hash=token_digest(refresh_token))
        if row is not None and row.user_id == caller.user_id:
            revoke_family(tx, family_id=row.family_id, user_id=caller.user_id, now=now)
    await record_for_account(tx, caller, tools, action="session.logged_out")


async def revoke_all(tx: WriteTransaction, caller: Caller, tools: Tools) -> None:
    """Ends every PMA token and refresh token of the caller, every access token of the local issuer, and what
    browsers are told. An access token of another issuer is its issuer's to end."""
    await require_session(tx, caller)
    now = tools.clock()
    end_sessions(tx, user_id=caller.user_id, now=now)
    await record_for_account(tx, caller, tools, action="session.revoked_all")


async def _note_visit(database: Database, account: db.AccountRow, tools: Tools) -> None:
    """Nobody is kept out because it could not be written down that they came."""
    now = tools.clock()
    if not is_visit_due(account.last_seen_at, now):
        return

    async def note(tx: WriteTransaction) -> None:
        note_visit(tx, user_id=account.id, now=now)

    try:
        await database.transact(note)
    except TransientError as error:
        log.warning("a visit was not noted", extra={"reason": str(error)})


async def _store(tx: WriteTransaction, caller: Caller, tools: Tools) -> None:
    identity, now = caller.identity, tools.clock()
    db.lock_account(tx, account_id=identity.user_id)
    account = await db.get_account(tx, user_id=identity.user_id)
    if account is None:
        db.insert_account(
            tx,
            account_id=identity.user_id,
            tid=identity.tid,
            email=identity.email,
            display_name=identity.display_name,
            now=now,
        )
        index_person(tx, user_id=identity.user_id, display_name=identity.display_name, email=identity.email)
        note_visit(tx, user_id=identity.user_id, now=now)
        await record_for_account(tx, caller, tools, action="account.created")
        return
    if account.verified_at is None:
        # Whoever made it knew an object id and no more: who that is, this sign-in says, and whatever was made
        # of the account meanwhile was made of nobody's.
        await db.claim_account(
            tx,
            user_id=identity.user_id,
            tid=identity.tid,
            email=identity.email,
            display_name=identity.display_name,
            now=now,
        )
        if await foreign_links(tx, identity.user_id):
            await do_later(tx, tools, CLAIMED, user_id=identity.user_id)
        await record_for_account(
            tx, caller, tools, action="account.claimed", details={"expected_by": account.expected_by}
        )
    elif account.tid == identity.tid and account.status == "ACTIVE":
        db.update_account(
            tx,
            user_id=identity.user_id,
            email=identity.email,
            directory_name=identity.display_name,
            now=now,
        )
    else:
        return
    note_visit(tx, user_id=identity.user_id, now=now)
    known = await db.get_account(tx, user_id=identity.user_id)
    if known is None:
        return
    index_person(tx, user_id=known.id, display_name=known.display_name, email=known.email)
    if known.display_name not in (None, account.display_name):
        list_under(tx, user_id=identity.user_id, name=known.display_name, now=now)


def list_under(tx: WriteTransaction, *, user_id: str, name: str | None, now: datetime) -> None:
    """Every list that shows the caller has them under this name from now on. Their account is locked."""
    key = member_key(name, user_id)
    db.rename_memberships(tx, user_id=user_id, display_name=name, member_key=key, now=now)
    rename_project_memberships(tx, account_id=user_id, member_key=key)
    db.rename_org_memberships(tx, user_id=user_id, display_name=name, member_key=key, now=now)


def _has_changed(account: db.AccountRow, caller: Caller) -> bool:
    if account.verified_at is None:
        return True
    return (account.email, account.directory_name) != (caller.identity.email, caller.identity.display_name)


async def _roles(
    tx: ReadTransaction, caller: Caller, limit: int, org_id: str | None
) -> tuple[list[WorkspaceRole], bool]:
    rows = await db.list_roles(tx, user_id=caller.user_id, org_id=org_id, page_size=limit + 1)
    return rows[:limit], len(rows) > limit


def _user(caller: Caller, display_name: str | None) -> UserView:
    identity = caller.identity
    return UserView(identity.user_id, identity.tid, identity.issuer_name, display_name, identity.email)
