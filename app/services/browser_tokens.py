"""What the cookie of a browser session stands for: an access token and a PMA token, kept sealed and renewed
here.

One read a call. Who finds that the tokens end soon renews them, one at a time: of the callers of this process
by a task that all wait for, of several processes by the row, which says until when somebody is at it. No
transaction is open while the directory is asked. A directory that is away ends nobody's session.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.browser_errors import BrowserSessionRequired
from app.core.caller import Caller, Origin, Tools
from app.core.errors import (
    DbQueryFailed,
    IdentityProviderUnavailable,
    InvalidAzureToken,
    InvalidPmaToken,
    NotAuthorized,
    ServiceUnavailable,
)
from app.core.identity import Identity
from app.core.middleware import HeldTokens
from app.core.oauth import Grant, GrantRefused, OAuthProvider
from app.core.opaque_tokens import token_digest
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.core.tenants import Tenants
from app.core.token_service import PmaClaims, TokenService
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError, TransientError
from app.db.handles import browser_sessions as db
from app.kernel.platform_audit import record_for_user
from app.services import accounts

log = logging.getLogger(__name__)

_AHEAD = timedelta(seconds=60)
"""So long before their end tokens are renewed, or a quarter of their life where that is less."""
_LEASE = timedelta(seconds=30)
"""Longer than a renewal takes: the directory has 10 seconds, its keys 5, the database its own deadline."""
_AWAY = timedelta(seconds=10)
"""After a failure nobody asks the directory again for so long."""
_NOTED = timedelta(minutes=5)
"""That somebody was here is written down no more often than this, nor than ten times in an idle life."""
_LOOKS, _LOOK_SECONDS = 100, 0.1


class Held(msgspec.Struct, frozen=True):
    """What is sealed. Ends are seconds since 1970."""

    access_token: str
    access_ends: float
    pma_token: str
    pma_ends: float
    refresh_token: str | None
    id_token: str | None

    @property
    def ends(self) -> float:
        return min(self.access_ends, self.pma_ends)


@dataclass(frozen=True, slots=True)
class Minted:
    """Tokens that were found good, for whom, and when they are to be renewed."""

    held: Held
    identity: Identity
    claims: PmaClaims
    renew_at: datetime


@dataclass(frozen=True, slots=True)
class BrowserTokens:
    """Belongs to one event loop; ``aclose`` when done. ``idle``: after so long without a call a session is
    over."""

    database: Database
    tools: Tools
    box: SecretBox
    validator: AzureJwtValidator
    tokens: TokenService
    providers: dict[str, OAuthProvider]
    idle: timedelta
    max_workspaces: int
    welcomed: Tenants | None
    _flights: dict[tuple[str, int], asyncio.Task[Held]] = field(default_factory=dict)

    async def of_cookie(self, cookie: str, origin: Origin) -> HeldTokens:
        """Raises ``BrowserSessionRequired``, ``IdentityProviderUnavailable`` where tokens have ended and
        cannot be renewed now, and ``ServiceUnavailable``."""
        digest = token_digest(cookie)
        try:
            async with self.database.read() as tx:
                row = await db.find_browser_session(tx, token_hash=digest)
            if row is None or self.is_over(row):
                raise BrowserSessionRequired
            held = self.open(row)
            await self._note(row)
            if row.renew_at <= self.tools.clock():
                held = await self._renewed(row, held, digest, origin)
        except TransientError as error:
            raise ServiceUnavailable(retry_after=error.retry_after) from None
        except DatabaseError as error:
            log.error("a browser session was not read", extra={"reason": str(error)})
            raise DbQueryFailed from None
        return HeldTokens(held.access_token, held.pma_token, row.id)

    def is_over(self, row: db.BrowserSessionRow) -> bool:
        now = self.tools.clock()
        return (
            row.account_status != "ACTIVE"
            or row.account_version != row.session_version
            or row.expires_at <= now
            or row.last_seen_at + self.idle <= now
        )

    def open(self, row: db.BrowserSessionRow | db.SealedSessionRow) -> Held:
        """Raises ``BrowserSessionRequired`` where its key has gone."""
        try:
            text = self.box.open(Sealed(row.key_id, row.sealed), place=_place(row.id))
        except SecretUnreadable as error:
            log.warning("a browser session cannot be opened", extra={"reason": str(error)})
            raise BrowserSessionRequired from None
        return msgspec.json.decode(text, type=Held)

    def seal(self, held: Held, session_id: str) -> Sealed:
        return self.box.seal(msgspec.json.encode(held).decode(), place=_place(session_id))

    async def mint(self, origin: Origin, grant: Grant, *, id_token: str | None) -> Minted:
        """A PMA token for this access token, as ``POST /auth/validate`` gives it. Raises as the validator and
        that route do."""
        identity = await self.validator.validate(grant.access_token)
        session = await accounts.exchange(
            self.database,
            Caller(identity, None, origin),
            self.tools,
            self.tokens,
            workspace_id=None,
            max_workspaces=self.max_workspaces,
            auto_accept=self.welcomed,
        )
        claims = self.tokens.verify(session.pma_token, identity)
        held = Held(
            grant.access_token,
            identity.expires_at.timestamp(),
            session.pma_token,
            claims.expires_at.timestamp(),
            grant.refresh_token,
            id_token,
        )
        left = held.ends - self.tools.clock().timestamp()
        # What cannot be renewed lasts to its end.
        ahead = min(_AHEAD.total_seconds(), left / 4) if grant.refresh_token else 0.0
        return Minted(held, identity, claims, datetime.fromtimestamp(held.ends - ahead, UTC))

    async def aclose(self) -> None:
        """Waits for renewals that are under way: what a directory has given in exchange for a token that it
        takes once must be kept. Each has its deadlines."""
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    async def _renewed(self, row: db.BrowserSessionRow, held: Held, digest: str, origin: Origin) -> Held:
        key = row.id, row.version
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._renew(row, held, digest, origin))
            flight.add_done_callback(lambda done: self._landed(key, done))
        try:
            # Whoever gives up does not end it for the others.
            return await asyncio.shield(flight)
        except (ServiceUnavailable, TransientError):
            if held.ends > self.tools.clock().timestamp():
                return held
            raise

    def _landed(self, key: tuple[str, int], flight: asyncio.Task[Held]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # where all have given up, nobody else asks

    async def _renew(self, row: db.BrowserSessionRow, held: Held, digest: str, origin: Origin) -> Held:
        for _ in range(_LOOKS):
            now = self.tools.clock()
            claimed = await self._claim(row, now)
            if claimed:
                return await self._renew_alone(row, held, origin)
            if held.ends > now.timestamp():
                return held  # somebody else is at it, or the directory was away a moment ago
            async with self.database.read() as tx:
                found = await db.find_browser_session(tx, token_hash=digest)
            if found is None or self.is_over(found):
                raise BrowserSessionRequired
            if found.version != row.version:
                return self.open(found)
            if found.renewing_until is not None and found.renewing_until <= now + _AWAY:
                raise IdentityProviderUnavailable(retry_after=int(_AWAY.total_seconds()))
            await asyncio.sleep(_LOOK_SECONDS)
        raise IdentityProviderUnavailable(retry_after=int(_AWAY.total_seconds()))

    async def _claim(self, row: db.BrowserSessionRow, now: datetime) -> bool:
        async def claim(tx: WriteTransaction) -> bool:
            until = now + _LEASE
            return bool(
                await db.claim_renewal(
                    tx, session_id=row.id, user_id=row.user_id, version=row.version, now=now, until=until
                )
            )

        return await self.database.transact(claim)

    async def _renew_alone(self, row: db.BrowserSessionRow, held: Held, origin: Origin) -> Held:
        grant: Grant | None = None
        try:
            grant = await self._grant(row, held, origin)
            minted = await self.mint(origin, grant, id_token=held.id_token)
        except (GrantRefused, InvalidAzureToken, InvalidPmaToken, NotAuthorized) as error:
            await self._end(row, origin, error.code)
            raise BrowserSessionRequired from None
        except (ServiceUnavailable, TransientError):
            await self._put_off(row, held, grant)
            raise
        if (minted.identity.user_id, minted.claims.session_version) != (row.user_id, row.session_version):
            await self._end(row, origin, "another account")
            raise BrowserSessionRequired
        if not await self._store(row, minted.held, minted.renew_at):
            raise BrowserSessionRequired  # it was ended meanwhile
        return minted.held

    async def _put_off(self, row: db.BrowserSessionRow, held: Held, grant: Grant | None) -> None:
        """Nobody asks the directory again for a while. What it has given already is kept: it takes the token
        that this was given for once."""
        until = self.tools.clock() + _AWAY
        if grant is not None and grant.refresh_token != held.refresh_token:
            kept = msgspec.structs.replace(held, refresh_token=grant.refresh_token)
            await self._store(row, kept, row.renew_at, not_before=until)
            return

        async def postpone(tx: WriteTransaction) -> None:
            db.postpone_renewal(tx, session_id=row.id, user_id=row.user_id, version=row.version, until=until)

        await self.database.transact(postpone)

    async def _store(
        self,
        row: db.BrowserSessionRow,
        held: Held,
        renew_at: datetime,
        *,
        not_before: datetime | None = None,
    ) -> bool:
        """False where the session has ended, or has other tokens, meanwhile."""
        sealed = self.seal(held, row.id)

        async def store(tx: WriteTransaction) -> int:
            return await db.renew_browser_session(
                tx,
                session_id=row.id,
                user_id=row.user_id,
                version=row.version,
                sealed=sealed.text,
                key_id=sealed.key_id,
                renew_at=renew_at,
                not_before=not_before,
            )

        return bool(await self.database.transact(store))

    async def _grant(self, row: db.BrowserSessionRow, held: Held, origin: Origin) -> Grant:
        """The access token that there is, where only the PMA token ends; else another."""
        if held.access_ends > held.pma_ends + _AHEAD.total_seconds():
            return Grant(held.access_token, held.refresh_token, held.id_token)
        provider = self.providers.get(row.provider)
        if provider is None or held.refresh_token is None:
            raise GrantRefused("no refresh token")
        grant = await provider.renew(origin, refresh_token=held.refresh_token)
        # RFC 6749 section 6: where no other comes, the one there is goes on.
        return grant if grant.refresh_token else Grant(grant.access_token, held.refresh_token)

    async def _end(self, row: db.BrowserSessionRow, origin: Origin, reason: str) -> None:
        async def end(tx: WriteTransaction) -> None:
            if await db.end_browser_session(tx, session_id=row.id, user_id=row.user_id):
                await record_for_user(
                    tx,
                    origin,
                    self.tools,
                    user_id=row.user_id,
                    action="browser_session.ended",
                    auth_method=row.provider,
                    outcome="DENIED",
                    details={"session_id": row.id, "reason": reason[:80]},
                )

        await self.database.transact(end)

    async def _note(self, row: db.BrowserSessionRow) -> None:
        """Nobody is kept out because it could not be written down that they came."""
        now = self.tools.clock()
        if abs(now - row.last_seen_at) < min(_NOTED, self.idle / 10):
            return

        async def touch(tx: WriteTransaction) -> None:
            db.touch_browser_session(tx, session_id=row.id, user_id=row.user_id, now=now)

        try:
            await self.database.transact(touch)
        except TransientError as error:
            log.warning("a call was not noted", extra={"reason": str(error)})


def _place(session_id: str) -> tuple[str, ...]:
    return "browser-session", session_id
